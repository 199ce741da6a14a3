/** Removes a file that its uploader did not send. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { FileStore } from './file-store.ts'

export type RemoveUpload = (actor: Actor, fileId: string) => Promise<void>

/** `file.not_found` where it is somebody else's, or hangs on a message: then it goes with the message. */
export const makeRemoveUpload =
  ({ store }: { store: FileStore }): RemoveUpload =>
  async (actor, fileId) => {
    if ((await store.removeUnsent(actor, [fileId])) === 0) throw new AppError('file.not_found')
  }
