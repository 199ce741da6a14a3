/** Every body that an endpoint must refuse: of every endpoint that the document names, field by field. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deep, malformed, noObjects, oddTypes, otherTypes } from './bodies.ts'
import { type Answer, type Ask } from './client.ts'
import { acceptorOf, type JsonSchema, type Operation, operations, propertiesOf, writing } from './document.ts'
import { bearer, bodyFor, pathFor, requestFor } from './samples.ts'
import { ownersByTurns } from './owners.ts'
import { type Belongings, openWorld, type World } from './world.ts'

let world: World
let owner: Belongings
let before: Record<string, string>

beforeAll(async () => {
  world = await openWorld()
  owner = await world.newOwner()
  before = await world.snapshot()
})
afterAll(() => world.close())

const ownerFor = ownersByTurns(() => world)
const wanting = operations.filter(({ body }) => body !== undefined)

/** One value of every type that JSON has. */
const ofEveryType: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  'text',
  '',
  '  ',
  [],
  ['text'],
  {},
  { a: 1 },
]

/** Every value of another type, or of the right type and out of its bounds. */
const wrongValues = (schema: JsonSchema): unknown[] => {
  const acceptor = acceptorOf(schema)
  const strings = schema['type'] === 'string' ? ['\0', 'a\0b', '\uD800', 'a\uDC00b'] : []
  const hidden =
    schema['type'] === 'object' ? [{ a: 'b\0' }, { a: ['\uD800'] }, { 'a\0': 1 }, { a: { '\uDC00': 1 } }] : []
  const tooLong =
    schema['maxLength'] === undefined ? [] : [1, 100].map((more) => 'a'.repeat(schema['maxLength'] + more))
  const numbers = [schema, ...(schema['anyOf'] ?? [])].flatMap(({ minimum, maximum }) => [minimum - 1, maximum + 1])
  const outOfBounds = numbers.filter((number) => Number.isFinite(number))
  return [
    ...ofEveryType.filter((value) => !acceptor.safeParse(value).success),
    ...strings,
    ...hidden,
    ...tooLong,
    ...outOfBounds,
  ]
}

/** JSON in which lone surrogates are escapes, as JSON.stringify writes them. */
const withField = (operation: Operation, name: string, value: unknown): string =>
  JSON.stringify({ ...bodyFor(operation, owner), [name]: value })

const without = (operation: Operation, name: string): string => {
  const { [name]: _, ...rest } = bodyFor(operation, owner)!
  return JSON.stringify(rest)
}

const sending = (operation: Operation, body: unknown, headers: Record<string, string> = {}): Ask => ({
  method: operation.method,
  path: pathFor(operation, owner),
  headers: { ...bearer(owner), ...headers },
  body,
})

/** Sends each and returns those whose answer was not the one expected, as sentences. */
const surprises = async (
  operation: Operation,
  cases: readonly (readonly [why: string, ask: Ask])[],
  expected: (answer: Answer) => boolean,
): Promise<string[]> => {
  const found: string[] = []
  for (const [why, request] of cases) {
    const answer = await world.probe(request, operation)
    if (!expected(answer)) found.push(`${why}: ${answer.status} ${answer.text.slice(0, 200)}`)
  }
  return [...found, ...world.takeFaults()]
}

const is =
  (...statuses: number[]) =>
  ({ status }: Answer): boolean =>
    statuses.includes(status)

describe.each(wanting.map((operation) => ({ operation, name: `${operation.method} ${operation.path}` })))(
  '$name',
  ({ operation }) => {
    it('refuses every value of another type, and every value out of bounds, in every field', async () => {
      const cases = propertiesOf(operation).flatMap(([name, schema]) =>
        wrongValues(schema).map(
          (value) =>
            [
              `${name} = ${JSON.stringify(value).slice(0, 40)}`,
              sending(operation, withField(operation, name, value)),
            ] as const,
        ),
      )
      expect(await surprises(operation, cases, is(400))).toEqual([])
    })

    it('refuses a field of a hundred kilobytes, and one of a megabyte', async () => {
      const cases = propertiesOf(operation).map(
        ([name], index) =>
          [
            name,
            sending(operation, withField(operation, name, 'a'.repeat(index === 0 ? 1_000_000 : 100_000))),
          ] as const,
      )
      expect(await surprises(operation, cases, is(400))).toEqual([])
    })

    it('refuses a body in which a required field is missing', async () => {
      const required = (operation.body!['required'] ?? []) as string[]
      const cases = required.map((name) => [name, sending(operation, without(operation, name))] as const)
      expect(await surprises(operation, cases, is(400))).toEqual([])
    })

    it('refuses fields that it does not know', async () => {
      const strangers = [
        'extra',
        'id',
        'owner_id',
        'userId',
        'isAdmin',
        'constructor',
        'toString',
        'prototype',
        '',
        '\0',
        '$where',
      ]
      const cases = strangers.map((name) => [name, sending(operation, withField(operation, name, 'x'))] as const)
      expect(await surprises(operation, cases, is(400))).toEqual([])
    })

    it('refuses what is no object', async () => {
      const cases = noObjects.map(([why, body]) => [why, sending(operation, body)] as const)
      expect(await surprises(operation, cases, is(400))).toEqual([])
    })

    it('reads odd spellings of its content type as JSON, or refuses them', async () => {
      const cases = oddTypes.map((type) => [type, sending(operation, '[]', { 'content-type': type })] as const)
      expect(await surprises(operation, cases, is(400, 415))).toEqual([])
    })
  },
)

describe.each(writing.map((operation) => ({ operation, name: `${operation.method} ${operation.path}` })))(
  '$name',
  ({ operation }) => {
    it('refuses what is no JSON, or can be read in two ways', async () => {
      const cases = malformed.map(([why, body]) => [why, sending(operation, body)] as const)
      expect(await surprises(operation, cases, is(400))).toEqual([])
    })

    it('refuses every other content type, and none at all', async () => {
      const others = otherTypes.filter((type) => operation.bytes === undefined || !type.startsWith(operation.bytes))
      const cases = others.map((type) => [type, sending(operation, '{}', { 'content-type': type })] as const)
      expect(await surprises(operation, cases, is(415))).toEqual([])
    })

    it('does not unpack a body that says it is packed', async () => {
      const cases = ['gzip', 'deflate', 'br', 'zstd', 'identity, gzip'].map(
        (coding) => [coding, sending(operation, '\u001F\u008B', { 'content-encoding': coding })] as const,
      )
      expect(await surprises(operation, cases, is(400, 415))).toEqual([])
    })
  },
)

const surfaces = [...new Set(writing.map(({ surface }) => surface))]

it.each(surfaces)('%s refuses JSON that is deeper than any parser should follow', async (surface) => {
  const operation = writing.find((each) => each.surface === surface)!
  const cases = deep.map(([why, body]) => [why, sending(operation, body)] as const)
  expect(await surprises(operation, cases, is(400))).toEqual([])
})

it('has stored nothing of all that', async () => {
  expect(await world.snapshot()).toEqual(before)
})

it.each(wanting.map((operation) => ({ operation, name: `${operation.method} ${operation.path}` })))(
  '$name takes the request from which all the refused ones were made',
  async ({ operation }) => {
    const request = requestFor(operation, await ownerFor(operation))
    const { status, text } = await world.probe(request, operation)
    expect(world.takeFaults()).toEqual([])
    expect(status, text).toBe(operation.success)
  },
)

it('is well after all that', async () => {
  expect(await world.ailments()).toEqual([])
})
