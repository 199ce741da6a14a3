/** The contract's schemas as JSON Schema 2020-12, those with a name as components. It knows zod and no endpoint. */
import { z } from 'zod'
import type { ContractSurface } from './contract.ts'

export type JsonSchema = Record<string, unknown>

export interface SchemaBook {
  /** A schema as it goes into the document: with references to components where it has a name. */
  write(schema: z.ZodType, io: 'input' | 'output'): JsonSchema
  /** The schema itself where `write` gave a reference to it. */
  resolved(schema: JsonSchema): JsonSchema
  /** Every component that was referred to so far, by name. */
  readonly components: ReadonlyMap<string, JsonSchema>
}

/** `chat-v1` and `streamEvent` → `ChatV1StreamEvent`. */
export const pascal = (...words: readonly string[]): string =>
  words
    .flatMap((word) => word.split('-'))
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

/** Names every exported schema for its surface. */
export const openSchemaBook = (surfaces: readonly ContractSurface[]): SchemaBook => {
  const idOf = new Map<z.ZodType, string>()
  for (const { name, schemas } of surfaces) {
    for (const [key, schema] of schemas) if (!idOf.has(schema)) idOf.set(schema, pascal(name, key))
  }
  // Descriptions are in zod's own registry; names only here, so that nothing global is changed.
  const metadata = {
    get: (schema: z.ZodType) => {
      const id = idOf.get(schema)
      return { ...z.globalRegistry.get(schema), ...(id === undefined ? {} : { id }) }
    },
  }
  const components = new Map<string, JsonSchema>()
  return {
    components,
    resolved(schema) {
      const id = /^#\/components\/schemas\/(.+)$/.exec((schema['$ref'] as string | undefined) ?? '')?.[1]
      return id === undefined ? schema : components.get(id)!
    },
    write(schema, io) {
      const { $schema: _, $defs, ...body } = z.toJSONSchema(schema, { io, metadata: metadata as never, override })
      const defs = ($defs ?? {}) as Record<string, JsonSchema>
      for (const [id, definition] of Object.entries(defs)) {
        if (isAnyJson(id, definition)) continue
        if (id.startsWith('__'))
          throw new Error(`A recursive schema needs a name: export it. It is ${JSON.stringify(definition)}`)
        const text = pointedAtComponents(definition, defs)
        const known = components.get(id)
        if (known !== undefined && JSON.stringify(known) !== JSON.stringify(text)) {
          throw new Error(`${id} differs between requests and answers: export it under two names.`)
        }
        components.set(id, text)
      }
      return pointedAtComponents(body, defs)
    },
  }
}

const ANY_UUID = z.toJSONSchema(z.uuid())['pattern']

/**
 * Leaves out what says nothing beyond `type` or `format` (patterns of numbers in a query, of times and of any UUID; the
 * bounds of every integer), and adds the defaults of query parameters, which zod leaves out since they are no text.
 */
const override = ({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: JsonSchema }): void => {
  const { type, format, pattern } = jsonSchema
  if (type === 'integer' || format === 'date-time' || pattern === ANY_UUID) delete jsonSchema['pattern']
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum']
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum']
  if (zodSchema._zod.def.type === 'default') jsonSchema['default'] = zodSchema._zod.def.defaultValue
}

/** zod's `z.json()`, which refers to itself. */
const isAnyJson = (id: string, definition: JsonSchema): boolean =>
  id.startsWith('__') &&
  Array.isArray(definition['anyOf']) &&
  JSON.stringify(definition['anyOf']).includes(`#/$defs/${id}`)

const pointedAtComponents = (node: JsonSchema, defs: Record<string, JsonSchema>): JsonSchema =>
  JSON.parse(JSON.stringify(node), (_key, value: unknown) => {
    const id = /^#\/\$defs\/(.+)$/.exec((value as { $ref?: string } | null)?.$ref ?? '')?.[1]
    if (id === undefined) return value
    if (isAnyJson(id, defs[id]!)) return {}
    return { ...(value as object), $ref: `#/components/schemas/${id}` }
  }) as JsonSchema
