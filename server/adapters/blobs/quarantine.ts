/** The quarantine: a folder of this machine. Its files have no extension and nobody else may read them. */
import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Quarantine, QuarantinedFile } from '#server/features/files/index.ts'

/** @param folder made when it is needed, on the file system of the blobs */
export const diskQuarantine = (folder: string): Quarantine => {
  const placeOf = (key: string): string => {
    if (!isKey(key)) throw new TypeError('not a key of the quarantine')
    return path.join(folder, key)
  }
  return {
    async take(key, bytes, onBytes) {
      const place = placeOf(key)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const handle = await open(place, 'wx', 0o600)
      try {
        const hash = createHash('sha256')
        let size = 0
        for await (const chunk of bytes) {
          onBytes(chunk.length)
          hash.update(chunk)
          await writeWhole(handle, chunk, size)
          size += chunk.length
        }
        await handle.sync()
        return { path: place, size, sha256: hash.digest() }
      } catch (error) {
        await rm(place, { force: true })
        throw error
      } finally {
        await handle.close()
      }
    },
    async append(key, offset, bytes) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const handle = await open(placeOf(key), constants.O_WRONLY | constants.O_CREAT, 0o600)
      let end = offset
      try {
        for await (const chunk of bytes) {
          await writeWhole(handle, chunk, end)
          end += chunk.length
        }
        return end
      } finally {
        await handle.sync().finally(() => handle.close())
      }
    },
    async sizeOf(key) {
      const found = await stat(placeOf(key)).catch(ignoringMissing)
      return found?.size
    },
    async measure(key): Promise<QuarantinedFile> {
      const place = placeOf(key)
      const hash = createHash('sha256')
      let size = 0
      for await (const chunk of createReadStream(place, { highWaterMark: 256 * 1024 })) {
        hash.update(chunk as Buffer)
        size += (chunk as Buffer).length
      }
      return { path: place, size, sha256: hash.digest() }
    },
    discard: async (key) => {
      if (isKey(key)) await rm(placeOf(key), { force: true })
    },
    list: async () => (await readdir(folder).catch(ignoringMissing)) ?? [],
  }
}

const isKey = (text: string): boolean => /^[\w-]{1,100}$/.test(text)

/** `write` may take less than it was given. */
const writeWhole = async (handle: FileHandle, chunk: Uint8Array, at: number): Promise<void> => {
  for (let written = 0; written < chunk.length;) {
    written += (await handle.write(chunk, written, chunk.length - written, at + written)).bytesWritten
  }
}

const ignoringMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error
}
