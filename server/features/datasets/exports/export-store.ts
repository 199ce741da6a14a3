/** Where exports are kept, and their queue: the port. An export's own row is its place in it; times of leases are the database's. */
import type { Actor } from '#kernel/actor.ts'
import type { ErrorCode } from '#kernel/errors.ts'
import type { LeasedQueue } from '#kernel/leased-work.ts'
import type { Export, ExportOrder, ExportResult, LeasedExport } from './export.ts'

/** An export that is about to be. */
export interface NewExport {
  readonly id: string
  readonly name: string
  readonly order: ExportOrder
  readonly now: Date
  readonly from:
    | { readonly kind: 'version'; readonly datasetId: string; readonly version: number; readonly total: number }
    | { readonly kind: 'conversations'; readonly ids: readonly string[] }
}

/** A place in a list: right behind an export. */
export interface ExportPlace {
  readonly at: Date
  readonly id: string
}

export interface ExportStore {
  /**
   * Lets it wait for a worker. `hidden`: one of the conversations is not the actor's, or says nothing yet; `full`: so many of
   * theirs wait or are made already.
   */
  create(actor: Actor, order: NewExport, mostUnfinished: number): Promise<Export | 'hidden' | 'full'>
  find(actor: Actor, id: string): Promise<Export | undefined>
  /** The latest first. */
  list(actor: Actor, page: { readonly after?: ExportPlace | undefined; readonly limit: number }): Promise<Export[]>
  /** Ends what waits or is made, and leaves what has ended. */
  cancel(actor: Actor, id: string, now: Date): Promise<Export | undefined>
  /** With its files; false where there was none. */
  remove(actor: Actor, id: string): Promise<boolean>
}

/** For workers and the sweep. */
export interface ExportQueue extends LeasedQueue<LeasedExport> {
  /** How far it is; says nothing when the lease is gone. */
  tellProgress(task: LeasedExport, done: number): Promise<void>
  /** Its files are there, for so many seconds. `false`: the lease is gone, and with it the right to say so. */
  complete(task: LeasedExport, result: ExportResult, keptSeconds: number): Promise<boolean>
  /** `false`: as above. */
  fail(task: LeasedExport, code: ErrorCode): Promise<boolean>
  /**
   * Takes the exports of dead workers from them; with `all`, those of every worker. They wait once more, or have failed when they
   * cost as many workers as an export may. Returns how many there were.
   */
  reap(options?: { readonly all?: boolean }): Promise<number>
  /** Ends the day of exports, at most so many at once; returns how many. */
  expire(limit: number): Promise<number>
  /** Which of these leases are held. */
  listHeld(leaseIds: readonly string[]): Promise<string[]>
}
