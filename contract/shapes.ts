/** Shapes that more than one surface speaks: ids, times, texts and their limits (contracts, decisions 2 and 13). */
import { z } from 'zod'

/** Longest content of one message, in characters (UTF-16 code units). */
export const MAX_CONTENT = 50_000
/** Longest title, in characters. */
export const MAX_TITLE = 255
/** Longest name of a model. */
export const MAX_MODEL = 255

/** ISO 8601 with milliseconds, in UTC. */
export const isoTime = z.iso.datetime().describe('ISO 8601, UTC')

/** Any UUID, any case: what seed 4 calls a valid id. Read as it is spelled everywhere else: in small letters. */
export const uuid = z.guid('must be a valid UUID').toLowerCase()

/** UUID version 4 as seed 1 demands it. */
export const uuidV4 = z.uuidv4('must be a valid UUID').toLowerCase()

/** Whether PostgreSQL can store a text and JSON can carry it: no NUL, no half surrogate pair. */
export const isStorableText = (value: string): boolean => !value.includes('\u0000') && value.isWellFormed()

/** What is said of a text that can't be stored. */
export const NOT_STORABLE = 'must not contain NUL or broken characters'

/** Text that can be stored. `max` counts UTF-16 code units, as every client's `length` does; zod's own counts code points. */
export const text = (max: number) =>
  z
    .string({ error: 'must be a string' })
    .max(max, { error: `must be at most ${max} characters`, abort: true })
    .refine((value) => value.length <= max, `must be at most ${max} characters`)
    .refine(isStorableText, NOT_STORABLE)

/** Text in which something is left after trimming. */
export const filledText = (max: number) =>
  text(max)
    .refine((value) => value.trim() !== '', 'must not be empty')
    // For the OpenAPI document, which can't see into a refinement.
    .meta({ minLength: 1, pattern: String.raw`\S` })

/** A whole number written in a query string. */
export const queryInteger = (least: number, most: number) =>
  z
    .string()
    .regex(/^-?\d{1,9}$/, 'must be an integer')
    .transform(Number)
    .refine((value) => value >= least, `must be at least ${least}`)
    .refine((value) => value <= most, `must be at most ${most}`)
    .meta({ type: 'integer', minimum: least, maximum: most })
