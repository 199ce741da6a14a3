/** One of two servers dies: the other closes what it was writing, answers what waited, and leaves the living alone. */
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { follow, hasEnded, isDelta, slowly, Transcript } from '#test/acceptance/replies/world.ts'
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts'
import { type ScriptedProvider, startScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import { TEST_SECRET_KEY } from '#test/support/server.ts'
import { newDataDir, removeDataDir, type ServerProcess, signUp, startServerProcess } from './server-process.ts'

const MODEL = 'operator:scripted'
/** How long the fixture's servers must be silent to be dead, and twice its beat. */
const DEAD_AFTER_MS = 1_000 + 2 * 200

let provider: ScriptedProvider
let database: TestDatabase
let dataDir: string
const servers: ServerProcess[] = []
beforeAll(async () => {
  provider = await startScriptedProvider()
  database = await createTestDatabase()
  dataDir = await newDataDir()
})
afterAll(async () => {
  for (const server of servers) await server.kill()
  await database.drop()
  removeDataDir(dataDir)
  await provider.close()
})

const start = async () => {
  const server = await startServerProcess({
    dataDir,
    program: path.join(import.meta.dirname, 'server.fixture.ts'),
    env: { DATABASE_URL: database.url, SECRET_KEY: TEST_SECRET_KEY, LLM_BASE_URL: provider.url, LLM_MODEL: 'scripted' },
  })
  servers.push(server)
  return server
}

it('closes the reply of a dead server with what the journal has, and goes on with what waited', async () => {
  const [dying, living] = await Promise.all([start(), start()])
  const person = await signUp(dying.url)
  const pieces = Array.from({ length: 3_000 }, (_value, index) => `${index} `)
  provider.script({ steps: slowly(pieces, 5) })
  const doomed = (await person.request('POST', '/api/app/conversations', { content: 'Doomed', model: MODEL })).body
    .conversation
  const transcript = new Transcript()
  const connection = follow(living, person, doomed.id, {
    lastEventId: '0.end',
    onEvent: (event) => transcript.take(event),
  })
  await connection.event(isDelta)

  // The survivor has one of its own, which must not be touched.
  const gate = Promise.withResolvers<void>()
  provider.script({ steps: ['Alive ', { pause: gate.promise }, 'and well.'] })
  const survivor = person.at(living.url)
  const safe = (await survivor.request('POST', '/api/app/conversations', { content: 'Safe', model: MODEL })).body
    .conversation
  const watching = follow(living, person, safe.id, { lastEventId: '0.end' })
  await watching.event(isDelta)

  const waiting = await survivor.request('POST', `/api/app/conversations/${doomed.id}/messages`, {
    content: 'And then?',
    model: MODEL,
  })
  expect(waiting.body.reply.status).toBe('queued')
  provider.script({ steps: ['Then this.'] })

  const killedAt = performance.now()
  await dying.kill()
  const { data } = await connection.event(hasEnded)
  // A loaded machine may be late; a server that waits for the usual 20 s may not.
  expect(performance.now() - killedAt).toBeLessThan(DEAD_AFTER_MS + 5_000)
  expect(data).toMatchObject({ reply: { status: 'interrupted', error: { code: 'reply.interrupted' } } })
  const { text, end } = transcript.replies[0]!
  // Readers of the survivor saw what the journal had, no more.
  expect(end?.message).toMatchObject({ content: text, status: 'interrupted' })
  expect(pieces.join('').startsWith(text)).toBe(true)

  await connection.event((event) => event.type === 'reply-ended' && event.message?.content === 'Then this.')
  connection.close()
  gate.resolve()
  expect((await watching.event(hasEnded)).data).toMatchObject({
    message: { content: 'Alive and well.', status: 'complete' },
  })
  watching.close()
  const { rows } = await database.owner.query('select reply_id from reply_pieces')
  expect(rows).toEqual([])
})

it('lets a server that only seemed dead go on, and ends nothing twice', async () => {
  const [frozen, living] = await Promise.all([start(), start()])
  const person = await signUp(living.url)
  const gate = Promise.withResolvers<void>()
  provider.script({ steps: ['Seen by all. ', { pause: gate.promise }, 'Too late.'] })
  const { conversation } = (
    await person.at(frozen.url).request('POST', '/api/app/conversations', { content: 'Question', model: MODEL })
  ).body
  const transcripts = [frozen, living].map((server) => {
    const transcript = new Transcript()
    const connection = follow(server, person, conversation.id, {
      lastEventId: '0.end',
      onEvent: (event) => transcript.take(event),
    })
    return { transcript, connection }
  })
  for (const { connection } of transcripts) await connection.event(isDelta)
  process.kill(frozen.pid, 'SIGSTOP')
  await transcripts[1]!.connection.event(hasEnded)
  process.kill(frozen.pid, 'SIGCONT')
  gate.resolve()
  for (const { transcript, connection } of transcripts) {
    await connection.event(hasEnded)
    expect(transcript.replies).toMatchObject([
      { end: { reply: { status: 'interrupted' }, message: { content: 'Seen by all. ', status: 'interrupted' } } },
    ])
  }
  const answer = await person
    .at(frozen.url)
    .request('POST', `/api/app/conversations/${conversation.id}/messages`, { content: 'On', model: 'demo' })
  expect([answer.status, answer.body.reply.status]).toEqual([201, 'running'])
  for (const { transcript, connection } of transcripts) {
    await connection.event(() => transcript.replies[1]?.text.includes('demo') === true)
    connection.close()
  }
  const { rows } = await database.owner.query(
    `select count(*)::int as count from messages where conversation_id = $1 and role = 'assistant'`,
    [conversation.id],
  )
  expect(rows).toEqual([{ count: 1 }])
})
