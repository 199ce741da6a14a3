/** Makes of files what is downloaded: each by itself, compressed or not, or all of them in a ZIP. The same files give the same bytes. */
import { createReadStream } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import yazl from 'yazl'
import type { Compression, MadeFile, WrittenDownload } from '#server/features/datasets/index.ts'
import { saveMeasured } from './save-measured.ts'

/** A tenth larger than at the usual level, in a third of the time. */
const LEVEL = 3
/** The beginning of what a ZIP can say, in whatever zone: it writes the hours of the clock on the wall. */
const NO_TIME = new Date(1980, 0, 1)
const CHUNK = 256 * 1024

interface Packing {
  readonly folder: string
  /** With paths below the folder. */
  readonly files: readonly MadeFile[]
  readonly compression: Compression
  readonly baseName: string
}

export const pack = async ({ folder, files, compression, baseName }: Packing): Promise<WrittenDownload[]> => {
  if (compression === 'zip') {
    const name = `${baseName}.zip`
    const place = path.join(folder, `${baseName}.packed`)
    return [{ name, path: place, ...(await saveMeasured(zipped(folder, files), place)) }]
  }
  const downloads: WrittenDownload[] = []
  for (const file of files) {
    const name = nameOf(file, files, baseName)
    const place = path.join(folder, file.name)
    if (compression === 'none' || isCompressed(file)) {
      downloads.push({ name, path: place, bytes: file.bytes, sha256: file.sha256 })
    } else {
      const packed = `${place}.packed`
      const source = createReadStream(place, { highWaterMark: CHUNK }).pipe(createGzip({ level: LEVEL }))
      downloads.push({ name: `${name}.gz`, path: packed, ...(await saveMeasured(source, packed)) })
    }
  }
  return downloads
}

const isCompressed = ({ name }: MadeFile): boolean => name.endsWith('.parquet')

/** The only file with conversations needs no other name than that of the export. */
const nameOf = ({ name, split }: MadeFile, files: readonly MadeFile[], baseName: string): string => {
  const isOnly = split !== null && files.filter((file) => file.split !== null).length === 1
  const ending = path.extname(name)
  if (isOnly) return baseName.endsWith(ending) ? baseName : baseName + ending
  return `${baseName}-${name.replaceAll('/', '-')}`
}

const zipped = (folder: string, files: readonly MadeFile[]): Readable => {
  const zip = new yazl.ZipFile()
  const output = zip.outputStream as Readable
  zip.on('error', (error: Error) => output.destroy(error))
  for (const file of files) {
    zip.addFile(path.join(folder, file.name), file.name, {
      mtime: NO_TIME,
      forceDosTimestamp: true,
      mode: 0o100644,
      ...(isCompressed(file) ? { compress: false } : { compressionLevel: LEVEL }),
    })
  }
  zip.end()
  return output
}
