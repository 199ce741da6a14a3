/** Blobs as files below one folder of this machine. It knows no S3. */
import { chmod, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type BlobStore, checkBlobKey } from '#server/features/files/index.ts'

/**
 * @param root made when it is needed. What is put from a path must lie on the same file system: it is renamed.
 * @param prefix under which a proxy on this machine offers `root`, to us alone; its group may read then what is there
 *
 * `ab…/c` lies in `<root>/ab/ab….d/c`: a blob is a file, what is below it is in a folder beside it, and the blobs of a
 * store of a million are spread over some hundred folders.
 */
export const diskBlobStore = (root: string, prefix?: string): BlobStore => {
  const modes = prefix === undefined ? { file: 0o600, folder: 0o700 } : { file: 0o640, folder: 0o750 }
  const placeOf = (key: string): string => {
    checkBlobKey(key)
    const segments = key.split('/')
    const folders = segments.slice(0, -1).map((segment) => `${segment}.d`)
    return path.join(root, key.slice(0, 2), ...folders, segments.at(-1)!)
  }

  return {
    async put(key, content) {
      const place = placeOf(key)
      const folder = path.dirname(place)
      const made = await mkdir(folder, { recursive: true, mode: modes.folder })
      if ('path' in content) {
        await chmod(content.path, modes.file)
        await syncFile(content.path)
        await rename(content.path, place)
      } else {
        // Two that make the same small picture at once may both be here: each has a name of its own.
        const draft = `${place}.${process.pid}.${drafts++}.draft`
        await writeSynced(draft, content.bytes, modes.file)
        await rename(draft, place)
      }
      // The name, and the names of the folders on the way to it that are new.
      for (let each = folder; ; each = path.dirname(each)) {
        await syncFile(each)
        if (made === undefined || each === path.dirname(made) || each === path.dirname(each)) return
      }
    },

    async sizeOf(key) {
      const found = await stat(placeOf(key)).catch(ignoringMissing)
      return found?.size
    },

    async open(key, range) {
      const handle = await open(placeOf(key), 'r').catch(ignoringMissing)
      return handle?.createReadStream({ highWaterMark: CHUNK, ...range })
    },

    async deleteAll(key) {
      const place = placeOf(key)
      await Promise.all([rm(place, { force: true }), rm(`${place}.d`, { force: true, recursive: true })])
    },

    presign: async () => undefined,

    async proxied(key) {
      if (prefix === undefined) return undefined
      const place = placeOf(key)
      const found = await stat(place).catch(ignoringMissing)
      return found && `${prefix}/${path.relative(root, place)}`
    },
  }
}

let drafts = 0

/** A larger one than Node's 64 KiB: half the calls, two thirds of the time of a large download. */
const CHUNK = 256 * 1024

const ignoringMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw error
}

/** A file's bytes, or a folder's names. */
const syncFile = async (place: string): Promise<void> => {
  const handle = await open(place, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const writeSynced = async (place: string, bytes: Uint8Array, mode: number): Promise<void> => {
  const handle = await open(place, 'wx', mode)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
