/** Takes a file in pieces, over as many connections as it needs. What becomes of it then is upload-file.ts's business. */
import type { Readable } from 'node:stream'
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { StoredFile } from './file.ts'
import type { FileStore } from './file-store.ts'
import type { Quarantine } from './quarantine.ts'
import type { Uploads } from './upload-file.ts'
import type { UnfinishedUpload, UploadStore } from './upload-store.ts'

interface Needs {
  readonly uploads: Uploads
  readonly store: UploadStore
  readonly files: FileStore
  /** Of this machine: an upload goes on where it began. */
  readonly quarantine: Quarantine
  readonly newId: NewId
}

/** How far an upload has come. */
export interface UploadProgress {
  /** Bytes that need not be sent again. */
  readonly offset: number
  readonly size: number
  /** When it is given up; undefined once it is complete. */
  readonly expiresAt: Date | undefined
  /** Once it is complete. */
  readonly file: StoredFile | undefined
}

/** Everything fails with `upload.not_found` for what is somebody else's, was given up, or lies on another machine. */
export interface ResumableUploads {
  /** Fails as `Uploads.admit` does, for the name and size of the file, and with `upload.too_many`. */
  begin(actor: Actor, file: { conversationId: string; name: string; size: number }): Promise<UnfinishedUpload>
  get(actor: Actor, id: string): Promise<UploadProgress>
  /**
   * Takes bytes; when they break off, what has come is kept. With the last one the file is made, which fails as
   * `Uploads.receive` does. `upload.offset`: it goes on at another place.
   */
  append(actor: Actor, id: string, offset: number, bytes: Readable): Promise<UploadProgress>
  cancel(actor: Actor, id: string): Promise<void>
}

/** How many one person may have begun. */
const MOST_UNFINISHED = 100

export const makeResumableUploads = (needs: Needs): ResumableUploads => {
  const { uploads, store, files, quarantine } = needs
  const inTurn = oneWriterEach()

  const find = async (actor: Actor, id: string): Promise<{ upload: UnfinishedUpload; offset: number }> => {
    const upload = await store.find(actor, id)
    const bytes = upload && (await quarantine.sizeOf(id))
    if (upload === undefined || bytes === undefined) throw new AppError('upload.not_found')
    // The last byte counts only once the file is made: a client that has all counted asks no more.
    return { upload, offset: Math.min(bytes, upload.size - 1) }
  }

  return {
    async begin(actor, { conversationId, name, size }) {
      uploads.checkName(name)
      if (size === 0) throw new AppError('file.empty')
      if (size > uploads.limits.fileBytes) throw new AppError('file.too_large')
      await uploads.admit(actor, conversationId, size)
      const upload = await store.begin(actor, { id: needs.newId(), conversationId, name, size }, MOST_UNFINISHED)
      if (upload === undefined) throw new AppError('upload.too_many')
      await quarantine.append(upload.id, 0, [])
      return upload
    },

    get: (actor, id) =>
      inTurn(id, undefined, async () => {
        // Where the answer to the last piece was lost, the file is there already.
        const file = await files.find(actor, id)
        if (file !== undefined) return { offset: file.size, size: file.size, expiresAt: undefined, file }
        const { upload, offset } = await find(actor, id)
        return { offset, size: upload.size, expiresAt: upload.expiresAt, file: undefined }
      }),

    append: (actor, id, offset, bytes) =>
      inTurn(id, bytes, async () => {
        const found = await find(actor, id)
        const { upload } = found
        if (offset !== found.offset) throw new AppError('upload.offset')
        const reached = await quarantine.append(id, offset, noMoreThan(upload.size - offset, bytes))
        if (reached < upload.size) {
          return { offset: reached, size: upload.size, expiresAt: upload.expiresAt, file: undefined }
        }
        const file = await uploads.adopt(
          { actor, conversationId: upload.conversationId, used: 0 },
          { id, name: upload.name, claim: () => store.end(actor, id) },
        )
        return { offset: file.size, size: file.size, expiresAt: undefined, file }
      }),

    cancel: (actor, id) =>
      inTurn(id, undefined, async () => {
        if (!(await store.end(actor, id))) throw new AppError('upload.not_found')
        await files.forgetDoomed([id])
        await quarantine.discard(id)
      }),
  }
}

async function* noMoreThan(most: number, bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let left = most
  for await (const chunk of bytes) {
    left -= chunk.length
    if (left < 0) throw new AppError('file.too_large')
    yield chunk
  }
}

/**
 * One piece of work for an upload at a time. Who comes ends whoever is still sending: it is the same client, whose
 * connection broke without our hearing of it.
 */
const oneWriterEach = () => {
  const writers = new Map<string, { stop(): void; done: Promise<void> }>()
  return async <Result>(id: string, bytes: Readable | undefined, work: () => Promise<Result>): Promise<Result> => {
    for (let other = writers.get(id); other !== undefined; other = writers.get(id)) {
      other.stop()
      await other.done
    }
    const { promise: done, resolve } = Promise.withResolvers<void>()
    writers.set(id, { stop: () => bytes?.destroy(new AppError('file.cut_off')), done })
    try {
      return await work()
    } finally {
      writers.delete(id)
      resolve()
    }
  }
}
