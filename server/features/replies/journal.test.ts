/** The journal joins what comes within one interval, loses nothing when the database fails, and is quiet after the end. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { replyOf } from './for-tests.ts'
import { JOURNAL_INTERVAL_MS, makeJournal } from './journal.ts'
import { decodeNotice, IDS_PER_NOTICE } from '#kernel/notices.ts'
import type { JournalPiece } from './reply-store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Keeps pieces as the database does: the first at a place stays. `fail` makes the next writes fail, kept or not. */
const fakeStore = () => {
  const kept = new Map<string, Map<number, string>>()
  const writes: { pieces: readonly JournalPiece[]; notice: string }[] = []
  const failures: ('lost' | 'kept')[] = []
  let gate: Promise<void> = Promise.resolve()
  return {
    writes,
    failures,
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return resolve
    },
    textOf: (replyId: string) => {
      let text = ''
      for (const [offset, content] of [...(kept.get(replyId) ?? [])].toSorted(([a], [b]) => a - b)) {
        expect(offset).toBe(text.length)
        text += content
      }
      return text
    },
    async journal(pieces: readonly JournalPiece[], notice: string) {
      writes.push({ pieces, notice })
      await gate
      const failure = failures.shift()
      if (failure !== 'lost') {
        for (const { replyId, offset, text } of pieces) {
          const places = kept.get(replyId) ?? new Map<number, string>()
          kept.set(replyId, places)
          if (!places.has(offset)) places.set(offset, text)
        }
      }
      if (failure !== undefined) throw new Error(`the connection broke (${failure})`)
    },
  }
}

const started = () => {
  const store = fakeStore()
  const errors: unknown[] = []
  const journal = makeJournal({ store, serverId: 'here', onError: (error) => errors.push(error) })
  const texts = new Map<string, string>()
  const write = (ordinal: number, text: string) => {
    const reply = replyOf(ordinal, 'running', { conversationId: `conversation-${ordinal}` })
    const before = texts.get(reply.id) ?? ''
    journal.write(reply, before.length, text)
    texts.set(reply.id, before + text)
  }
  return { store, errors, journal, write, tick: () => vi.advanceTimersByTimeAsync(JOURNAL_INTERVAL_MS) }
}

describe('the journal', () => {
  it('writes what came within one interval at once, joined, for all replies', async () => {
    const { store, write, tick } = started()
    write(1, 'Hel')
    write(2, 'Bon')
    write(1, 'lo')
    expect(store.writes).toEqual([])
    await tick()
    expect(store.writes.map(({ pieces }) => pieces)).toEqual([
      [
        { replyId: 'reply-1', offset: 0, text: 'Hello' },
        { replyId: 'reply-2', offset: 0, text: 'Bon' },
      ],
    ])
    write(1, ' you')
    await tick()
    expect(store.writes[1]?.pieces).toEqual([{ replyId: 'reply-1', offset: 5, text: ' you' }])
  })

  it('tells the other servers where there is something new', async () => {
    const { store, write, tick } = started()
    write(1, 'a')
    write(2, 'b')
    await tick()
    expect(decodeNotice(store.writes[0]!.notice)).toEqual({
      kind: 'progress',
      from: 'here',
      conversations: ['conversation-1', 'conversation-2'],
    })
  })

  it('writes one batch at a time', async () => {
    const { store, write, tick } = started()
    const release = store.hold()
    write(1, 'a')
    await tick()
    write(1, 'b')
    await tick()
    expect(store.writes).toHaveLength(1)
    release()
    await tick()
    await tick()
    expect(store.textOf('reply-1')).toBe('ab')
  })

  it.each(['lost', 'kept'] as const)('loses nothing when a write fails and the database has %s it', async (failure) => {
    const { store, write, tick, errors } = started()
    store.failures.push(failure, failure)
    write(1, 'one ')
    await tick()
    write(1, 'two ')
    await tick()
    write(1, 'three')
    await tick()
    await tick()
    expect(store.textOf('reply-1')).toBe('one two three')
    expect(errors).toHaveLength(2)
  })

  it('keeps a notice within what PostgreSQL carries, and comes back for the rest', async () => {
    const { store, write, tick } = started()
    for (let ordinal = 1; ordinal <= IDS_PER_NOTICE + 10; ordinal++) write(ordinal, 'x')
    await tick()
    await tick()
    expect(store.writes.map(({ pieces }) => pieces.length)).toEqual([IDS_PER_NOTICE, 10])
  })

  it('forgets what of an ended reply is not written yet', async () => {
    const { store, journal, write, tick } = started()
    write(1, 'a')
    await journal.settle(replyOf(1))
    await tick()
    expect(store.writes).toEqual([])
  })

  it('is settled when the write that was under way is over, whether it failed or not', async () => {
    const { store, journal, write, tick } = started()
    for (const failure of [[], ['lost']] as const) {
      store.failures.push(...failure)
      const release = store.hold()
      write(1, 'a')
      await tick()
      const written = store.writes.length
      let isSettled = false
      const settling = journal.settle(replyOf(1)).then(() => (isSettled = true))
      await tick()
      expect(isSettled).toBe(false)
      release()
      await settling
      await tick()
      expect(store.writes).toHaveLength(written)
    }
  })
})
