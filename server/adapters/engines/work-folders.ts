/** Folders of conversions: below one folder of this machine, for nobody but us. */
import { constants } from 'node:fs'
import { mkdir, open, readdir, realpath, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { HEAD_BYTES, type WorkFolders } from '#server/features/conversion/index.ts'

/** @param root made when it is needed, on the file system of the blobs */
export const diskWorkFolders = (root: string): WorkFolders => {
  const placeOf = (name: string): string => {
    if (!/^[\w-]{1,100}$/.test(name)) throw new TypeError('not the name of a work folder')
    return path.join(root, name)
  }
  return {
    async make(name) {
      const place = placeOf(name)
      await mkdir(root, { recursive: true, mode: 0o700 })
      await mkdir(place, { mode: 0o700 })
      return place
    },

    async write(name, file, bytes) {
      const place = path.join(placeOf(name), file)
      const handle = await open(place, 'wx', 0o600)
      await pipeline(bytes, handle.createWriteStream())
      return place
    },

    async inspect(name, file) {
      // Links are not followed, and a pipe that nobody writes to does not keep us.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
      const handle = await open(file, flags).catch(ignoringUnusable)
      if (handle === undefined) return undefined
      try {
        const found = await handle.stat()
        const isOwn = (await realpath(path.dirname(file))) === (await realpath(placeOf(name)))
        if (!found.isFile() || found.nlink !== 1 || !isOwn) return undefined
        const uid = process.getuid?.() ?? found.uid
        if (found.uid !== uid) await handle.chown(uid, process.getgid!())
        await handle.chmod(0o600)
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
        return { size: found.size, head: buffer.subarray(0, bytesRead) }
      } finally {
        await handle.close()
      }
    },

    // Whoever still writes there may put something into a folder that is just being emptied.
    remove: (name) => rm(placeOf(name), { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }),
    list: async () => (await readdir(root).catch(ignoringUnusable)) ?? [],
  }
}

/** Nothing there, a link, or what can't be opened such as a socket. */
const ignoringUnusable = (error: NodeJS.ErrnoException): undefined => {
  if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EISDIR'].includes(error.code ?? '')) throw error
}
