/** People who listen to their team conversations, and readers that forgive nothing; knows a URL, and seeds by SQL. */
import { createParser } from 'eventsource-parser'
import { expect } from 'vitest'
import { personEvent, type PersonEvent } from '#contract/messages/team.ts'
import { seedTeam, seedTeamMessage } from '#test/support/database.ts'
import type { TestPerson, TestServer } from '#test/support/server.ts'

export interface ToldEvent {
  readonly id: string | undefined
  readonly data: PersonEvent
}

/** One connection, every event of which is held to the contract; ids only grow. */
export interface Connection {
  /** Everything but heartbeats, in order. */
  readonly events: readonly ToldEvent[]
  /** The position to go on from. */
  readonly lastEventId: string | undefined
  /** The next event that was not taken yet for which `wanted` holds; those before it are passed over. */
  next(wanted: (event: PersonEvent) => boolean): Promise<ToldEvent>
  /** Resolves when the connection is over, whoever ended it. */
  readonly over: Promise<void>
  close(): void
}

const PATIENCE_MS = 15_000

/** Resolves when the server has said that the reader is attached. */
export const listen = async (
  server: { readonly url: string },
  person: { readonly token: string },
  lastEventId?: string,
): Promise<Connection> => {
  const controller = new AbortController()
  const response = await fetch(`${server.url}/api/app/events`, {
    headers: {
      authorization: `Bearer ${person.token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: controller.signal,
  })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  const events: ToldEvent[] = []
  let position: string | undefined
  let isOver = false
  let wake = () => {}
  const parser = createParser({
    onEvent: ({ id, data, event }) => {
      expect(event).toBeUndefined()
      const told = { id, data: personEvent.parse(JSON.parse(data)) }
      expect(told.data.type === 'typing').toBe(id === undefined)
      if (id !== undefined && position !== undefined) expect(isLaterOrSame(id, position, told.data)).toBe(true)
      position = id ?? position
      if (told.data.type === 'heartbeat') return
      events.push(told)
      wake()
    },
  })
  const over = (async () => {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    try {
      for await (const chunk of response.body!) parser.feed(decoder.decode(chunk, { stream: true }))
    } catch (error) {
      // Cut off, by whomever. What a test expected and did not get is its failure.
      if (error instanceof Error && 'matcherResult' in error) throw error
    } finally {
      isOver = true
      wake()
    }
  })()
  let taken = 0
  const connection: Connection = {
    events,
    over,
    get lastEventId() {
      return position
    },
    close: () => controller.abort(),
    async next(wanted) {
      const patience = Promise.withResolvers<never>()
      const timer = setTimeout(
        () => patience.reject(new Error(`no such event; seen: ${JSON.stringify(events.slice(-20))}`)),
        PATIENCE_MS,
      )
      try {
        for (;;) {
          while (taken < events.length) {
            const event = events[taken++]!
            if (wanted(event.data)) return event
          }
          if (isOver) throw new Error(`the stream ended; seen: ${JSON.stringify(events.slice(-20))}`)
          await Promise.race([new Promise<void>((resolve) => (wake = resolve)), patience.promise])
        }
      } finally {
        clearTimeout(timer)
      }
    },
  }
  await connection.next(({ type }) => type === 'connected')
  return connection
}

/** Each event is after the one before; only where the reader starts is told more than once. */
const isLaterOrSame = (id: string, before: string, { type }: PersonEvent): boolean => {
  const [transaction = 0, event = 0] = id.split('.').map(Number)
  const [transactionBefore = 0, eventBefore = 0] = before.split('.').map(Number)
  if (id === before) return type === 'heartbeat' || type === 'reset'
  return transaction > transactionBefore || (transaction === transactionBefore && event > eventBefore)
}

/** A group of people who have accounts; returns its id. The first is its owner. */
export const groupOf = (server: TestServer, ...people: TestPerson[]): Promise<string> =>
  seedTeam(
    server.database.owner,
    people.map(({ id }) => ({ userId: id })),
  )

/** Posts by SQL; returns the id of the message. */
export const say = (server: TestServer, conversationId: string, sender: TestPerson | null, content: string) =>
  seedTeamMessage(server.database.owner, { conversationId, senderId: sender?.id ?? null }, { content })

/** Breaks the connections on which servers hear of each other; returns how many there were. */
export const breakNotices = async (server: TestServer): Promise<number> => {
  const { rows } = await server.database.owner.query<{ broken: boolean }>(
    `select pg_terminate_backend(pid) as broken from pg_stat_activity
     where datname = current_database() and application_name = 'parlance notices'`,
  )
  return rows.filter(({ broken }) => broken).length
}

export const isPosted = (event: PersonEvent) => event.type === 'message-posted'

/** What was said, in the order in which it was told. */
export const contentsOf = (events: readonly ToldEvent[]): string[] =>
  events.flatMap(({ data }) => (data.type === 'message-posted' ? (data.message.content ?? '') : []))
