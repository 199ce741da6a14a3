/** Reads the contract from its folders: which surfaces there are, their endpoints, how they spell failure. It knows no server. */
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { Endpoint } from '#contract/endpoint.ts'

const folder = path.resolve(import.meta.dirname, '../../contract')

export interface ContractEndpoint {
  /** The name under which the contract exports it: `createConversation`. */
  readonly name: string
  readonly endpoint: Endpoint
}

export interface ContractSurface {
  /** The name of its folder: `chat-v1`. */
  readonly name: string
  /** The sentence with which its contract opens. */
  readonly sentence: string
  /** In the order in which the contract declares them. */
  readonly endpoints: readonly ContractEndpoint[]
  /** The body of every failure. */
  readonly failure: z.ZodType
  /** Every schema that the contract exports, by its name. */
  readonly schemas: ReadonlyMap<string, z.ZodType>
}

/** All surfaces that have a contract, by name. A folder added to `contract/` is found without being listed anywhere. */
export const readContract = async (): Promise<ContractSurface[]> => {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
  return Promise.all(names.toSorted().map(readSurface))
}

const readSurface = async (name: string): Promise<ContractSurface> => {
  const file = path.join(folder, name, 'index.ts')
  const sources = readdirSync(path.join(folder, name)).toSorted()
  const source = readFileSync(file, 'utf8')
  const whole = [source, ...sources.map((each) => readFileSync(path.join(folder, name, each), 'utf8'))].join('\n')
  const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  const positionOf = (each: string): number => whole.indexOf(`export const ${each} `)
  const inOrder = Object.entries(exported).toSorted(([a], [b]) => positionOf(a) - positionOf(b))
  const schemas = new Map(
    inOrder.flatMap(([key, value]) => (value instanceof z.ZodType ? [[key, value] as const] : [])),
  )
  const failure = schemas.get('failure') ?? schemas.get('problem')
  if (failure === undefined) throw new Error(`contract/${name} exports neither \`failure\` nor \`problem\`.`)
  return {
    name,
    sentence: openingSentence(source, name),
    endpoints: inOrder.flatMap(([key, value]) => (isEndpoint(value) ? [{ name: key, endpoint: value }] : [])),
    failure,
    schemas,
  }
}

const openingSentence = (source: string, name: string): string => {
  const comment = /^\/\*\*(.*?)\*\//s.exec(source)?.[1]
  if (comment === undefined) throw new Error(`contract/${name} does not open with a doc comment.`)
  return comment.replaceAll(/\s*\n \*\s*/g, ' ').trim()
}

const isEndpoint = (value: unknown): value is Endpoint =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'reply' in value
