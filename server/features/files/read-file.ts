/** Finds a file that somebody wants to read, or says why not. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { StoredFile } from './file.ts'
import type { FileStore } from './file-store.ts'

export type GetFile = (actor: Actor, fileId: string) => Promise<StoredFile>

/**
 * Whether somebody may is asked anew each time, by the statement that reads. `conversation.forbidden` when it is in a
 * conversation that is not theirs, or was not sent yet by somebody else; `file.not_found` when there is none.
 */
export const makeGetFile =
  ({ store }: { store: FileStore }): GetFile =>
  async (actor, fileId) => {
    const file = await store.find(actor, fileId)
    if (file !== undefined) return file
    throw new AppError((await store.existsForAnybody(fileId)) ? 'conversation.forbidden' : 'file.not_found')
  }
