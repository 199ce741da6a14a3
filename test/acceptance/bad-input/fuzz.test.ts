/**
 * Thousands of requests that nobody thought of, made from the OpenAPI document: right ones, right ones with something
 * broken, and noise, several at once. Whatever comes, the answer is one that the document names.
 *
 * `npm run fuzz -- --runs 20000 --seed 7` makes it longer, and another one.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answersIn, type Ask, talk } from './client.ts'
import { acceptorOf, type Operation, operations, parametersIn, writing } from './document.ts'
import { limit, runs, seed } from './length.ts'
import { arbitraryOf, bearer, queryOf } from './samples.ts'
import { type Belongings, modelFor, openWorld, type World } from './world.ts'

let world: World
let owner: Belongings
let other: Belongings
let slow: Promise<{ afterMs: number; received: string }>[]

/** For how long the server waits for a request here; how long elsewhere, the test of the listener says. */
const PATIENCE_MS = 8_000
/** Begun and never finished. They are opened first and looked at last, so that nobody waits for them. */
const slowly: readonly (readonly [why: string, bytes: string])[] = [
  ['nothing', ''],
  ['half a request line', 'GET /api'],
  ['half a head', 'GET /api/app/me HTTP/1.1\r\nHost: parlance.test\r\nAuthorization: Bea'],
  ['a head without its end', 'GET /api/app/me HTTP/1.1\r\nHost: parlance.test\r\n'],
]

beforeAll(async () => {
  world = await openWorld({ patience: { requestMs: PATIENCE_MS, checkEveryMs: 500 } })
  slow = slowly.map(async ([, bytes]) => {
    const startedAt = performance.now()
    const { received } = await talk(world.url, bytes)
    return { afterMs: performance.now() - startedAt, received }
  })
  owner = await world.newOwner()
  other = await world.newOwner()
})
afterAll(() => world.close())

/** Requests that are sent at the same time. */
const AT_ONCE = 8

interface Wish {
  readonly operation: Operation
  readonly request: Ask
}

const odd = (text: string): string => encodeURIComponent(text.toWellFormed())

/** Texts that have broken others: empty, of white space, of every script, of control characters, with quotes and braces. */
const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\u202E',
    '\uFEFF',
    '\uD800',
    '\r\n',
    "'",
    '"',
    '`',
    '$1',
    '%s',
    '{{7*7}}',
    '${7}',
    '../../etc/passwd',
    '-1',
    'NaN',
    'null',
    '__proto__',
    '<script>',
    '\u001B[31m',
  ),
)

const anyCarrier = () =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Record<string, string>>(bearer(owner)) },
    { weight: 2, arbitrary: fc.constant<Record<string, string>>({ cookie: other.person.cookie }) },
    { weight: 1, arbitrary: fc.constant<Record<string, string>>({ ...other.session }) },
    { weight: 1, arbitrary: fc.constant<Record<string, string>>({}) },
    {
      weight: 1,
      arbitrary: fc.stringMatching(/^[\x21-\x7e]{0,200}$/).map((token) => ({ authorization: `Bearer ${token}` })),
    },
  )

const anyId = () =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...Object.values(owner.ids), ...Object.values(other.ids)) },
    { weight: 1, arbitrary: fc.uuid() },
    { weight: 1, arbitrary: oddText.map((text) => odd(text) || '%20') },
  )

const pathOf = (operation: Operation): fc.Arbitrary<string> =>
  fc.tuple(...parametersIn(operation, 'path').map(anyId)).map((ids) => {
    const left = [...ids]
    return operation.path.replaceAll(/\{\w+\}/g, () => left.shift()!)
  })

const queryFor = (operation: Operation, isRight: boolean): fc.Arbitrary<string> => {
  const known = queryOf(operation).map(([name, schema]) =>
    (isRight ? arbitraryOf(schema) : fc.oneof(arbitraryOf(schema), oddText)).map(
      (value) => `${name}=${odd(String(value))}`,
    ),
  )
  const strange = fc.tuple(oddText, oddText).map(([name, value]) => `${odd(name)}=${odd(value)}`)
  const parts = isRight ? known : [...known, strange]
  if (parts.length === 0) return fc.constant('')
  return fc
    .array(fc.oneof(...parts), { maxLength: isRight ? 2 : 4 })
    .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.join('&')}`))
}

/** What the document accepts, with a model that answers more often than not. */
const rightBody = (operation: Operation): fc.Arbitrary<unknown> => {
  if (operation.body === undefined) return fc.constant(undefined)
  return fc.tuple(arbitraryOf(operation.body), fc.boolean()).map(([body, hasModel]) => {
    const isNamed = hasModel && typeof body === 'object' && body !== null && 'model' in body
    return isNamed ? { ...body, model: modelFor(operation.surface) } : body
  })
}

/** One thing in a value replaced by another, at any depth. */
const broken = (value: unknown): fc.Arbitrary<unknown> => {
  const other = fc.oneof(fc.jsonValue({ maxDepth: 3 }), oddText, fc.constantFrom(null, 1e308, -0, 1e-320, 2 ** 53))
  if (typeof value !== 'object' || value === null) return other
  const keys = Object.keys(value)
  const replaced = keys.map((key) =>
    broken((value as Record<string, unknown>)[key]).map((next) => ({ ...value, [key]: next })),
  )
  const removed = keys.map((key) =>
    fc.constant(Object.fromEntries(Object.entries(value).filter(([each]) => each !== key))),
  )
  const added = fc.tuple(oddText, other).map(([key, next]) => ({ ...value, [key]: next }))
  return fc.oneof(...replaced, ...removed, added, other)
}

/** JSON text with a few bytes put in, taken out or changed. */
const mangled = (text: string): fc.Arbitrary<Uint8Array> =>
  fc
    .array(
      fc.record({
        at: fc.nat(),
        byte: fc.integer({ min: 0, max: 255 }),
        kind: fc.constantFrom('in', 'out', 'change', 'end'),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((edits) => {
      let bytes = [...Buffer.from(text)]
      for (const { at, byte, kind } of edits) {
        const place = at % (bytes.length + 1)
        if (kind === 'end') bytes = bytes.slice(0, place)
        else bytes.splice(place, kind === 'in' ? 0 : 1, ...(kind === 'out' ? [] : [byte]))
      }
      return Uint8Array.from(bytes)
    })

/** What the document does not accept, in every way. */
const wrongBody = (operation: Operation): fc.Arbitrary<unknown> => {
  const acceptor = operation.body && acceptorOf(operation.body)
  const isWrong = (body: unknown): boolean => {
    const value = body instanceof Uint8Array || typeof body === 'string' ? parsed(body) : body
    return value === undefined || (acceptor !== undefined && !acceptor.safeParse(value).success)
  }
  const right = operation.body === undefined ? fc.jsonValue() : arbitraryOf(operation.body)
  return fc
    .oneof(
      ...(operation.body === undefined ? [] : [right.chain(broken)]),
      right.chain((value) => mangled(JSON.stringify(value))),
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      oddText,
    )
    .filter(
      (body) =>
        isWrong(body) &&
        !(typeof body === 'string' && body === '') &&
        !(body instanceof Uint8Array && body.length === 0),
    )
}

const parsed = (body: string | Uint8Array): unknown => {
  try {
    return JSON.parse(
      typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body),
    )
  } catch {
    return undefined
  }
}

const rightWish = () =>
  fc.constantFrom(...operations).chain((operation) =>
    fc
      .record({
        path: pathOf(operation),
        query: queryFor(operation, true),
        body: rightBody(operation),
        headers: anyCarrier(),
      })
      .map(({ path, query, body, headers }): Wish => ({
        operation,
        request: { method: operation.method, path: path + query, headers, ...(body === undefined ? {} : { body }) },
      })),
  )

const wrongWish = () =>
  fc.constantFrom(...writing).chain((operation) =>
    fc
      .record({
        path: pathOf(operation),
        query: queryFor(operation, false),
        body: wrongBody(operation),
        headers: anyCarrier(),
      })
      .map(({ path, query, body, headers }): Wish => ({
        operation,
        // What is written as text goes as text: JSON.stringify would make it right.
        request: {
          method: operation.method,
          path: path + query,
          headers,
          body: typeof body === 'object' && !(body instanceof Uint8Array) ? JSON.stringify(body) : body,
        },
      })),
  )

const wrongQuery = () =>
  fc.constantFrom(...operations.filter(({ method }) => method === 'GET')).chain((operation) =>
    fc
      .record({ path: pathOf(operation), query: queryFor(operation, false), headers: anyCarrier() })
      .map(({ path, query, headers }): Wish => ({
        operation,
        request: { method: 'GET', path: path + query, headers },
      })),
  )

const noise = () =>
  fc
    .record({
      method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'),
      // Not the root: the page is there.
      first: fc.constantFrom('api', 'api', 'api', 'assets', 'upload', 'convert', 'session', 'download', '.git'),
      steps: fc.array(
        fc.oneof(
          fc.constantFrom(
            'app',
            'v1',
            'chat',
            'conversations',
            'messages',
            'auth',
            'files',
            'training',
            'upload',
            '..',
            '.',
            '',
          ),
          oddText.map(odd),
        ),
        { maxLength: 7 },
      ),
      type: fc.option(fc.stringMatching(/^[\x21-\x7e]{0,40}$/), { nil: 'application/json' }),
      body: fc.option(fc.uint8Array({ maxLength: 100 }), { nil: undefined }),
      headers: anyCarrier(),
    })
    .map(({ method, first, steps, type, body, headers }) => ({
      method,
      path: `/${[first, ...steps].join('/')}`,
      headers: { ...headers, 'content-type': type },
      ...(body === undefined || method === 'TRACE' ? {} : { body }),
    }))

const campaign = (property: fc.IAsyncPropertyWithHooks<any>, share: number) =>
  fc.assert(property, { numRuns: Math.ceil((runs * share) / 2), seed, endOnFailure: runs > 2_000 })

const several = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: AT_ONCE - 1 })

describe('a campaign of generated requests', () => {
  it('refuses what is broken, and stores nothing of it', { timeout: limit }, async () => {
    const before = await world.snapshot()
    const property = fc.asyncProperty(several(wrongWish()), async (wishes) => {
      const answers = await Promise.all(wishes.map(({ request, operation }) => world.probe(request, operation)))
      for (const { status, text } of answers) expect([400, 401, 404, 413, 415], text).toContain(status)
      expect(world.takeFaults()).toEqual([])
    })
    await campaign(property, 0.4)
    expect(await world.snapshot()).toEqual(before)
  })

  it('reads nothing wrong into a query', { timeout: limit }, async () => {
    const before = await world.snapshot()
    const property = fc.asyncProperty(several(wrongQuery()), async (wishes) => {
      await Promise.all(wishes.map(({ request, operation }) => world.probe(request, operation)))
      expect(world.takeFaults()).toEqual([])
    })
    await campaign(property, 0.15)
    expect(await world.snapshot()).toEqual(before)
  })

  it('answers noise with 404, 405 or worse for the sender', { timeout: limit }, async () => {
    const property = fc.asyncProperty(several(noise()), async (requests) => {
      const answers = await Promise.all(requests.map((request) => world.probe(request, operationAt(request))))
      for (const { status } of answers) expect(status).toBeLessThan(500)
      expect(world.takeFaults()).toEqual([])
    })
    await campaign(property, 0.15)
  })

  // Last, for it changes things: what the document accepts, twice and several at once.
  it('answers what is right as the document says, however much comes at once', { timeout: limit }, async () => {
    const property = fc.asyncProperty(several(rightWish()), fc.boolean(), async (wishes, isRepeated) => {
      const all = isRepeated ? [...wishes, wishes[0]!] : wishes
      await Promise.all(all.map(({ request, operation }) => world.probe(request, operation)))
      expect(world.takeFaults()).toEqual([])
    })
    await campaign(property, 0.3)
  })
})

/** The operation that noise has hit by chance. */
const operationAt = ({ method, path }: Ask): Operation | undefined =>
  operations.find((each) => {
    const pattern = new RegExp(`^${each.path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`)
    return each.method === (method === 'HEAD' ? 'GET' : method) && pattern.test(path.split('?', 1)[0]!)
  })

it('was as long as it should be', () => {
  expect(world.probes).toBeGreaterThanOrEqual(runs)
})

it.each(slowly.map(([why], index) => ({ why, index })))(
  'has not waited much longer than it is patient for: $why',
  async ({ index }) => {
    const { afterMs, received } = await slow[index]!
    expect(afterMs).toBeLessThan(PATIENCE_MS + 5_000)
    expect(answersIn(received).every(({ status }) => status === 408)).toBe(true)
  },
)

it('is well after all that', async () => {
  expect(await world.ailments()).toEqual([])
})
