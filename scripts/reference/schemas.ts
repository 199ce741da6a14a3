/** The contract's schemas as JSON Schema 2020-12, those with a name as components. It knows zod and no endpoint. */
import { z } from 'zod'
import type { ContractSurface } from './contract.ts'

export type JsonSchema = Record<string, unknown>

export interface SchemaBook {
  /** A schema as it goes into the document: with references to components where it has a name. */
  write(schema: z.ZodType, io: 'input' | 'output'): JsonSchema
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
    write(schema, io) {
      const { $schema: _, $defs, ...body } = z.toJSONSchema(schema, { io, metadata: metadata as never, override })
      const defs = ($defs ?? {}) as Record<string, JsonSchema>
      for (const [id, definition] of Object.entries(defs)) {
        if (isAnyJson(id, definition)) continue
        if (id.startsWith('__')) throw new Error(`A recursive schema needs a name: export it. It is ${JSON.stringify(definition)}`)
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

/** Where our own description says that a query's text is a number, the pattern of the text says nothing more. */
const override = ({ jsonSchema }: { jsonSchema: JsonSchema }): void => {
  if (jsonSchema['type'] === 'integer') delete jsonSchema['pattern']
}

/** zod's `z.json()`, which refers to itself. */
const isAnyJson = (id: string, definition: JsonSchema): boolean =>
  id.startsWith('__') && Array.isArray(definition['anyOf']) && JSON.stringify(definition['anyOf']).includes(`#/$defs/${id}`)

const pointedAtComponents = (node: JsonSchema, defs: Record<string, JsonSchema>): JsonSchema =>
  JSON.parse(JSON.stringify(node), (_key, value: unknown) => {
    const id = /^#\/\$defs\/(.+)$/.exec((value as { $ref?: string } | null)?.$ref ?? '')?.[1]
    if (id === undefined) return value
    if (isAnyJson(id, defs[id]!)) return {}
    return { ...(value as object), $ref: `#/components/schemas/${id}` }
  }) as JsonSchema
