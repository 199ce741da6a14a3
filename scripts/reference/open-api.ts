/** One OpenAPI 3.1 document for all surfaces, made from the contract. What it says is what the tests send and expect. */
import { STATUS_CODES } from 'node:http'
import type { z } from 'zod'
import type { Endpoint } from '#contract/endpoint.ts'
import type { ContractEndpoint, ContractSurface } from './contract.ts'
import type { SurfaceEnvelope } from './envelopes.ts'
import { failuresOf } from './implied.ts'
import { type JsonSchema, openSchemaBook, pascal, type SchemaBook } from './schemas.ts'

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonSchema
  /** Names of query parameters with which this one can't be combined. */
  readonly 'x-not-with'?: readonly string[]
}

const SESSION = 'session'
const BEARER = 'bearer'
const TICKET = 'ticket'

/** @param version of the program, as package.json has it */
export const makeOpenApi = (
  surfaces: readonly ContractSurface[],
  envelopes: readonly SurfaceEnvelope[],
  version: string,
): JsonSchema => {
  const book = openSchemaBook(surfaces)
  const failures = new Map<string, JsonSchema>()
  const paths: Record<string, Record<string, JsonSchema>> = {}
  const byPath = surfaces
    .flatMap((surface) => surface.endpoints.map((each) => ({ surface, each })))
    .toSorted((a, b) => compare(a.each.endpoint.path, b.each.endpoint.path))
  const allPaths = byPath.map(({ each }) => each.endpoint.path)
  for (const { surface, each } of byPath) {
    const { method, path } = each.endpoint
    const template = templateOf(allPaths, path)
    const envelope = envelopes.find(({ name }) => name === surface.name)
    if (envelope === undefined) throw new Error(`The surface ${surface.name} has a contract, but no envelope.`)
    const operation = operationOf(book, surface, each, template)
    for (const status of failuresOf(each.endpoint)) {
      failures.set(failureName(surface, status), failureOf(book, surface, envelope, status))
    }
    paths[template] = { ...paths[template], [method.toLowerCase()]: operation }
  }
  const used = usedSchemas(book.components, JSON.stringify(paths) + JSON.stringify([...failures]))
  return {
    openapi: '3.1.1',
    info: {
      title: 'Parlance',
      version,
      description:
        'Every endpoint of every surface. A surface is chosen by the path alone, and every failure under its paths has its shape: also 404, which any other address gets, and 405 with `Allow`, which any other method gets. Lengths of texts count UTF-16 code units: an emoji is two.',
    },
    servers: [{ url: '/', description: 'This server' }],
    tags: surfaces.map(({ name, sentence }) => ({ name, description: sentence })),
    paths,
    components: { schemas: byName(used), responses: byName(failures), securitySchemes },
  }
}

/** The components that a text refers to, and those that they refer to. */
const usedSchemas = (components: ReadonlyMap<string, JsonSchema>, text: string): Map<string, JsonSchema> => {
  const used = new Map<string, JsonSchema>()
  const follow = (from: string): void => {
    for (const [, id = ''] of from.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(id)) continue
      used.set(id, components.get(id)!)
      follow(JSON.stringify(components.get(id)))
    }
  }
  follow(text)
  return used
}

const byName = (map: ReadonlyMap<string, JsonSchema>): JsonSchema =>
  Object.fromEntries([...map].toSorted(([a], [b]) => compare(a, b)))

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Two surfaces may name one place differently (`{id}`, `{conversationId}`); OpenAPI wants one name, so the shortest is taken. */
const templateOf = (paths: readonly string[], path: string): string => {
  const anonymous = (template: string) => template.replaceAll(/\{\w+\}/g, '{}')
  const same = paths.filter((other) => anonymous(other) === anonymous(path))
  return same.toSorted((a, b) => a.length - b.length || compare(a, b))[0]!
}

const operationOf = (
  book: SchemaBook,
  surface: ContractSurface,
  { name, endpoint }: ContractEndpoint,
  template: string,
): JsonSchema => ({
  operationId: `${camel(surface.name)}_${name}`,
  summary: endpoint.summary,
  tags: [surface.name],
  security: securityOf(endpoint),
  ...optional('parameters', parametersOf(book, endpoint, template)),
  ...bodyOf(book, endpoint),
  responses: {
    [endpoint.reply.status]: successOf(book, endpoint),
    ...(endpoint.reply.bytes ? partialAnswers : {}),
    ...Object.fromEntries(
      failuresOf(endpoint).map((status) => [
        status,
        { $ref: `#/components/responses/${failureName(surface, status)}` },
      ]),
    ),
  },
})

const binary = { type: 'string', format: 'binary' }

const bodyOf = (book: SchemaBook, { body, bytes, parts, fields }: Endpoint): JsonSchema => {
  const content =
    body !== undefined
      ? { 'application/json': { schema: book.write(body, 'input') } }
      : parts !== undefined
        ? {
            'multipart/form-data': {
              schema: fields === undefined ? multipart(parts) : formWithFile(parts, book.write(fields, 'input')),
            },
          }
        : bytes !== undefined
          ? { [bytes]: { schema: binary } }
          : undefined
  return content === undefined ? {} : { requestBody: { required: true, content } }
}

const multipart = (name: string): JsonSchema => ({
  type: 'object',
  properties: { [name]: { type: 'array', items: binary, minItems: 1, maxItems: 10 } },
  required: [name],
})

/** One file with other fields. */
const formWithFile = (name: string, fields: JsonSchema): JsonSchema => ({
  ...fields,
  properties: { ...(fields['properties'] as JsonSchema), [name]: binary },
  required: [...(fields['required'] as string[]), name],
})

const partialAnswers: JsonSchema = {
  206: { description: 'The range that was asked for', content: { '*/*': { schema: binary } } },
  304: { description: 'Not Modified' },
}

const camel = (name: string): string => pascal(name).replace(/^./, (letter) => letter.toLowerCase())

const optional = (key: string, list: readonly unknown[]): JsonSchema => (list.length === 0 ? {} : { [key]: list })

const securityOf = ({ access, query, reply }: Endpoint): JsonSchema[] => {
  if (access === 'public') return []
  const hasTicket = reply.stream === true && query !== undefined && TICKET in propertiesOf(query)
  return [{ [BEARER]: [] }, { [SESSION]: [] }, ...(hasTicket ? [{ [TICKET]: [] }] : [])]
}

const propertiesOf = (schema: z.ZodType): Record<string, unknown> =>
  (schema as z.ZodType & { shape?: Record<string, unknown> }).shape ?? {}

const parametersOf = (book: SchemaBook, { params, query, headers, reply }: Endpoint, template: string): Parameter[] => {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!)
  const written = Object.values(params === undefined ? {} : propertiesIn(book.write(params, 'input')))
  const lastEventId: Parameter = {
    name: 'Last-Event-ID',
    in: 'header',
    required: false,
    description: 'The id of the last event that was read: the stream goes on from there.',
    schema: { type: 'string' },
  }
  return [
    ...names.map((name, index): Parameter => ({ name, in: 'path', required: true, schema: written[index]! })),
    ...(query === undefined ? [] : queryParameters(book, book.write(query, 'input'))),
    ...(headers === undefined ? [] : headerParameters(book.write(headers, 'input'))),
    ...(reply.stream ? [lastEventId] : []),
  ]
}

const headerParameters = (headers: JsonSchema): Parameter[] =>
  Object.entries(propertiesIn(headers)).map(([name, { description, ...schema }]) => ({
    name,
    in: 'header',
    required: ((headers['required'] ?? []) as string[]).includes(name),
    description: description as string,
    schema,
  }))

const propertiesIn = (schema: JsonSchema): Record<string, JsonSchema> =>
  (schema['properties'] ?? {}) as Record<string, JsonSchema>

/** Where a query has several forms, each parameter says with which others it can't be combined. */
const queryParameters = (book: SchemaBook, query: JsonSchema): Parameter[] => {
  const forms = ((query['anyOf'] ?? [query]) as JsonSchema[]).map((form) => book.resolved(form))
  return forms.flatMap((form) => {
    const own = propertiesIn(form)
    const foreign = forms.flatMap((other) => Object.keys(propertiesIn(other))).filter((name) => !(name in own))
    const required = (form['required'] ?? []) as string[]
    return Object.entries(own).map(([name, schema]) => ({
      name,
      in: 'query' as const,
      required: forms.length === 1 && required.includes(name),
      schema,
      ...(foreign.length === 0
        ? {}
        : { description: `Not together with ${foreign.join(', ')}.`, 'x-not-with': foreign }),
    }))
  })
}

const successOf = (book: SchemaBook, { reply }: Endpoint): JsonSchema => {
  const description = reply.stream
    ? 'Server-sent events: each `data:` line is one of these as JSON, each `id:` a position to come back with.'
    : (STATUS_CODES[reply.status] ?? 'Success')
  if (reply.bytes) return { description: 'The bytes of the file', content: { '*/*': { schema: binary } } }
  if (reply.body === undefined) return { description }
  const mediaType = reply.stream ? 'text/event-stream' : 'application/json'
  return { description, content: { [mediaType]: { schema: book.write(reply.body, 'output') } } }
}

const failureName = ({ name }: ContractSurface, status: number): string =>
  pascal(name) + (STATUS_CODES[status] ?? String(status)).replaceAll(/\W/g, '')

const failureOf = (
  book: SchemaBook,
  surface: ContractSurface,
  envelope: SurfaceEnvelope,
  status: number,
): JsonSchema => {
  const mediaType = envelope.answer('request.invalid').contentType.split(';', 1)[0]!
  return {
    description: STATUS_CODES[status] ?? 'Failure',
    ...(status === 401 ? { headers: { 'WWW-Authenticate': { schema: { type: 'string' } } } } : {}),
    ...(status === 429 ? { headers: { 'Retry-After': { schema: { type: 'integer' } } } } : {}),
    content: { [mediaType]: { schema: book.write(surface.failure, 'output') } },
  }
}

const securitySchemes = {
  [BEARER]: {
    type: 'http',
    scheme: 'bearer',
    description: 'A personal access token, or a token of the issuer that the operator configured (AUTH_ISSUER).',
  },
  [SESSION]: {
    type: 'apiKey',
    in: 'cookie',
    name: 'parlance_session',
    description:
      'The session of a browser, made by signing in; on https its name begins with `__Host-`. Methods that change something are refused (403) when another site made the browser send them.',
  },
  [TICKET]: {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description: 'Opens one stream within a minute, for clients that cannot send headers.',
  },
}
