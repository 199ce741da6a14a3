/** Writes a PDF document with one picture on each page (ISO 32000-1, 7.5 and 8.9.5); it knows no format of pictures. */
import type { FileHandle } from 'node:fs/promises'

export interface PagePicture {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Pixels an inch, which give the page its size. */
  readonly density: number
  readonly colours: 'grey' | 'rgb'
  /** How `data` is packed: a JPEG file, or deflated pixels. */
  readonly filter: 'DCTDecode' | 'FlateDecode'
  readonly data: Uint8Array
}

/** A page may be so long, in points (ISO 32000-1, annex C). */
const LONGEST_SIDE = 14_400

export const writePdf = async (file: FileHandle, pages: AsyncIterable<PagePicture>): Promise<void> => {
  const offsets: number[] = []
  let position = 0
  const write = async (part: string | Uint8Array): Promise<void> => {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'latin1') : part
    await file.appendFile(bytes)
    position += bytes.length
  }
  const writeObject = async (number: number, dictionary: string, stream?: Uint8Array): Promise<void> => {
    offsets[number] = position
    const length = stream === undefined ? '' : `/Length ${stream.length}`
    await write(`${number} 0 obj\n<<${dictionary}${length}>>\n`)
    if (stream !== undefined) {
      await write('stream\n')
      await write(stream)
      await write('\nendstream\n')
    }
    await write('endobj\n')
  }

  // The four odd bytes tell other programs that the file is binary.
  await write('%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n')
  await writeObject(1, '/Type/Catalog/Pages 2 0 R')
  const kids: string[] = []
  for await (const page of pages) {
    const number = 3 + kids.length * 3
    const [width, height] = sizeOf(page)
    kids.push(`${number} 0 R`)
    await writeObject(
      number,
      `/Type/Page/Parent 2 0 R/MediaBox[0 0 ${width} ${height}]/Contents ${number + 1} 0 R` +
        `/Resources<</XObject<</Picture ${number + 2} 0 R>>>>`,
    )
    await writeObject(number + 1, '', Buffer.from(`${width} 0 0 ${height} 0 0 cm /Picture Do`))
    await writeObject(
      number + 2,
      `/Type/XObject/Subtype/Image/Width ${page.width}/Height ${page.height}/BitsPerComponent 8` +
        `/ColorSpace/Device${page.colours === 'grey' ? 'Gray' : 'RGB'}/Filter/${page.filter}`,
      page.data,
    )
  }
  await writeObject(2, `/Type/Pages/Count ${kids.length}/Kids[${kids.join(' ')}]`)

  const table = position
  const entries = offsets.slice(1).map((offset) => `${offset.toString().padStart(10, '0')} 00000 n \n`)
  await write(`xref\n0 ${offsets.length}\n0000000000 65535 f \n${entries.join('')}`)
  await write(`trailer\n<</Size ${offsets.length}/Root 1 0 R>>\nstartxref\n${table}\n%%EOF\n`)
}

/** Points, of which an inch has 72. */
const sizeOf = ({ width, height, density }: PagePicture): readonly [number, number] => {
  const scale = Math.min(72 / density, LONGEST_SIDE / Math.max(width, height))
  return [round(width * scale), round(height * scale)]
}
const round = (points: number): number => Math.max(Math.round(points * 100) / 100, 1)
