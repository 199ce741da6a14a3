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
  const paths: Record<string, Record<string, JsonSchema>> = {}
  const byPath = surfaces
    .flatMap((surface) => surface.endpoints.map((each) => ({ surface, each })))
    .toSorted((a, b) => compare(a.each.endpoint.path, b.each.endpoint.path))
  for (const { surface, each } of byPath) {
    const { method, path } = each.endpoint
    const template = templateOf(paths, path)
    const envelope = envelopes.find(({ name }) => name === surface.name)
    if (envelope === undefined) throw new Error(`The surface ${surface.name} has a contract, but no envelope.`)
    const operation = operationOf(book, surface, each, envelope, template)
    paths[template] = { ...paths[template], [method.toLowerCase()]: operation }
  }
  const usedComponents = [...book.components].toSorted(([a], [b]) => compare(a, b))
  return {
    openapi: '3.1.1',
    info: {
      title: 'Parlance',
      version,
      description:
        'Every endpoint of every surface. A surface is chosen by the path alone, and every failure under its paths has its shape. Answers to failures may be added to; 405 (with `Allow`) and 404 are what any other method and address get.',
      license: { name: 'Part of Parlance' },
    },
    servers: [{ url: '/', description: 'This server' }],
    tags: surfaces.map(({ name, sentence }) => ({ name, description: sentence })),
    paths,
    components: { schemas: Object.fromEntries(usedComponents), securitySchemes },
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Two surfaces may name the same place differently (`{id}`, `{conversationId}`): OpenAPI knows such paths as one, so the
 * later takes the name of the earlier.
 */
const templateOf = (paths: object, path: string): string => {
  const anonymous = (template: string) => template.replaceAll(/\{\w+\}/g, '{}')
  return Object.keys(paths).find((known) => anonymous(known) === anonymous(path)) ?? path
}

const operationOf = (
  book: SchemaBook,
  surface: ContractSurface,
  { name, endpoint }: ContractEndpoint,
  envelope: SurfaceEnvelope,
  template: string,
): JsonSchema => ({
  operationId: `${camel(surface.name)}_${name}`,
  summary: endpoint.summary,
  tags: [surface.name],
  security: securityOf(endpoint),
  ...optional('parameters', parametersOf(book, endpoint, template)),
  ...(endpoint.body === undefined
    ? {}
    : {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: book.write(endpoint.body, 'input') } },
        },
      }),
  responses: {
    [endpoint.reply.status]: successOf(book, endpoint),
    ...Object.fromEntries(failuresOf(endpoint).map((status) => [status, failureOf(book, surface, envelope, status)])),
  },
})

const camel = (name: string): string => pascal(name).replace(/^./, (letter) => letter.toLowerCase())

const optional = (key: string, list: readonly unknown[]): JsonSchema => (list.length === 0 ? {} : { [key]: list })

const securityOf = ({ access, query, reply }: Endpoint): JsonSchema[] => {
  if (access === 'public') return []
  const hasTicket = reply.stream === true && query !== undefined && TICKET in propertiesOf(query)
  return [{ [BEARER]: [] }, { [SESSION]: [] }, ...(hasTicket ? [{ [TICKET]: [] }] : [])]
}

const propertiesOf = (schema: z.ZodType): Record<string, unknown> =>
  ((schema as z.ZodType & { shape?: Record<string, unknown> }).shape ?? {})

const parametersOf = (book: SchemaBook, { params, query, reply }: Endpoint, template: string): Parameter[] => {
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
    ...(query === undefined ? [] : queryParameters(book.write(query, 'input'))),
    ...(reply.stream ? [lastEventId] : []),
  ]
}

const propertiesIn = (schema: JsonSchema): Record<string, JsonSchema> =>
  (schema['properties'] ?? {}) as Record<string, JsonSchema>

/** Where a query has several forms, each parameter says with which others it can't be combined. */
const queryParameters = (query: JsonSchema): Parameter[] => {
  const forms = (query['anyOf'] ?? [query]) as JsonSchema[]
  return forms.flatMap((form) => {
    const own = propertiesIn(form)
    const foreign = forms.flatMap((other) => Object.keys(propertiesIn(other))).filter((name) => !(name in own))
    const required = (form['required'] ?? []) as string[]
    return Object.entries(own).map(([name, schema]) => ({
      name,
      in: 'query' as const,
      required: forms.length === 1 && required.includes(name),
      schema,
      ...(foreign.length === 0 ? {} : { description: `Not together with ${foreign.join(', ')}.`, 'x-not-with': foreign }),
    }))
  })
}

const successOf = (book: SchemaBook, { reply }: Endpoint): JsonSchema => {
  const description = reply.stream
    ? 'Server-sent events: each `data:` line is one of these as JSON, each `id:` a position to come back with.'
    : (STATUS_CODES[reply.status] ?? 'Success')
  if (reply.body === undefined) return { description }
  const mediaType = reply.stream ? 'text/event-stream' : 'application/json'
  return { description, content: { [mediaType]: { schema: book.write(reply.body, 'output') } } }
}

const failureOf = (book: SchemaBook, surface: ContractSurface, envelope: SurfaceEnvelope, status: number): JsonSchema => {
  const mediaType = envelope.answer('request.invalid').contentType.split(';', 1)[0]!
  return {
    description: STATUS_CODES[status] ?? 'Failure',
    ...(status === 401 ? { headers: { 'WWW-Authenticate': { schema: { type: 'string' } } } } : {}),
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
