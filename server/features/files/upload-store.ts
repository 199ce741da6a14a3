/** Where uploads are kept track of that come in pieces: the port. Where their bytes lie is another one's business. */
import type { Actor } from '#kernel/actor.ts'

export interface UnfinishedUpload {
  /** Of the file to be, too. */
  readonly id: string
  readonly conversationId: string
  /** As its uploader named it. */
  readonly name: string
  /** Bytes in all. */
  readonly size: number
  readonly expiresAt: Date
}

export interface UploadStore {
  /**
   * Begins an upload for a day, and notes its blob for as long. Until it ends, its size counts as if its uploader had the
   * file. Undefined when they have `most` unfinished ones already.
   */
  begin(actor: Actor, upload: Omit<UnfinishedUpload, 'expiresAt'>, most: number): Promise<UnfinishedUpload | undefined>
  /** One of the actor's own, while its conversation is theirs and its time is not over. */
  find(actor: Actor, id: string): Promise<UnfinishedUpload | undefined>
  /** Ends it; whether it was there. Of several that try at once one does. */
  end(actor: Actor, id: string): Promise<boolean>
}
