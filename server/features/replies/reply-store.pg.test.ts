/** What the database itself must guarantee about replies: their order, whatever happens in between. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Door } from '#server/adapters/postgres/door.ts'
import { createTestDatabase, openTestDoor, seedPerson, type TestDatabase } from '#test/support/database.ts'
import { seedTeam, seedTeamMessage } from '#test/support/team-seeds.ts'
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

type Actor = Parameters<ReplyStore['ask']>[0]
/** What is stored, where nothing keeps it from being stored. */
const askInNew = async (actor: Actor, asked: Question) => {
  const stored = await store.askInNew(actor, { id: randomUUID(), title: null }, asked, SERVER)
  return stored as Exclude<typeof stored, 'no-key'>
}
const ask = async (actor: Actor, conversationId: string, asked: Question) => {
  const stored = await store.ask(actor, conversationId, asked, SERVER)
  return stored as Exclude<typeof stored, 'no-key' | undefined>
}

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
  const { asked: first } = await askInNew(actor, question('one'))
  const id = first.conversation.id
  expect(first.reply.status).toBe('running')
  const { asked: second } = await ask(actor, id, question('two'))
  expect(second.reply.status).toBe('queued')

  await store.end(first.reply, complete('1'), '{}')
  const { asked: third } = await ask(actor, id, question('three'))
  expect(third.reply.status).toBe('queued')
  expect((await store.startNext(id, SERVER, new Date()))?.id).toBe(second.reply.id)
  expect(await store.startNext(id, SERVER, new Date())).toBeUndefined()
  await store.end(second.reply, complete('2'), '{}')
  expect((await store.startNext(id, SERVER, new Date()))?.id).toBe(third.reply.id)
})

it('of many that are asked at once exactly one runs, and the others wait in the order of their numbers', async () => {
  const { actor } = await seedPerson(database.owner)
  const { conversation, reply } = (await askInNew(actor, question('0'))).asked
  await store.end(reply, complete('0'), '{}')
  const asked = await Promise.all(
    Array.from({ length: 12 }, async (_value, index) => await ask(actor, conversation.id, question(`${index}`))),
  )
  const replies = asked.map((answer) => answer.asked.reply).toSorted((one, other) => one.ordinal - other.ordinal)
  expect(replies.map(({ ordinal }) => ordinal)).toEqual(Array.from({ length: 12 }, (_value, index) => index + 2))
  expect(replies.map(({ status }) => status)).toEqual(['running', ...Array.from({ length: 11 }, () => 'queued')])
})

const withOwnKey = (content: string): Question => ({
  ...question(content),
  modelChoice: 'openrouter:a/b',
  model: 'a/b',
})
const saveKey = (userId: string, sealed: string) =>
  database.owner.query(
    `insert into provider_keys (user_id, provider, sealed_key, created_at, updated_at)
     values ($1, 'openrouter', $2, now(), now()) on conflict (user_id, provider) do update set sealed_key = excluded.sealed_key`,
    [userId, sealed],
  )
const deleteKey = (userId: string) => database.owner.query('delete from provider_keys where user_id = $1', [userId])
const stored = async (userId: string) => {
  const { rows } = await database.owner.query<{ stored: string[] }>(
    `select array[(select count(*) from conversations where owner_id = $1), (select count(*) from messages where owner_id = $1),
       (select count(*) from replies where owner_id = $1), (select coalesce(sum(message_count), 0) from conversations
       where owner_id = $1)]::int[] as stored`,
    [userId],
  )
  return rows[0]!.stored
}

it('a question comes back with what its model is told, the question last, and the latest 50 turns at most', async () => {
  const { actor } = await seedPerson(database.owner)
  const { asked: first, brief } = await askInNew(actor, question('question 1'))
  expect(brief).toEqual({ turns: [{ role: 'user', content: 'question 1' }], sealedKey: undefined })
  const id = first.conversation.id
  await store.end(first.reply, complete('answer 1'), '{}')
  for (let number = 2; number <= 27; number++) {
    const { asked: next } = await ask(actor, id, question(`question ${number}`))
    await store.end(next.reply, complete(`answer ${number}`), '{}')
  }
  const { brief: last } = await ask(actor, id, question('question 28'))
  expect(last.turns).toHaveLength(50)
  expect(last.turns[0]).toEqual({ role: 'assistant', content: 'answer 3' })
  expect(last.turns.slice(-2)).toEqual([
    { role: 'assistant', content: 'answer 27' },
    { role: 'user', content: 'question 28' },
  ])
})

it('a question for the person’s own key comes back with the key as it is now, sealed, and with nobody else’s', async () => {
  const [{ actor }, other] = [await seedPerson(database.owner), await seedPerson(database.owner)]
  await saveKey(actor.userId, 'sealed one')
  await saveKey(other.actor.userId, 'of another')
  const { asked: first, brief } = await askInNew(actor, withOwnKey('one'))
  expect(brief.sealedKey).toBe('sealed one')
  await saveKey(actor.userId, 'sealed two')
  const { asked: waiting, brief: second } = await ask(actor, first.conversation.id, withOwnKey('two'))
  expect(second.sealedKey).toBe('sealed two')
  // The other model needs no key, and so is given none.
  expect((await ask(actor, first.conversation.id, question('three'))).brief.sealedKey).toBeUndefined()

  await saveKey(actor.userId, 'sealed three')
  expect((await store.findBrief(waiting.reply))?.sealedKey).toBe('sealed three')
  await deleteKey(actor.userId)
  expect((await store.findBrief(waiting.reply))?.sealedKey).toBeUndefined()
})

it('a question for the person’s own key stores nothing without one, however it is asked', async () => {
  const { actor } = await seedPerson(database.owner)
  const { asked: before } = await askInNew(actor, question('before'))
  const { id } = before.conversation
  await store.end(before.reply, complete('answer'), '{}')
  const then = await stored(actor.userId)
  const needsKey = withOwnKey('in vain')
  expect(await store.askInNew(actor, { id: randomUUID(), title: null }, needsKey, SERVER)).toBe('no-key')
  expect(await store.ask(actor, id, needsKey, SERVER)).toBe('no-key')
  expect(await store.ask(actor, randomUUID(), needsKey, SERVER)).toBe('no-key')
  expect(await store.askAgain(actor, id, needsKey, SERVER)).toBe('no-key')
  expect(await stored(actor.userId)).toEqual(then)

  expect(await store.ask(actor, randomUUID(), question('nowhere'), SERVER)).toBeUndefined()
  await saveKey(actor.userId, 'sealed')
  expect(await store.ask(actor, randomUUID(), needsKey, SERVER)).toBeUndefined()
  expect(await store.askAgain(actor, randomUUID(), needsKey, SERVER)).toBeUndefined()
  expect(await stored(actor.userId)).toEqual(then)
})

it('what is asked again comes back without the answers that it had', async () => {
  const { actor } = await seedPerson(database.owner)
  const { asked: first } = await askInNew(actor, question('question'))
  await store.end(first.reply, complete('first answer'), '{}')
  const again = await store.askAgain(actor, first.conversation.id, question(''), SERVER)
  expect(again).toMatchObject({
    reply: { status: 'running', ordinal: 2 },
    brief: { turns: [{ role: 'user', content: 'question' }] },
  })
  expect(await store.askAgain(actor, first.conversation.id, question(''), SERVER)).toBe('nothing-to-answer')
})

it('a question and a key that is deleted at the same moment are stored together or not at all', async () => {
  const { actor } = await seedPerson(database.owner)
  for (let round = 0; round < 20; round++) {
    await saveKey(actor.userId, 'sealed')
    await Promise.all([
      store.askInNew(actor, { id: randomUUID(), title: null }, withOwnKey('now'), SERVER),
      deleteKey(actor.userId),
    ])
  }
  const [conversations, messages, replies, counted] = await stored(actor.userId)
  expect([messages, replies, counted]).toEqual([conversations, conversations, conversations])
})

it.each([
  ['is deleted with its conversation', 'delete from conversations where conversation_id = $1'],
  ['is ended by another server', `update replies set status = 'interrupted' where conversation_id = $1`],
])('text of a reply that %s while it is journaled is dropped, and text of others is kept', async (_, ending) => {
  const { actor } = await seedPerson(database.owner)
  const [{ reply: over }, { reply: other }] = [
    (await askInNew(actor, question('one'))).asked,
    (await askInNew(actor, question('two'))).asked,
  ]
  await database.owner.query('begin')
  await database.owner.query(ending, [over.conversationId])
  const pieces = [over, other].map(({ id }) => ({ replyId: id, offset: 0, text: 'text' }))
  const journaled = store.journal(pieces, '{}')
  try {
    await vi.waitFor(async () => {
      // A transaction sees the activity of its first look, unless it is told to forget that.
      await database.owner.query('select pg_stat_clear_snapshot()')
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      expect((await database.owner.query(waiting)).rowCount).toBe(1)
    }, 10_000)
  } finally {
    await database.owner.query('commit')
  }
  await journaled
  const kept = await database.owner.query('select reply_id, content from reply_pieces where owner_id = $1', [
    actor.userId,
  ])
  expect(kept.rows).toEqual([{ reply_id: other.id, content: 'text' }])
})

describe('a model that is called into a team conversation', () => {
  const group = async () => {
    const [ada, bob, eve] = [
      await seedPerson(database.owner, { name: 'Ada' }),
      await seedPerson(database.owner, { name: 'Bob' }),
      await seedPerson(database.owner, { name: 'Eve' }),
    ]
    const id = await seedTeam(database.owner, [{ userId: ada.actor.userId }, { userId: bob.actor.userId }])
    const say = (senderId: string | null, content: string, columns: Parameters<typeof seedTeamMessage>[2] = {}) =>
      seedTeamMessage(database.owner, { conversationId: id, senderId }, { content, ...columns })
    return { ada: ada.actor, bob: bob.actor, eve: eve.actor, id, say }
  }
  const call = () => ({ ...question(''), replyId: randomUUID(), replyMessageId: randomUUID() })

  it('is told who said what, up to the question, and nothing of what was deleted or said by the system', async () => {
    const { ada, bob, id, say } = await group()
    await say(bob.userId, 'Lunch?')
    await say(null, 'Bob renamed the group.')
    await say(bob.userId, '', { deleted_at: new Date() })
    const asked = await say(ada.userId, 'What is near?')
    await say(bob.userId, 'I am hungry.')
    const stored = await store.askInTeam(ada, id, asked, call(), SERVER)
    expect(stored).toMatchObject({
      reply: { status: 'running', ownerId: ada.userId, questionId: asked },
      brief: {
        turns: [
          { role: 'user', content: 'Bob: Lunch?' },
          { role: 'user', content: 'Ada: What is near?' },
        ],
      },
    })
  })

  it('answers in the conversation for all members, and nobody owns what it says', async () => {
    const { ada, bob, eve, id, say } = await group()
    const asked = await say(ada.userId, 'What is near?')
    const stored = await store.askInTeam(ada, id, asked, call(), SERVER)
    if (stored === undefined || stored === 'no-key') throw new Error('not stored')
    const ended = await store.end(stored.reply, complete('A bakery.'), '{}')
    expect(ended?.message).toMatchObject({ content: 'A bakery.', ownerId: null, senderId: null, role: 'assistant' })
    expect(await store.progressSince(bob, id, undefined)).toMatchObject([{ reply: { status: 'complete' } }])
    expect(await store.progressSince(eve, id, undefined)).toBeUndefined()
  })

  it('asked in a thread, knows the thread only, and its answer stands and counts there', async () => {
    const { ada, bob, id, say } = await group()
    await say(bob.userId, 'Something else.')
    const root = await say(bob.userId, 'Lunch?')
    const asked = await say(ada.userId, 'What is near?', { thread_id: root })
    const stored = await store.askInTeam(ada, id, asked, call(), SERVER)
    if (stored === undefined || stored === 'no-key') throw new Error('not stored')
    expect(stored.brief.turns.map(({ content }) => content)).toEqual(['Bob: Lunch?', 'Ada: What is near?'])
    await store.end(stored.reply, complete('A bakery.'), '{}')
    const { rows } = await database.owner.query(
      'select thread_id, reply_count from messages where message_id in ($1, $2) order by created_at desc',
      [root, stored.reply.messageId],
    )
    expect(rows).toEqual([
      { thread_id: root, reply_count: 0 },
      { thread_id: null, reply_count: 2 },
    ])
  })

  it('waits its turn, and is then told what was said up to its question', async () => {
    const { ada, bob, id, say } = await group()
    const first = await store.askInTeam(ada, id, await say(ada.userId, 'One?'), call(), SERVER)
    const second = await store.askInTeam(bob, id, await say(bob.userId, 'Two?'), call(), SERVER)
    if (first === undefined || second === undefined || first === 'no-key' || second === 'no-key') throw new Error()
    expect(second.reply.status).toBe('queued')
    await store.end(first.reply, complete('1'), '{}')
    expect((await store.startNext(id, SERVER, new Date()))?.id).toBe(second.reply.id)
    const brief = await store.findBrief(second.reply)
    expect(brief?.turns.map(({ content }) => content)).toEqual(['Ada: One?', 'Bob: Two?'])
  })

  it('is not called with somebody else’s message, by a stranger, or without the key that it needs', async () => {
    const { ada, bob, eve, id, say } = await group()
    const asked = await say(ada.userId, 'What is near?')
    expect(await store.askInTeam(bob, id, asked, call(), SERVER)).toBeUndefined()
    expect(await store.askInTeam(eve, id, asked, call(), SERVER)).toBeUndefined()
    const needsKey = { ...call(), modelChoice: 'openrouter:some/model', model: 'some/model' }
    expect(await store.askInTeam(ada, id, asked, needsKey, SERVER)).toBe('no-key')
    expect(await store.hasKeyFor(ada, 'openrouter:some/model')).toBe(false)
    expect(await store.hasKeyFor(ada, 'demo')).toBe(true)
  })
})
