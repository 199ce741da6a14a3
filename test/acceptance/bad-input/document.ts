/** The published OpenAPI document as the tests read it: which requests there are, what each may answer. It knows no server. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'

export type JsonSchema = Readonly<Record<string, any>>

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: JsonSchema
  readonly notWith: readonly string[]
}

export interface Reply {
  readonly mediaType: string | undefined
  /** Accepts the body; undefined where there must be none. */
  readonly body: z.ZodType | undefined
}

export interface Operation {
  readonly id: string
  readonly surface: string
  readonly method: string
  /** With `{braces}`. */
  readonly path: string
  readonly isPublic: boolean
  /** Whether it knows callers by a conversion session, and not by a sign-in. */
  readonly wantsSession: boolean
  /** Whether asking spends what is asked for. */
  readonly isOnce: boolean
  readonly isStream: boolean
  readonly parameters: readonly Parameter[]
  /** What the JSON body must be. */
  readonly body: JsonSchema | undefined
  /** Of a body that is bytes, their media type. */
  readonly bytes: string | undefined
  readonly success: number
  readonly replies: ReadonlyMap<number, Reply>
  /** What any failure looks like, on the surface as a whole. */
  readonly failure: Reply
}

const file = path.resolve(import.meta.dirname, '../../../docs/reference/openapi.json')
const document = JSON.parse(readFileSync(file, 'utf8')) as JsonSchema
const schemas = document['components'].schemas as Record<string, JsonSchema>

/** The schema behind a reference, or the schema itself. */
export const resolved = (schema: JsonSchema): JsonSchema => {
  const name = /^#\/components\/schemas\/(\w+)$/.exec(schema['$ref'] ?? '')?.[1]
  return name === undefined ? schema : schemas[name]!
}

const compiled = new Map<string, z.ZodType>()

/** Whether the document accepts a value. */
export const acceptorOf = (schema: JsonSchema): z.ZodType => {
  const key = JSON.stringify(schema)
  const known = compiled.get(key)
  if (known !== undefined) return known
  const text = JSON.stringify({ ...schema, $defs: schemas }).replaceAll('#/components/schemas/', '#/$defs/')
  const acceptor = z.fromJSONSchema(JSON.parse(text))
  compiled.set(key, acceptor)
  return acceptor
}

const replyOf = (response: JsonSchema): Reply => {
  const name = /^#\/components\/responses\/(\w+)$/.exec(response['$ref'] ?? '')?.[1]
  const { content } = name === undefined ? response : document['components'].responses[name]
  const [mediaType, described] = Object.entries<JsonSchema>(content ?? {})[0] ?? []
  return { mediaType, body: described && acceptorOf(described['schema']) }
}

const operationOf = (template: string, method: string, described: JsonSchema): Operation => {
  const replies = new Map(
    Object.entries<JsonSchema>(described['responses']).map(([status, response]) => [Number(status), replyOf(response)]),
  )
  const success = [...replies.keys()].find((status) => status < 300)!
  return {
    id: described['operationId'],
    surface: described['tags'][0],
    method: method.toUpperCase(),
    path: template,
    isPublic: described['security'].length === 0,
    wantsSession: described['tags'][0] === 'conversion' && replies.has(401),
    isOnce: template === '/download',
    isStream: replies.get(success)!.mediaType === 'text/event-stream',
    parameters: (described['parameters'] ?? []).map((parameter: JsonSchema) => ({
      ...parameter,
      schema: resolved(parameter['schema']),
      notWith: parameter['x-not-with'] ?? [],
    })),
    body: described['requestBody']?.content['application/json']?.schema,
    bytes: Object.keys(described['requestBody']?.content ?? {}).find((type) => type !== 'application/json'),
    success,
    replies,
    failure: replies.get(500)!,
  }
}

/** Every operation of every surface. One that is added to the contract is here as soon as the document is written. */
export const operations: readonly Operation[] = Object.entries<JsonSchema>(document['paths']).flatMap(
  ([template, methods]) =>
    Object.entries<JsonSchema>(methods).map(([method, described]) => operationOf(template, method, described)),
)

/** Those that read a body, whether they want one or not. */
export const writing = operations.filter(({ method }) => method !== 'GET')

export const parametersIn = (operation: Operation, place: Parameter['in']): Parameter[] =>
  operation.parameters.filter((parameter) => parameter.in === place)

/** Parameters of the path that name something of somebody's: a format is nobody's, and a number counts within something. */
export const idsIn = (operation: Operation): Parameter[] =>
  parametersIn(operation, 'path').filter(({ name, schema }) => name !== 'format' && schema['type'] !== 'integer')

/** Every property of a body, by name. */
export const propertiesOf = (operation: Operation): [name: string, schema: JsonSchema][] =>
  Object.entries<JsonSchema>(formOf(operation.body)?.['properties'] ?? {}).map(([name, schema]) => [
    name,
    resolved(schema),
  ])

/** Where a body may have several forms, the first. */
const formOf = (given: JsonSchema | undefined): JsonSchema | undefined => {
  const body = given && resolved(given)
  return (
    (body?.['oneOf'] as JsonSchema[] | undefined)?.[0] ?? (body?.['anyOf'] as JsonSchema[] | undefined)?.[0] ?? body
  )
}
