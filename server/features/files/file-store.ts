/** Where files are kept track of: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { StoredFile } from './file.ts'

export interface FileStore {
  /**
   * Whether the actor may upload to a conversation, and how many bytes they have in files already.
   * `hidden`: it is not theirs to see; `personal`: theirs, but files are shared in team conversations only.
   */
  findPlace(actor: Actor, conversationId: string): Promise<{ place: 'open' | 'personal' | 'hidden'; used: number }>
  /** Notes that a blob is about to be written, and is to be removed unless it is claimed before its time is over. */
  noteBlob(actor: Actor, blobKey: string): Promise<void>
  /**
   * Makes the file and claims its blob, in one transaction. `hidden`: the conversation is no longer the actor's;
   * `over_quota`: with it they would have more than `quota` bytes; `expired`: the note of its blob is gone.
   */
  create(actor: Actor, file: NewFile, quota: number): Promise<StoredFile | 'hidden' | 'over_quota' | 'expired'>
  /** A file that the actor may see. */
  find(actor: Actor, fileId: string): Promise<StoredFile | undefined>
  /** Whether it exists for anybody: only for telling 403 from 404 where a contract promises it. Audited. */
  existsForAnybody(fileId: string): Promise<boolean>
  /** Removes files of the actor's that were not sent; returns how many there were. */
  removeUnsent(actor: Actor, fileIds: readonly string[]): Promise<number>

  // For the sweep; times are the database's own.

  /** Removes at most `limit` files that were uploaded `hours` ago or earlier and never sent; returns how many. */
  expireUnsent(hours: number, limit: number): Promise<number>
  /** Removes uploads that came in pieces and whose time is over. */
  expireUploads(): Promise<void>
  /**
   * Ends the time of every note at once, whatever the clock says, but for uploads that may go on: for a server that is
   * alone with its database and takes no uploads yet.
   */
  expireNotes(): Promise<void>
  /** At most `limit` blobs whose time is over; for some minutes nobody else gets them, nor can an upload claim them. */
  leaseDoomed(limit: number): Promise<string[]>
  /** Forgets blobs that are removed. */
  forgetDoomed(blobKeys: readonly string[]): Promise<void>
  /** Which of these blobs an upload may still be writing. */
  listNoted(blobKeys: readonly string[]): Promise<string[]>
}

export interface NewFile extends Omit<StoredFile, 'messageId'> {}
