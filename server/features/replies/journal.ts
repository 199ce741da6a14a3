/**
 * The journal of this process: text of all running replies, written in one insert every few milliseconds, so that any
 * process can show it and a crash loses at most one such interval.
 */
import type { JournalPiece, ReplyStore } from './reply-store.ts'
import { encodeNotice, IDS_PER_NOTICE } from './notices.ts'
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
  /** What waits, by reply: consecutive pieces are joined. */
  const waiting = new Map<string, { reply: Reply; offset: number; parts: string[] }>()
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
    const pieces: JournalPiece[] = taken.map(({ reply, offset, parts }) => ({
      replyId: reply.id,
      offset,
      text: parts.join(''),
    }))
    for (const { reply } of taken) waiting.delete(reply.id)
    const conversations = taken.map(({ reply }) => reply.conversationId)
    try {
      await store.journal(pieces, encodeNotice({ kind: 'progress', from: serverId, conversations }))
    } catch (error) {
      onError(error)
      taken.forEach((entry, index) => putBack(entry, pieces[index]!.text))
    }
  }

  /** What could not be written waits again, before what came meanwhile. */
  const putBack = ({ reply, offset }: { reply: Reply; offset: number }, text: string) => {
    const newer = waiting.get(reply.id)
    waiting.set(reply.id, { reply, offset, parts: [text, ...(newer?.parts ?? [])] })
  }

  return {
    write(reply, offset, text) {
      const entry = waiting.get(reply.id)
      if (entry === undefined) waiting.set(reply.id, { reply, offset, parts: [text] })
      else entry.parts.push(text)
      schedule()
    },
    async settle(reply) {
      waiting.delete(reply.id)
      await writing
      waiting.delete(reply.id)
    },
  }
}
