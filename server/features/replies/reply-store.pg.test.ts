/** What the database itself must guarantee about replies: their order, whatever happens in between. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Door } from '#server/adapters/postgres/door.ts'
import { createTestDatabase, openTestDoor, seedPerson, type TestDatabase } from '#test/support/database.ts'
import type { Question, ReplyStore } from './reply-store.ts'
import { pgReplyStore } from './reply-store.pg.ts'

let database: TestDatabase
let door: Door
let store: ReplyStore
beforeAll(async () => {
  database = await createTestDatabase()
  door = await openTestDoor(database)
  store = pgReplyStore(door)
})
afterAll(async () => {
  await door.close()
  await database.drop()
})

const SERVER = randomUUID()

const question = (content: string): Question => ({
  messageId: randomUUID(),
  replyId: randomUUID(),
  replyMessageId: randomUUID(),
  content,
  preview: content,
  metadata: null,
  model: 'demo',
  modelChoice: 'demo',
  makesTitle: false,
  now: new Date(),
})

const complete = (text: string) => ({
  status: 'complete' as const,
  finishReason: 'stop' as const,
  errorCode: null,
  text,
  model: 'demo',
  promptTokens: null,
  completionTokens: null,
  now: new Date(),
})

it('what is asked between the end of a reply and the start of the next does not jump the queue', async () => {
  const { actor } = await seedPerson(database.owner)
  const first = await store.askInNew(actor, { id: randomUUID(), title: null }, question('one'), SERVER)
  const id = first.conversation.id
  expect(first.reply.status).toBe('running')
  const second = (await store.ask(actor, id, question('two'), SERVER))!
  expect(second.reply.status).toBe('queued')

  await store.end(first.reply, complete('1'), '{}')
  const third = (await store.ask(actor, id, question('three'), SERVER))!
  expect(third.reply.status).toBe('queued')
  expect((await store.startNext(id, SERVER, new Date()))?.id).toBe(second.reply.id)
  expect(await store.startNext(id, SERVER, new Date())).toBeUndefined()
  await store.end(second.reply, complete('2'), '{}')
  expect((await store.startNext(id, SERVER, new Date()))?.id).toBe(third.reply.id)
})

it('of many that are asked at once exactly one runs, and the others wait in the order of their numbers', async () => {
  const { actor } = await seedPerson(database.owner)
  const { conversation, reply } = await store.askInNew(actor, { id: randomUUID(), title: null }, question('0'), SERVER)
  await store.end(reply, complete('0'), '{}')
  const asked = await Promise.all(
    Array.from(
      { length: 12 },
      async (_value, index) => await store.ask(actor, conversation.id, question(`${index}`), SERVER),
    ),
  )
  const replies = asked.map((answer) => answer!.reply).toSorted((one, other) => one.ordinal - other.ordinal)
  expect(replies.map(({ ordinal }) => ordinal)).toEqual(Array.from({ length: 12 }, (_value, index) => index + 2))
  expect(replies.map(({ status }) => status)).toEqual(['running', ...Array.from({ length: 11 }, () => 'queued')])
})
