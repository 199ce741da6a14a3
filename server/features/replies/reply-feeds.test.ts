/** Every reader gets every reply in full, once and in order, however writing, reading and looking it up are interleaved. */
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CONVERSATION, messageOf, OWNER, progressOf, replyOf } from './for-tests.ts'
import {
  formatPosition,
  isEnded,
  MAX_DELTA,
  parsePosition,
  type Position,
  type ReplyEvent,
  type ReplyProgress,
} from './reply.ts'
import { makeReplyFeeds, type Reader, startingPosition } from './reply-feeds.ts'

const ACTOR = { userId: OWNER, subject: OWNER }
const NOW = Date.parse('2026-01-02T03:04:05.678Z')

/** A client: checks what it gets while it gets it, and keeps what it has read over reconnects. */
class Client implements Reader {
  readonly read: { ordinal: number; text: string; endText: string | undefined }[] = []
  at: Position
  isClosed = false
  changes = 0
  constructor(at: Position) {
    this.at = at
  }
  receive(event: ReplyEvent, position: Position): void {
    this.at = position
    if (event.type === 'conversation-changed') return void this.changes++
    const last = this.read.at(-1)
    if (event.type === 'reply-started') {
      // The one before must be over: nothing is skipped.
      if (last !== undefined) expect([last.ordinal + 1, typeof last.endText]).toEqual([event.reply.ordinal, 'string'])
      this.read.push({ ordinal: event.reply.ordinal, text: '', endText: undefined })
      return
    }
    expect(event.reply.ordinal).toBe(last?.ordinal)
    expect(last!.endText).toBeUndefined()
    if (event.type === 'reply-ended') last!.endText = event.text
    else {
      expect(event.offset).toBe(last!.text.length)
      expect(event.text.length).toBeLessThanOrEqual(MAX_DELTA)
      last!.text += event.text
    }
  }
  close(): void {
    this.isClosed = true
  }
}

/** The conversation as the database has it; every look at it takes a while and sees the moment in which it was begun. */
const fakeDatabase = (later: <T>(value: T) => Promise<T> = (value) => Promise.resolve(value)) => {
  const replies: ReplyProgress[] = []
  const since = (ordinal: number) => replies.filter(({ reply }) => reply.ordinal >= ordinal)
  return {
    replies,
    isGone: false,
    looks: 0,
    async progressSince(_actor: unknown, _id: string, ordinal: number | undefined) {
      return later(this.isGone ? undefined : ordinal === undefined ? replies.slice(-1) : since(ordinal))
    },
    async progressForReaders(_id: string, ordinal: number) {
      this.looks++
      return later(this.isGone ? undefined : since(ordinal))
    },
    last: () => replies.at(-1),
    put(progress: ReplyProgress) {
      const index = replies.findIndex(({ reply }) => reply.ordinal === progress.reply.ordinal)
      if (index < 0) replies.push(progress)
      else replies[index] = progress
    },
  }
}

type Command =
  | { readonly do: 'start' | 'start-elsewhere' | 'end' | 'flush' | 'steal' | 'miss-notices'; readonly text?: never }
  | { readonly do: 'write'; readonly text: string }
  | { readonly do: 'come' | 'go' | 'come-back'; readonly who: number }
  | { readonly do: 'wait'; readonly steps: number }

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('start', 'start-elsewhere').map((name) => ({ do: name }) as const) },
  {
    weight: 3,
    arbitrary: fc.constantFrom('end', 'flush', 'steal', 'miss-notices').map((name) => ({ do: name }) as const),
  },
  { weight: 6, arbitrary: fc.string({ minLength: 1, maxLength: 5 }).map((text) => ({ do: 'write', text }) as const) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('come', 'go', 'come-back'), fc.nat(2))
      .map(([name, who]) => ({ do: name, who }) as const),
  },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 3 }).map((steps) => ({ do: 'wait', steps }) as const) },
)

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('readers of a conversation', () => {
  it('get exactly the text, whoever writes and whenever they come, go and come back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(command, { maxLength: 60 }), async (scheduler, commands) => {
        const errors: unknown[] = []
        const database = fakeDatabase((value) => scheduler.schedule(Promise.resolve(value)))
        const feeds = makeReplyFeeds({ store: database, now: () => NOW, onError: (error) => errors.push(error) })
        /** The reply that this process writes, and what it has in memory. */
        let local: { ordinal: number; text: string } | undefined
        let missesNotices = false
        let hasMissed = false
        const notify = () => {
          if (missesNotices) {
            missesNotices = false
            hasMissed = true
          } else void scheduler.schedule(Promise.resolve()).then(() => feeds.refresh([CONVERSATION]))
        }
        const clients: (Client | undefined)[] = []
        const attached: ({ detach(): void } | undefined)[] = []

        const attach = async (who: number, client: Client, from: Position) => {
          clients[who] = client
          let isGone = false
          attached[who] = { detach: () => (isGone = true) }
          const place = attached[who]
          const { begin, detach } = await feeds.attach(ACTOR, CONVERSATION, client, { from, replayMs: 0 })
          if (isGone) return detach()
          if (attached[who] === place) attached[who] = { detach }
          begin()
        }

        const run: Record<Command['do'], (given: any) => void> = {
          start() {
            const last = database.last()
            if (last !== undefined && !isEnded(last.reply)) return
            const reply = replyOf((last?.reply.ordinal ?? 0) + 1)
            database.put(progressOf(reply, ''))
            local = { ordinal: reply.ordinal, text: '' }
            feeds.started(reply)
          },
          'start-elsewhere'() {
            const last = database.last()
            if (last !== undefined && !isEnded(last.reply)) return
            database.put(progressOf(replyOf((last?.reply.ordinal ?? 0) + 1), ''))
            notify()
          },
          write({ text }: { text: string }) {
            const last = database.last()
            if (local !== undefined) {
              local.text += text
              feeds.wrote(replyOf(local.ordinal), text)
            } else if (last !== undefined && !isEnded(last.reply)) {
              database.put(progressOf(last.reply, last.text + text))
              notify()
            }
          },
          flush() {
            if (local !== undefined) database.put(progressOf(replyOf(local.ordinal), local.text))
          },
          end() {
            const last = database.last()
            if (last === undefined || isEnded(last.reply)) return
            const reply = replyOf(last.reply.ordinal, 'complete')
            const text = local?.text ?? last.text
            database.put(progressOf(reply, text))
            if (local === undefined) return notify()
            local = undefined
            // The answer of the database takes a while, too.
            void scheduler
              .schedule(Promise.resolve())
              .then(() => feeds.ended(reply, text === '' ? null : messageOf(reply, text)))
          },
          /** Another server takes this one for dead and closes its reply with what the journal has. */
          steal() {
            if (local === undefined) return
            const { ordinal } = local
            local = undefined
            database.put(progressOf(replyOf(ordinal, 'interrupted'), database.last()!.text))
            void scheduler.schedule(Promise.resolve()).then(() => feeds.letGo(replyOf(ordinal)))
          },
          'miss-notices'() {
            missesNotices = true
          },
          come({ who }: { who: number }) {
            attached[who]?.detach()
            const from = { ordinal: database.last()?.reply.ordinal ?? 0, offset: 0, hasEnded: true }
            void attach(who, new Client(from), from)
          },
          go({ who }: { who: number }) {
            attached[who]?.detach()
            attached[who] = undefined
          },
          'come-back'({ who }: { who: number }) {
            const client = clients[who]
            if (client === undefined) return
            attached[who]?.detach()
            void attach(who, client, client.at)
          },
          wait() {},
        }

        const expectedSince = (ordinal: number) =>
          database.replies.filter(({ reply }) => reply.ordinal > ordinal).map(({ reply, text }) => ({ reply, text }))
        const beginnings = new Map<Client, number>()
        for (const given of commands) {
          run[given.do](given)
          for (const client of clients) {
            if (client !== undefined && !beginnings.has(client)) beginnings.set(client, client.at.ordinal)
          }
          if (given.do === 'wait') {
            for (let step = 0; step < given.steps && scheduler.count() > 0; step++) await scheduler.waitOne()
          }
        }
        const comeToRest = async () => {
          do {
            while (scheduler.count() > 0) await scheduler.waitOne()
            await settled()
          } while (scheduler.count() > 0)
        }
        await comeToRest()
        // Where the connection for notices broke, everything is looked at again; else nothing more is needed.
        if (hasMissed) feeds.refreshAll()
        await comeToRest()

        for (const [who, client] of clients.entries()) {
          if (client === undefined || attached[who] === undefined) continue
          const expected = expectedSince(beginnings.get(client)!)
          expect(client.read.map(({ ordinal }) => ordinal)).toEqual(expected.map(({ reply }) => reply.ordinal))
          for (const [index, { reply, text }] of expected.entries()) {
            const got = client.read[index]!
            if (isEnded(reply)) expect(got.endText).toBe(text)
            else expect(got.endText).toBeUndefined()
            const whole = local?.ordinal === reply.ordinal ? local.text : text
            // Text that died with its writer may have been seen; everything else is exact.
            if (reply.status === 'interrupted') expect(got.text.startsWith(whole)).toBe(true)
            else expect(got.text).toBe(whole)
          }
        }
        expect(errors).toEqual([])
        for (const place of attached) place?.detach()
        expect(feeds.readerCount()).toBe(0)
      }),
      { numRuns: 1000 },
    )
  })
})

const started = () => {
  const database = fakeDatabase()
  const errors: unknown[] = []
  const feeds = makeReplyFeeds({
    store: database,
    now: () => NOW + 1,
    onError: (error) => errors.push(error),
    retryMs: 50,
  })
  const attach = async (from?: string, replayMs = 0) => {
    const position = parsePosition(from)
    const client = new Client(position ?? { ordinal: 0, offset: 0, hasEnded: true })
    const given = await feeds.attach(ACTOR, CONVERSATION, client, { ...(position ? { from: position } : {}), replayMs })
    return { ...given, client, start: formatPosition(given.position) }
  }
  return { database, feeds, errors, attach }
}

describe('a reader', () => {
  afterEach(() => void vi.useRealTimers())

  it('that comes with a position from the future starts afresh and is not told old replies again', async () => {
    const { database, attach } = started()
    for (const ordinal of [1, 2, 3]) database.put(progressOf(replyOf(ordinal, 'complete'), 'old'))
    const { client, begin, start } = await attach('99.end')
    begin()
    await settled()
    expect(start).toBe('3.end')
    expect(client.read).toEqual([])
  })

  it('who may not read any more is closed, while others and other conversations of theirs are not', async () => {
    const { database, feeds, attach } = started()
    database.put(progressOf(replyOf(1), 'one'))
    const { client, begin } = await attach()
    begin()
    feeds.dismiss(CONVERSATION, 'somebody else')
    feeds.dismiss('another conversation', OWNER)
    expect(client.isClosed).toBe(false)
    feeds.dismiss(CONVERSATION, OWNER)
    expect(client.isClosed).toBe(true)
  })

  it('who may not read any more when it begins is told nothing', async () => {
    const { database, feeds, attach } = started()
    database.put(progressOf(replyOf(1), 'one'))
    const looking = attach('0.end')
    feeds.dismiss(CONVERSATION, OWNER)
    const { client, begin } = await looking
    begin()
    await settled()
    expect([client.isClosed, client.read, feeds.readerCount()]).toEqual([true, [], 0])
  })

  it('that skipped nothing is not made to skip by another reader who comes later', async () => {
    const { database, attach } = started()
    database.put(progressOf(replyOf(1), 'one'))
    const early = await attach('0.end')
    early.begin()
    await settled()
    // Two replies go by, and every notice of them is lost.
    database.put(progressOf(replyOf(1, 'complete'), 'one and more'))
    database.put(progressOf(replyOf(2, 'complete'), 'two'))
    database.put(progressOf(replyOf(3), 'three'))
    const late = await attach()
    late.begin()
    await settled()
    expect(early.client.read.map(({ ordinal, text }) => [ordinal, text])).toEqual([
      [1, 'one and more'],
      [2, 'two'],
      [3, 'three'],
    ])
  })

  it('is told the end of a reply of another server before a reply that begins here', async () => {
    const { database, feeds, attach } = started()
    database.put(progressOf(replyOf(1), 'from there'))
    const { client, begin } = await attach('0.end')
    begin()
    await settled()
    database.put(progressOf(replyOf(1, 'complete'), 'from there, complete'))
    database.put(progressOf(replyOf(2), ''))
    feeds.started(replyOf(2))
    feeds.wrote(replyOf(2), 'from here')
    await settled()
    expect(client.read).toEqual([
      { ordinal: 1, text: 'from there, complete', endText: 'from there, complete' },
      { ordinal: 2, text: 'from here', endText: undefined },
    ])
  })

  it('is told the end when somebody else has ended the reply that was written here', async () => {
    const { database, feeds, attach } = started()
    database.put(progressOf(replyOf(1), 'jour'))
    feeds.started(replyOf(1))
    feeds.wrote(replyOf(1), 'journal')
    const { client, begin } = await attach('0.end')
    begin()
    database.put(progressOf(replyOf(1, 'interrupted'), 'jour'))
    feeds.letGo(replyOf(1))
    await settled()
    expect(client.read).toEqual([{ ordinal: 1, text: 'journal', endText: 'jour' }])
  })

  it('whose feed was made anew between coming and beginning gets what is written', async () => {
    const { database, feeds, attach } = started()
    const first = await attach('0.end')
    first.begin()
    const second = await attach('0.end')
    first.detach()
    database.put(progressOf(replyOf(1), ''))
    feeds.started(replyOf(1))
    second.begin()
    feeds.wrote(replyOf(1), 'text')
    await settled()
    expect(second.client.read).toEqual([{ ordinal: 1, text: 'text', endText: undefined }])
  })

  it('that leaves while it is told its beginning is forgotten', async () => {
    const { database, feeds } = started()
    database.put(progressOf(replyOf(1), 'text'))
    const reader = { receive: () => given.detach(), close: () => {} }
    const given = await feeds.attach(ACTOR, CONVERSATION, reader, { from: parsePosition('0.end')!, replayMs: 0 })
    given.begin()
    expect(feeds.readerCount()).toBe(0)
  })

  it('that leaves before it has begun is never told anything', async () => {
    const { database, feeds, attach } = started()
    database.put(progressOf(replyOf(1), 'text'))
    const { client, begin, detach } = await attach('0.end')
    detach()
    begin()
    await settled()
    expect([client.read, feeds.readerCount()]).toEqual([[], 0])
  })

  it('is told what it lacks after the database could not be asked for a while', async () => {
    vi.useFakeTimers()
    const { database, feeds, errors, attach } = started()
    database.put(progressOf(replyOf(1), 'on'))
    const { client, begin } = await attach('0.end')
    begin()
    await vi.advanceTimersByTimeAsync(0)
    const look = vi.spyOn(database, 'progressForReaders').mockRejectedValue(new Error('gone'))
    database.put(progressOf(replyOf(1, 'complete'), 'on and on'))
    feeds.refresh([CONVERSATION])
    await vi.advanceTimersByTimeAsync(200)
    look.mockRestore()
    expect(errors.length).toBeGreaterThan(1)
    await vi.advanceTimersByTimeAsync(50)
    expect(client.read).toEqual([{ ordinal: 1, text: 'on and on', endText: 'on and on' }])
  })

  it('is let go when the conversation is gone, though nobody said so', async () => {
    const { database, feeds, attach } = started()
    database.put(progressOf(replyOf(1, 'complete'), 'text'))
    const { client, begin } = await attach('1.end')
    begin()
    await settled()
    database.isGone = true
    feeds.refreshAll()
    await settled()
    expect([client.isClosed, feeds.readerCount()]).toEqual([true, 0])
  })

  it('of no conversation is refused', async () => {
    const { database, attach } = started()
    database.isGone = true
    await expect(attach()).rejects.toMatchObject({ code: 'conversation.not_found' })
  })

  it('is told of changes and of the end of the conversation', async () => {
    const { feeds, attach } = started()
    const { client, begin } = await attach()
    begin()
    feeds.changed([CONVERSATION, 'another'])
    feeds.deleted([CONVERSATION, 'another'])
    feeds.changed([CONVERSATION])
    expect([client.changes, client.isClosed]).toEqual([1, true])
  })
})

describe('a fresh reader starts', () => {
  const minuteAgo = NOW - 60_000
  it.each([
    ['before the first reply, when there is none', undefined, NOW, '0.end'],
    ['before the reply that is being written', replyOf(3), NOW, '2.end'],
    ['behind a reply that has ended', replyOf(3, 'complete'), NOW + 1, '3.end'],
    ['before one that has ended a moment ago, where that is wanted', replyOf(3, 'complete'), minuteAgo, '2.end'],
  ])('%s', (_case, latest, replaySince, expected) => {
    const at = startingPosition(undefined, latest && progressOf(latest, 'text'), replaySince)
    expect(formatPosition(at)).toBe(expected)
  })

  it.each(['0.end', '2.7', '3.0', '3.end'])('where it says, at %s', (from) => {
    const at = startingPosition(parsePosition(from), progressOf(replyOf(3), 'text'), NOW)
    expect(formatPosition(at)).toBe(from)
  })
})
