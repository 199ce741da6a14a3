/** Values that fit a schema of the document, and requests made of them. It knows no server. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { Ask } from './client.ts'
import { type JsonSchema, type Operation, operations, parametersIn, propertiesOf, resolved } from './document.ts'
import { type Belongings, modelFor } from './world.ts'

// In reports of fast-check an operation is its name, and not all of its schemas.
for (const operation of operations) Object.defineProperty(operation, fc.toStringMethod, { value: () => operation.id })

const MOST_ITEMS = 3
const MOST_CHARACTERS = 200

const arbitraries = new WeakMap<JsonSchema, fc.Arbitrary<unknown>>()

/**
 * Any value that a schema of the document accepts; made once, since that takes longer than the values do. Fails on a keyword it
 * does not know, rather than making nonsense.
 */
export const arbitraryOf = (given: JsonSchema): fc.Arbitrary<unknown> => {
  const known = arbitraries.get(given) ?? arbitraryFor(given)
  arbitraries.set(given, known)
  return known
}

const arbitraryFor = (given: JsonSchema): fc.Arbitrary<unknown> => {
  const schema = resolved(given)
  if ('const' in schema) return fc.constant(schema['const'])
  if (schema['enum'] !== undefined) return fc.constantFrom(...(schema['enum'] as unknown[]))
  const choices = (schema['anyOf'] ?? schema['oneOf']) as JsonSchema[] | undefined
  if (choices !== undefined) return fc.oneof(...choices.map(arbitraryOf))
  const types = [schema['type']].flat() as (string | undefined)[]
  return fc.oneof(...types.map((type) => arbitraryOfType(type, schema)))
}

const arbitraryOfType = (type: string | undefined, schema: JsonSchema): fc.Arbitrary<unknown> => {
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema['minimum'] ?? -1000, max: schema['maximum'] ?? 1000 })
    case 'number':
      return fc.double({ min: schema['minimum'] ?? -1000, max: schema['maximum'] ?? 1000, noNaN: true })
    case 'array':
      return fc.array(arbitraryOf(schema['items'] ?? {}), {
        minLength: schema['minItems'] ?? 0,
        maxLength: Math.max(schema['minItems'] ?? 0, MOST_ITEMS),
      })
    case 'object':
      return arbitraryObject(schema)
    case 'string':
      return arbitraryText(schema)
    case undefined:
      return fc.jsonValue({ maxDepth: 2 })
    default:
      throw new Error(`samples.ts does not know the type ${type}.`)
  }
}

const arbitraryObject = (schema: JsonSchema): fc.Arbitrary<unknown> => {
  const properties = Object.entries<JsonSchema>(schema['properties'] ?? {})
  if (properties.length === 0) {
    const value = typeof schema['additionalProperties'] === 'object' ? schema['additionalProperties'] : {}
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), arbitraryOf(value), { maxKeys: MOST_ITEMS })
  }
  return fc.record(Object.fromEntries(properties.map(([name, value]) => [name, arbitraryOf(value)])), {
    requiredKeys: schema['required'] ?? [],
    noNullPrototype: true,
  })
}

/** Years of four digits. */
const YEARS = { min: new Date('0001-01-01'), max: new Date('9999-12-31') }

const arbitraryText = (schema: JsonSchema): fc.Arbitrary<unknown> => {
  const { format, pattern, minLength = 0, maxLength = MOST_CHARACTERS } = schema
  if (format === 'uuid') return fc.uuid({ version: 4 })
  if (format === 'email') return fc.emailAddress()
  if (format === 'date-time') return fc.date({ noInvalidDate: true, ...YEARS }).map((date) => date.toISOString())
  if (format === 'date')
    return fc.date({ noInvalidDate: true, ...YEARS }).map((date) => date.toISOString().slice(0, 10))
  // What `pattern` wants of free text: something that is no blank.
  if (pattern === String.raw`\S`)
    return fc.string({ unit: 'grapheme', maxLength: 50 }).map((text) => `${text}!`.replaceAll('\0', ''))
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).filter((text) => text.length <= maxLength)
  const most = Math.min(maxLength, MOST_CHARACTERS)
  return fc.string({ unit: 'grapheme-ascii', minLength, maxLength: most })
}

const samples = new WeakMap<JsonSchema, unknown>()

/** The value of `arbitraryOf` that is always the same; made once, since a large schema takes a while. */
export const sampleOf = (schema: JsonSchema): unknown => {
  if (!samples.has(schema)) samples.set(schema, fc.sample(arbitraryOf(schema), { seed: 7, numRuns: 1 })[0])
  return structuredClone(samples.get(schema))
}

/** The id that a parameter of a path stands for: that of the owner's thing which the word before it names. */
export const idFor = (operation: Operation, parameter: string, { ids, taken }: Belongings): string => {
  if (parameter === 'format') return 'md'
  if (parameter === 'turnNumber' || parameter === 'version') return '2'
  if (/^\/api\/training\/sources\/.*\/consent$/.test(operation.path)) return ids['team conversations']!
  if (operation.path.includes('/redactions')) return taken.id
  const word = new RegExp(`([\\w-]+)/\\{${parameter}\\}`).exec(operation.path)?.[1] ?? ''
  const isOfTeam = operation.path.startsWith('/api/team/') || operation.path.includes('/files')
  const family = operation.surface === 'training' ? 'training' : isOfTeam ? 'team' : ''
  return ids[`${family} ${word}`] ?? ids[word] ?? ids['conversations']!
}

const BOUNDARY = 'boundary-of-parts'
const part = (attributes: string, value: string): string =>
  `--${BOUNDARY}\r\ncontent-disposition: form-data; ${attributes}\r\n\r\n${value}\r\n`
const FILE = part('name="file"; filename="notes.txt"', 'Some words.')

/** A form with a file, and with an id for its job where it becomes one. */
const formFor = ({ surface }: Operation): string =>
  `${surface === 'conversion' ? part('name="job_id"', randomUUID()) : ''}${FILE}--${BOUNDARY}--\r\n`

/** What an operation wants in headers of its own, right in every way. */
export const headersFor = (operation: Operation, { ids }: Belongings): Record<string, string> => {
  const right: Record<string, string> = {
    'tus-resumable': '1.0.0',
    'upload-length': '2',
    'upload-metadata': `conversationId ${btoa(ids['team conversations']!)},filename ${btoa('notes.txt')}`,
    'upload-offset': '0',
  }
  const wanted = parametersIn(operation, 'header').filter(({ name }) => name in right)
  return {
    ...Object.fromEntries(wanted.map(({ name }) => [name, right[name]!])),
    ...(operation.bytes && { 'content-type': `${operation.bytes}; boundary=${BOUNDARY}` }),
  }
}

/** The path with the owner's ids in it. */
export const pathFor = (operation: Operation, owner: Belongings, query = ''): string =>
  operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => idFor(operation, name, owner)) + query

/** What a property must be for more than its form to be right. */
const known = (operation: Operation, owner: Belongings): Record<string, unknown> => ({
  model: modelFor(operation.surface),
  ...(operation.path.endsWith('/login')
    ? { email: owner.person.email, password: owner.person.password }
    : { email: `sample-${owner.person.id}@example.org` }),
  currentPassword: owner.person.password,
  job_id: owner.ids[operation.path.startsWith('/download_token') ? 'finished jobs' : 'jobs'],
  target_format: 'md',
  ...(operation.path.startsWith('/api/team/') ? knownInTeam(owner) : {}),
  ...(/^\/api\/training\/(scaffolding|templates|generations|conversations\/generate)/.test(operation.path)
    ? knownOfScaffolding(operation, owner)
    : {}),
  ...(/^\/api\/training\/sources\/|\/redactions\//.test(operation.path) ? knownOfSources(owner) : {}),
  ...(operation.path.startsWith('/api/training/conversations/') ? knownOfConversations(owner) : {}),
  ...(operation.path === '/api/training/downloads' ? { conversation_ids: [owner.ids['training conversations']] } : {}),
  ...(operation.path === '/api/training/exports' ? knownOfExports(owner) : {}),
  // Shares must add up to 1.
  ...(operation.path.startsWith('/api/training/datasets') ? { settings: {} } : {}),
  // No conversation may be in two of the lists.
  ...(operation.path.endsWith('/{dataset_id}/members')
    ? { include: [owner.ids['training conversations']], exclude: [randomUUID()], forget: [] }
    : {}),
})

/** What was shown of the conversation, and the redaction of what was taken. */
const knownOfSources = ({ ids, taken }: Belongings): Record<string, unknown> => ({
  from_message_id: ids['messages'],
  to_message_id: ids['answers'],
  fingerprint: taken.fingerprint,
  redactions: [],
  replacement: '[REDACTED_1]',
})

/** A version that is there, and a target that takes what it holds. */
const knownOfExports = ({ ids }: Belongings): Record<string, unknown> => ({
  dataset_id: ids['datasets'],
  version: 2,
  targets: [{ id: 'messages', options: {} }],
})

/** Properties that stand for others which are there, so that a body with both is wrong; and the moment of a state that passes. */
const alternatives: Readonly<Record<string, readonly string[]>> = {
  '/api/training/exports': ['conversation_ids'],
  '/api/training/datasets/{dataset_id}': ['updated_at'],
}

/** The revision that is there, a decision that needs no reason, and few that are decided about. */
const knownOfConversations = ({ ids }: Belongings): Record<string, unknown> => ({
  revision: 1,
  status: 'approved',
  ids: [ids['training conversations']],
  filter: {},
  reason: 'They are alike.',
})

/** What must be there, and ranges that end after they begin. */
const knownOfScaffolding = ({ path }: Operation, { ids }: Belongings): Record<string, unknown> => {
  const [persona, arc, topic] = [ids['personas'], ids['emotional-arcs'], ids['training-topics']]
  const cells = [{ persona_id: persona, arc_id: arc, topic_id: topic, count: 1 }]
  return {
    persona_id: persona,
    arc_id: arc,
    emotional_arc_id: arc,
    topic_id: topic,
    training_topic_id: topic,
    template_id: ids['templates'],
    ...(/generat/.test(path) ? { model: 'demo', call_ids: [ids['failures']] } : {}),
    ...(path.startsWith('/api/training/templates') ? { arc_key: 'own_arc' } : {}),
    cells,
    selection: { cells },
    starting_intensity_min: 0.1,
    starting_intensity_max: 0.9,
    ending_intensity_min: 0.1,
    ending_intensity_max: 0.9,
    typical_turn_count_min: 2,
    typical_turn_count_max: 40,
  }
}

/** What must be in the owner's group, or is better left out. */
const knownInTeam = ({ person, ids }: Belongings): Record<string, unknown> => ({
  personIds: [ids['members']],
  assigneeId: person.id,
  mentions: [person.id],
  messageId: ids['team messages'],
  threadId: ids['team messages'],
  workTypeId: ids['work-types'],
  fileIds: [],
  role: 'admin',
})

/** A body that is right in every way; undefined where none is read. Every property is there, the optional ones too. */
export const bodyFor = (operation: Operation, owner: Belongings): Record<string, unknown> | undefined => {
  if (operation.body === undefined) return undefined
  const right = known(operation, owner)
  const without = alternatives[operation.path] ?? []
  return Object.fromEntries(
    propertiesOf(operation)
      .filter(([name]) => !without.includes(name))
      .map(([name, schema]) => [name, right[name] ?? sampleOf(schema)]),
  )
}

/** On every surface: as a person, and where there are none, with a session. */
export const bearer = ({ person, session }: Belongings): Record<string, string> => ({
  ...session,
  authorization: `Bearer ${person.token}`,
})

/** A request that is right in every way. */
export const requestFor = (operation: Operation, owner: Belongings): Ask => ({
  method: operation.method,
  path: pathFor(operation, owner, requiredQuery(operation, owner)),
  headers: { ...bearer(owner), ...headersFor(operation, owner) },
  ...(operation.body === undefined ? {} : { body: bodyFor(operation, owner) }),
  ...(operation.bytes === undefined
    ? {}
    : { body: operation.bytes.startsWith('multipart/') ? formFor(operation) : 'x' }),
})

/** Only a conversation or a job is ever required; a download token is not had twice: here it is none. */
const requiredQuery = (operation: Operation, { ids }: Belongings): string => {
  const values: Record<string, string | undefined> = {
    conversationId: ids['team conversations'],
    job_id: ids['jobs'],
  }
  const [name] = parametersIn(operation, 'query').flatMap((each) => (each.required ? each.name : []))
  return name === undefined ? '' : `?${name}=${values[name] ?? 'none'}`
}

/** The same with what is spent by asking, made for this request. */
export const freshRequestFor = async (operation: Operation, owner: Belongings): Promise<Ask> => {
  const request = requestFor(operation, owner)
  return operation.isOnce ? { ...request, path: `${operation.path}?token=${await owner.newDownloadToken()}` } : request
}

/** The query parameters of an operation, each with one value that is right. */
export const queryOf = (operation: Operation): [name: string, schema: JsonSchema][] =>
  parametersIn(operation, 'query').map(({ name, schema }) => [name, schema])
