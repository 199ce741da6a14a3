/** What server processes tell each other about replies; a notice says where to look, never what is there. */

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

/**
 * How notices travel between processes. Delivery is at most once, and whoever missed one looks again by itself; but a `stop`
 * is kept with its reply, and told again and again until the reply has ended.
 */
export interface NoticeBoard {
  post(notice: Notice): Promise<void>
  /** `onGap`: notices may have been missed, look at everything again. */
  listen(handlers: { onNotice: (notice: Notice) => void; onGap: () => void }): Promise<void>
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

/** PostgreSQL carries at most 8,000 bytes in a notice: so many conversation ids fit. */
export const IDS_PER_NOTICE = 190
