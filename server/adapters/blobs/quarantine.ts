/** The quarantine: a folder of this machine. Its files have no extension and nobody else may read them. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Quarantine, QuarantinedFile } from '#server/features/files/index.ts'

/** @param folder made when it is needed, on the file system of the blobs */
export const diskQuarantine = (folder: string): Quarantine => {
  const placeOf = (key: string): string => {
    if (!/^[\w-]{1,100}$/.test(key)) throw new TypeError('not a key of the quarantine')
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
          await writeWhole(handle, chunk)
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
    async measure(place): Promise<QuarantinedFile> {
      const hash = createHash('sha256')
      let size = 0
      for await (const chunk of createReadStream(place, { highWaterMark: 256 * 1024 })) {
        hash.update(chunk as Buffer)
        size += (chunk as Buffer).length
      }
      return { path: place, size, sha256: hash.digest() }
    },
    discard: (key) => rm(placeOf(key), { force: true }),
    async list() {
      try {
        return await readdir(folder)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    },
  }
}

/** `write` may take less than it was given. */
const writeWhole = async (handle: Awaited<ReturnType<typeof open>>, chunk: Uint8Array): Promise<void> => {
  for (let written = 0; written < chunk.length;) {
    written += (await handle.write(chunk, written)).bytesWritten
  }
}
