/**
 * Nobody reaches what is somebody else's: every endpoint, every place that takes an id, every spelling of it, every kind of
 * stranger. What the owner has carries canaries; none of them may show up in any answer.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask } from './client.ts'
import { idsIn, type Operation, operations } from './document.ts'
import { limit, runs, seed } from './length.ts'
import { arbitraryOf, bodyFor, headersFor, idFor, queryOf, requestFor } from './samples.ts'
import { ownersByTurns } from './owners.ts'
import { type Belongings, openWorld, type World } from './world.ts'

const ownerFor = ownersByTurns(() => world)

const CANARY = 'canary-3f9c'
const DAY = 24 * 3600 * 1000
/** Refusals that tell nothing; 403 is the messages surface's word for what exists (contracts, its table of surfaces). */
const REFUSED = [400, 401, 403, 404, 409]

let world: World
let owner: Belongings
let other: Belongings
/** Has a conversion session that is not over yet. */
let theirs: Belongings
let canaries: string[]
let owned: string
let cursor: string
/** What a request of each kind of stranger carries. */
const strangers: Stranger[] = []

interface Stranger {
  readonly who: string
  readonly headers: Record<string, string>
  readonly isSomebody: boolean
  /** Carries what was once good: that it no longer is, the database says, after the form of the request was looked at. */
  readonly wasSomebody?: boolean
}

beforeAll(async () => {
  world = await openWorld()
  owner = await world.newOwner(CANARY)
  const { request } = owner.person
  await request('PUT', '/api/api-key', { apiKey: `sk-or-${CANARY}` })
  const expired = await request('POST', '/api/app/access-tokens', { name: CANARY, expiresInDays: 1 })
  const revoked = await request('POST', '/api/app/access-tokens', { name: CANARY })
  await request('DELETE', `/api/app/access-tokens/${revoked.body.id}`)
  await request('POST', '/api/v1/chat/conversations', { title: CANARY, metadata: { CANARY } })
  world.server.clock.moveBy(2 * DAY)
  cursor = (await request('GET', '/api/app/conversations?limit=1')).body.nextCursor
  other = await world.newOwner('Nothing special')
  theirs = await world.newOwner(CANARY)
  const ticket = await other.person.request(
    'POST',
    `/api/v1/chat/conversations/${other.ids['conversations']}/stream-ticket`,
  )

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  strangers.push(
    { who: 'nobody', headers: {}, isSomebody: false },
    { who: 'another person by token', headers: bearer(other.person.token), isSomebody: true },
    { who: 'another person by session', headers: { cookie: other.person.cookie }, isSomebody: true },
    {
      who: 'another person with both',
      headers: { ...bearer(other.person.token), cookie: owner.person.cookie },
      isSomebody: true,
    },
    {
      who: 'another person who names the owner',
      headers: { ...bearer(other.person.token), 'x-user-id': owner.person.id },
      isSomebody: true,
    },
    { who: "the owner's revoked token", headers: bearer(revoked.body.token), isSomebody: false, wasSomebody: true },
    { who: "the owner's expired token", headers: bearer(expired.body.token), isSomebody: false, wasSomebody: true },
    { who: "another person's ticket as a token", headers: bearer(ticket.body.data.ticket), isSomebody: false },
  )
  // Texts that only the owner may ever read.
  canaries = [CANARY, owner.person.email, owner.person.id, owner.person.token, owner.person.cookie.split('=')[1]!]
  owned = await rowsOfOwner()
})
afterAll(() => world.close())

/** Everything that is stored of the owner and of the owner's group, as one text. */
const rowsOfOwner = async (): Promise<string> => {
  const { owner: client } = world.server.database
  const { rows: tables } = await client.query(
    `select table_name, column_name from information_schema.columns
       where table_schema = 'public' and column_name in ('owner_id', 'user_id', 'uploader_id', 'conversation_id')
       order by 1, 2`,
  )
  const found: string[] = []
  for (const { table_name, column_name } of tables) {
    const { rows } = await client.query(
      `select coalesce(string_agg(line, e'\\n' order by line), '') as state from
         (select (to_jsonb(t) - '{last_seen_at,last_used_at}'::text[])::text as line from ${table_name} t where ${column_name} = any($1)) lines`,
      [[owner.person.id, owner.ids['team conversations']]],
    )
    found.push(`${table_name} ${rows[0].state}`)
  }
  return found.join('\n')
}

/** The conversion session and its jobs as one text. */
const rowsOfSession = async ({ session }: Belongings): Promise<string> => {
  const { rows } = await world.server.database.owner.query(
    `select to_jsonb(s)::text as session,
       (select string_agg(to_jsonb(j)::text, ',' order by job_id) from conversion_jobs j where j.session_hash = s.session_hash) as jobs
     from conversion_sessions s where csrf_token = $1`,
    [session['x-csrf-token']],
  )
  expect(rows).toHaveLength(1)
  return JSON.stringify(rows)
}

/** A request that is right, but for the job or the token that it names. */
const requestNaming = (operation: Operation, by: Belongings, job: string, token: string): Ask => {
  const text = JSON.stringify(requestFor(operation, by)).replaceAll(by.ids['jobs']!, job)
  const named = JSON.parse(text.replaceAll(by.ids['finished jobs']!, job)) as Ask
  return operation.isOnce ? { ...named, path: `${operation.path}?token=${token}` } : named
}

/** As chat-v1 spells a UUID: `c` and 25 digits to the base of 36 (contracts, decision 2). */
const asCuid = (uuid: string): string =>
  `c${BigInt(`0x${uuid.replaceAll('-', '')}`)
    .toString(36)
    .padStart(25, '0')}`

const spellings: Readonly<Record<string, (id: string) => string>> = {
  plain: (id) => id,
  capitals: (id) => id.toUpperCase(),
  cuid: asCuid,
  escaped: (id) => id.replace(/^./, (first) => `%${first.charCodeAt(0).toString(16)}`),
}

/** Sends one probe and returns what it gave away, as sentences. */
const leaksOf = async (operation: Operation, who: Stranger, request: Ask, reaches: boolean): Promise<string[]> => {
  const answer = await world.probe(request, operation)
  const said = JSON.stringify(request)
  const told = `${answer.text}\n${JSON.stringify(answer.headers)}`
  const what = `${who.who}: ${request.method} ${request.path} answered ${answer.status} ${answer.text.slice(0, 200)}`
  const leaks = canaries
    .filter((canary) => told.includes(canary) && !said.includes(canary))
    .map((canary) => `${canary} shown to ${what}`)
  const isOpen = operation.isPublic && !reaches
  const isRefused = answer.status === 401 || (who.wasSomebody && answer.status === 400)
  if (!who.isSomebody && !isOpen && !isRefused) leaks.push(`not refused: ${what}`)
  if (who.isSomebody && reaches && !REFUSED.includes(answer.status)) leaks.push(`not refused: ${what}`)
  return leaks
}

/** The body of a request: what is given, or bytes where bytes are wanted. */
const bodyOf = ({ bytes }: Operation, given: unknown): { body?: unknown } => {
  if (bytes !== undefined) return { body: 'x' }
  return given === undefined ? {} : { body: given }
}

const withIds = (operation: Operation, idOf: (parameter: string) => string): string =>
  operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'format' ? 'md' : idOf(name)))

const named = (list: readonly Operation[]) =>
  list.map((operation) => ({ operation, name: `${operation.method} ${operation.path}` }))
const withIdInPath = operations.filter((operation) => idsIn(operation).length > 0)

describe.each(named(withIdInPath))('$name', ({ operation }) => {
  it("keeps what is the owner's from every stranger, in every place and spelling", async () => {
    const names = idsIn(operation).map(({ name }) => name)
    // The owner's id in one place, in another, in all of them; the stranger's own in the rest.
    const places = names.length === 1 ? [names] : [...names.map((name) => [name]), names]
    const leaks: string[] = []
    for (const who of strangers) {
      for (const place of places) {
        for (const spell of Object.values(spellings)) {
          const path = withIds(operation, (name) =>
            place.includes(name) ? spell(idFor(operation, name, owner)) : idFor(operation, name, other),
          )
          const headers = { ...headersFor(operation, other), ...who.headers }
          const body = bodyOf(operation, operation.body && bodyFor(operation, other))
          leaks.push(...(await leaksOf(operation, who, { method: operation.method, path, headers, ...body }, true)))
        }
      }
    }
    expect([...leaks, ...world.takeFaults()]).toEqual([])
  })
})

/**
 * The ids that a stranger names in a query: those who are somebody share all of them out among themselves, so that each is named by
 * one; who is nobody is refused whatever is named, and names one.
 */
const namedBy = (index: number, ids: readonly string[]): readonly string[] => {
  const somebodies = strangers.filter(({ isSomebody }) => isSomebody)
  const turn = somebodies.indexOf(strangers[index]!)
  return turn < 0 ? [ids[index % ids.length]!] : ids.filter((_, at) => at % somebodies.length === turn)
}

describe.each(named(operations.filter(({ method, isPublic }) => method === 'GET' && !isPublic)))(
  '$name',
  ({ operation }) => {
    it("shows a stranger nothing of the owner, whichever of the owner's ids the query names", async () => {
      const ids = [
        ...Object.values(owner.ids),
        // The only surface that spells ids so.
        ...(operation.surface === 'chat-v1' ? Object.values(owner.ids).map(asCuid) : []),
        owner.person.id,
        cursor,
        '1.0',
        '0.end',
      ]
      const leaks: string[] = []
      for (const [index, who] of strangers.entries()) {
        for (const query of [
          '',
          ...queryOf(operation).flatMap(([name]) => namedBy(index, ids).map((id) => `?${name}=${id}`)),
        ]) {
          const path = withIds(operation, (name) => idFor(operation, name, other)) + query
          const headers = { ...headersFor(operation, other), ...who.headers }
          leaks.push(...(await leaksOf(operation, who, { method: 'GET', path, headers }, false)))
        }
      }
      expect([...leaks, ...world.takeFaults()]).toEqual([])
    })
  },
)

describe.each(named(operations.filter(({ wantsSession }) => wantsSession)))('$name', ({ operation }) => {
  it("keeps what is in somebody else's conversion session", async () => {
    const mine = await ownerFor(operation)
    const kept = await rowsOfSession(theirs)
    const token = await theirs.newDownloadToken()
    const secrets = [CANARY, theirs.session.cookie.split('=')[1]!, theirs.session['x-csrf-token']]
    const found: string[] = []
    const nobody = { 'x-csrf-token': theirs.session['x-csrf-token'] }
    for (const job of [theirs.ids['jobs']!, theirs.ids['finished jobs']!]) {
      const request = requestNaming(operation, mine, job, token)
      const said = JSON.stringify(request)
      // What names nothing is done to one's own session; 401 where that has just been closed.
      const inAnother = said.includes(job) || said.includes(token) ? [401, 404] : [operation.success, 401]
      const visits: [who: string, session: Record<string, string>, expected: number[]][] = [
        ['nobody', nobody, [401]],
        ['another session', mine.session, inAnother],
      ]
      for (const [who, session, expected] of visits) {
        const headers = { ...headersFor(operation, mine), ...session }
        const answer = await world.probe({ ...request, headers }, operation)
        const told = `${answer.text}\n${JSON.stringify(answer.headers)}`
        for (const secret of secrets) if (told.includes(secret)) found.push(`${who} was shown ${secret}: ${told}`)
        if (!expected.includes(answer.status)) found.push(`${who} was answered ${answer.status}: ${answer.text}`)
      }
    }
    expect([...found, ...world.takeFaults()]).toEqual([])
    expect(await rowsOfSession(theirs)).toBe(kept)
  })
})

it('keeps all of it from probes of every shape', { timeout: limit }, async () => {
  const anyId = (operation: Operation, name: string, isOwners: boolean) =>
    fc
      .tuple(
        fc.constantFrom(...Object.values(isOwners ? owner.ids : other.ids)),
        fc.constantFrom(...Object.values(spellings)),
        fc.boolean(),
      )
      .map(([random, spell, isRight]) => spell(isRight ? idFor(operation, name, isOwners ? owner : other) : random))
  const probe = fc.constantFrom(...withIdInPath).chain((operation) => {
    const names = idsIn(operation).map(({ name }) => name)
    return fc.record({
      operation: fc.constant(operation),
      who: fc.constantFrom(...strangers),
      // The first is always the owner's: whatever the others are, it must not be reached.
      ids: fc.tuple(
        ...names.map((name, index) =>
          index === 0
            ? anyId(operation, name, true)
            : fc.boolean().chain((isOwners) => anyId(operation, name, isOwners)),
        ),
      ),
      query: fc.constantFrom(
        '',
        ...queryOf(operation).flatMap(([name]) => Object.values(owner.ids).map((id) => `?${name}=${id}`)),
      ),
      body: operation.body === undefined ? fc.constant(undefined) : arbitraryOf(operation.body),
      method: fc.constantFrom(operation.method, operation.method, operation.method, 'GET', 'DELETE'),
    })
  })
  const property = fc.asyncProperty(probe, async ({ operation, who, ids, query, body, method }) => {
    const left = [...ids]
    const path = withIds(operation, () => left.shift()!) + query
    const asked = operations.find((each) => each.path === operation.path && each.method === method) ?? operation
    const headers = { ...headersFor(asked, other), ...who.headers }
    const request = { method, path, headers, ...(method === 'GET' ? {} : bodyOf(asked, body)) }
    const answer = await world.probe(request, asked)
    const told = `${answer.text}\n${JSON.stringify(answer.headers)}`
    const said = JSON.stringify(request)
    expect(canaries.filter((canary) => told.includes(canary) && !said.includes(canary))).toEqual([])
    expect([...REFUSED, 405]).toContain(answer.status)
    expect(world.takeFaults()).toEqual([])
  })
  await fc.assert(property, { numRuns: Math.ceil(runs / 4), seed, endOnFailure: false })
})

it("has changed nothing of the owner's", async () => {
  expect(await rowsOfOwner()).toBe(owned)
  const { status, body } = await owner.person.request('GET', `/api/app/conversations/${owner.ids['conversations']}`)
  expect([status, body.conversation.title]).toEqual([200, `${CANARY} title`])
})

it('was no small campaign', () => {
  expect(world.probes).toBeGreaterThan(2_000)
})

it('is well after all that', async () => {
  expect(await world.ailments()).toEqual([])
})
