/** What another server was told while this one could not hear takes effect as soon as it can: stops, and sign-ins that end. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts'
import { send, startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { openWireProxy, socketOf, urlThrough, type WireProxy } from '#test/support/wire-proxy.ts'
import {
  conversationOf,
  converse,
  follow,
  hasEnded,
  isDelta,
  posted,
  startWorld,
  stopped,
  untilLogged,
  withModel,
  type World,
} from './world.ts'

let database: TestDatabase
/** Between the database and the server that can be cut off. */
let line: WireProxy
/** The server that can be cut off. */
let world: World
let other: TestServer
/** At the other server. */
let person: TestPerson
beforeAll(async () => {
  database = await createTestDatabase()
  line = await openWireProxy(socketOf(database))
  world = await startWorld({ database, env: { DATABASE_URL: urlThrough(line, database) } })
  other = await startTestServer({ database, env: withModel(world.provider) })
})
afterAll(async () => {
  await other.close()
  await world.close()
  await line.close()
  await database.drop()
})
beforeEach(async () => {
  person = await other.newPerson()
})

/** The person, at the server that can be cut off. */
const here = (): TestPerson => ({
  ...person,
  request: (method, path, body, headers) =>
    send(world.server.url, method, path, body, { authorization: `Bearer ${person.token}`, ...headers }),
})
const newToken = async () => {
  const { body } = await send(
    other.url,
    'POST',
    '/api/app/access-tokens',
    { name: 'another' },
    { cookie: person.cookie },
  )
  return body as { id: string; token: string }
}
const revoke = async (id: string) => {
  const path = `/api/app/access-tokens/${id}`
  expect((await send(other.url, 'DELETE', path, undefined, { cookie: person.cookie })).status).toBe(204)
}
it('a reply that is stopped meanwhile stops, and its model with it', async () => {
  const { id } = await converse(world, here(), { steps: ['Half'], ending: 'hang' })
  const connection = follow(other, person, id, { lastEventId: '0.end' })
  await connection.event(isDelta)
  const request = world.provider.requests.at(-1)!
  line.off()
  await stopped(person, id)
  expect((await conversationOf(person, id)).conversation.isReplying).toBe(true)
  line.on()
  const { data } = await connection.event(hasEnded)
  connection.close()
  expect(data).toMatchObject({ reply: { status: 'stopped' }, message: { content: 'Half', status: 'stopped' } })
  expect(await request.abandoned).toBe(true)
})

it('the streams of a sign-in that ends meanwhile close, and no others', async () => {
  const { id } = await converse(world, here(), { steps: ['Whole.'] })
  const { id: tokenId, token } = await newToken()
  const revoked = [follow(world.server, { token }, id), follow(world.server, { token }, id)]
  const kept = follow(world.server, person, id)
  for (const connection of [...revoked, kept]) await connection.event(({ type }) => type === 'connected')
  line.off()
  await revoke(tokenId)
  line.on()
  expect(await Promise.all(revoked.map(({ over }) => over))).toEqual([true, true])
  world.next({ steps: ['More.'] })
  await posted(person, id)
  await kept.event((data) => data.type === 'reply-ended' && data.message?.content === 'More.')
  kept.close()
})

it('the streams close later when the database cannot say at first which sign-ins have ended', async () => {
  const { id } = await converse(world, here(), { steps: ['Whole.'] })
  const { id: tokenId, token } = await newToken()
  const connection = follow(world.server, { token }, id)
  await connection.event(({ type }) => type === 'connected')
  line.off()
  await revoke(tokenId)
  await database.owner.query('revoke select on sessions from parlance_system')
  const from = world.server.problems.length
  line.on()
  await untilLogged(world, 'streams of ended sign-ins', from)
  await database.owner.query('grant select on sessions to parlance_system')
  expect(await connection.over).toBe(true)
})
