/** Which sign-ins have ended is asked for many at once, and the answer is the one that each would get by itself. */
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Credential } from '#kernel/actor.ts'
import {
  openTestDoor,
  seedAccessToken,
  seedPerson,
  seedSession,
  type SeededCredential,
} from '#test/support/database.ts'
import { socketOf, openWireProxy } from '#test/support/wire-proxy.ts'
import { DAY, openAccounts, SECOND, T0 } from './for-tests.ts'
import { pgSignInStore } from './sign-in-store.pg.ts'

const slice = await openAccounts()
const { accounts, clock, database } = slice
afterAll(() => slice.close())

const hashOf = ({ actor }: SeededCredential): Buffer => (actor.credential as Credential).hash
const at = (milliseconds: number) => new Date(T0.getTime() + milliseconds)

/** Everything that a sign-in can be, and whether it has ended at T0. */
const seeded = async () => {
  const { userId } = await seedPerson(database.owner)
  const session = (times: Parameters<typeof seedSession>[2]) => seedSession(database.owner, userId, times)
  const token = (expiresAt: Date | null) => seedAccessToken(database.owner, userId, { expiresAt })
  const living = {
    session: await session({ createdAt: T0 }),
    'session in its last second': await session({ createdAt: at(-DAY), expiresAt: at(SECOND) }),
    'session that was almost unused for thirty days': await session({
      createdAt: at(-30 * DAY + SECOND),
      expiresAt: at(DAY),
    }),
    token: await token(null),
    'token in its last second': await token(at(SECOND)),
  }
  const ended = {
    'session that is over': await session({ createdAt: at(-DAY), expiresAt: T0 }),
    'session that nobody used for thirty days': await session({ createdAt: at(-30 * DAY), expiresAt: at(DAY) }),
    'token that is over': await token(T0),
    'revoked session': await session({ createdAt: T0 }),
    'revoked token': await token(null),
  }
  await database.owner.query('delete from sessions where session_id = $1', [ended['revoked session'].id])
  await database.owner.query('delete from access_tokens where access_token_id = $1', [ended['revoked token'].id])
  return { living, ended }
}

describe('of many sign-ins', () => {
  it('those are named that are revoked, over or unused for too long, and no others', async () => {
    const { living, ended } = await seeded()
    const all = { ...living, ...ended }
    const found = await accounts.listEndedSignIns(Object.values(all).map(hashOf))
    const names = Object.entries(all).filter(([, one]) => found.some((hash) => hash.equals(hashOf(one))))
    expect(names.map(([name]) => name)).toEqual(Object.keys(ended))
  })

  it('each is judged as the door judges it', async () => {
    const { living, ended } = await seeded()
    for (const one of Object.values(living)) expect(await accounts.findSignedIn(one.actor)).toBeDefined()
    for (const one of Object.values(ended)) expect(await accounts.findSignedIn(one.actor)).toBeUndefined()
  })

  it('a thousand are asked about in one round trip', async () => {
    const { living } = await seeded()
    const proxy = await openWireProxy(socketOf(database))
    onTestFinished(() => proxy.close())
    const proxied = await openTestDoor(database, clock, { host: proxy.host, port: proxy.port, max: 1 })
    onTestFinished(() => proxied.close())
    const store = pgSignInStore(proxied)
    await store.listEnded([hashOf(living.token)], T0)
    proxy.takeFlights()
    const unknown = Array.from({ length: 999 }, (_value, index) => Buffer.alloc(32, index.toString(16)))
    expect(await store.listEnded([hashOf(living.token), ...unknown], T0)).toHaveLength(999)
    expect(proxy.takeFlights()).toBe(1)
  })
})
