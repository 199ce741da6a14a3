/** What server processes tell each other, as a port; a notice says where to look, never what is there. */

export type Notice =
  /** New text, an end or a title in these conversations. */
  | { readonly kind: 'progress'; readonly from: string; readonly conversations: readonly string[] }
  /** Title or the like changed. */
  | { readonly kind: 'changed'; readonly from: string; readonly conversations: readonly string[] }
  /** Whoever writes this reply should stop. */
  | { readonly kind: 'stop'; readonly from: string; readonly reply: string }
  /** The conversation is gone. */
  | { readonly kind: 'deleted'; readonly from: string; readonly conversations: readonly string[] }
  /** This sign-in was ended: its streams close. */
  | { readonly kind: 'credential-revoked'; readonly from: string; readonly credential: string }
  /** The log of team events has grown. The database says so itself, in the transaction of what happened. */
  | { readonly kind: 'team-events' }
  /** Words are to go from training data; the database says so, too. */
  | { readonly kind: 'words-doomed' }
  /**
   * Jobs of these sessions (hashes, in hexadecimal digits) changed. `queued`: one waits; `stopped`: one is not to be worked on
   * any more; `ended`: the sessions are over.
   */
  | {
      readonly kind: 'conversion'
      readonly what: 'queued' | 'changed' | 'stopped' | 'ended'
      readonly sessions: readonly string[]
    }
  /** Calls of this run wait (`queued`), or have gone on. */
  | { readonly kind: 'generation'; readonly what: 'queued' | 'changed'; readonly run: string }
  /** Somebody is writing. It is stored nowhere: the one notice that carries what it tells. */
  | {
      readonly kind: 'typing'
      readonly conversation: string
      readonly person: { readonly id: string; readonly name: string }
    }

export interface NoticeListener {
  readonly onNotice: (notice: Notice) => void
  /** Notices may have been missed: look at everything again. */
  readonly onGap: () => void
}

/**
 * How notices travel between processes, the one that posts included. Delivery is at most once, and whoever missed one looks
 * again by itself; but a `stop` is kept with its reply, and told again and again until the reply has ended.
 */
export interface NoticeBoard {
  post(notice: Notice): Promise<void>
  /** Adds a listener for good. Resolves when it hears; fails with what keeps the first one from it. */
  listen(listener: NoticeListener): Promise<void>
  close(): Promise<void>
}

/** A notice as the text that the store sends along with its transaction. */
export const encodeNotice = (notice: Notice): string => JSON.stringify(notice)

/** Undefined for what is no notice of ours. */
export const decodeNotice = (text: string): Notice | undefined => {
  try {
    const notice = JSON.parse(text) as Partial<Notice> | null
    return typeof notice?.kind === 'string' ? (notice as Notice) : undefined
  } catch {
    return undefined
  }
}

/** How notices are called in PostgreSQL. */
export const NOTICE_CHANNEL = 'parlance'
/** PostgreSQL carries at most 8,000 bytes in a notice: so many conversation ids fit. */
export const IDS_PER_NOTICE = 190
