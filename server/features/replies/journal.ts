/**
 * The journal of this process: text of all running replies, written in one insert every few milliseconds, so that any
 * process can show it and a crash loses at most one such interval.
 */
import type { JournalPiece, ReplyStore } from './reply-store.ts'
import { encodeNotice, IDS_PER_NOTICE } from '#kernel/notices.ts'
import type { Reply } from './reply.ts'

/** How long text waits for more text before it is written, in milliseconds. */
export const JOURNAL_INTERVAL_MS = 50

export interface Journal {
  /** Takes more text of a reply; returns at once. */
  write(reply: Reply, offset: number, text: string): void
  /** Forgets what of this reply is not written yet, and waits for what is being written. */
  settle(reply: Reply): Promise<void>
}

export const makeJournal = ({
  store,
  serverId,
  onError,
}: {
  store: Pick<ReplyStore, 'journal'>
  serverId: string
  onError: (error: unknown) => void
}): Journal => {
  const waiting = new Map<string, Waiting>()
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  const schedule = () => {
    if (timer !== undefined || writing !== undefined || waiting.size === 0) return
    timer = setTimeout(() => {
      timer = undefined
      // What waited has been settled meanwhile; the database may be closed by now.
      if (waiting.size === 0) return
      writing = flush().finally(() => {
        writing = undefined
        schedule()
      })
    }, JOURNAL_INTERVAL_MS)
  }

  const flush = async () => {
    const taken = [...waiting.values()].slice(0, IDS_PER_NOTICE)
    const pieces = taken.flatMap(piecesOf)
    for (const { reply } of taken) waiting.delete(reply.id)
    const conversations = taken.map(({ reply }) => reply.conversationId)
    try {
      await store.journal(pieces, encodeNotice({ kind: 'progress', from: serverId, conversations }))
    } catch (error) {
      onError(error)
      for (const entry of taken) putBack(entry)
    }
  }

  /**
   * What could not be written waits again, before what came meanwhile and in the same pieces: the database may have kept
   * them before the connection broke, and then a longer piece at the same place would be dropped with what is new in it.
   */
  const putBack = (entry: Waiting) => {
    const newer = waiting.get(entry.reply.id)
    waiting.set(entry.reply.id, {
      reply: entry.reply,
      failed: piecesOf(entry),
      offset: newer?.offset ?? 0,
      parts: newer?.parts ?? [],
    })
  }

  return {
    write(reply, offset, text) {
      const entry = waiting.get(reply.id)
      if (entry === undefined) waiting.set(reply.id, { reply, failed: [], offset, parts: [text] })
      else {
        if (entry.parts.length === 0) entry.offset = offset
        entry.parts.push(text)
      }
      schedule()
    },
    async settle(reply) {
      waiting.delete(reply.id)
      await writing
      waiting.delete(reply.id)
    },
  }
}

/** Text of one reply that waits to be written. */
interface Waiting {
  readonly reply: Reply
  /** What may have been written already, or not. */
  readonly failed: readonly JournalPiece[]
  /** Where `parts` begin. */
  offset: number
  /** What came since: written as one piece. */
  readonly parts: string[]
}

const piecesOf = ({ reply, failed, offset, parts }: Waiting): JournalPiece[] =>
  parts.length === 0 ? [...failed] : [...failed, { replyId: reply.id, offset, text: parts.join('') }]
