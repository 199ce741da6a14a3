/** SQL as text with typed rows: how `*.pg.ts` stores write statements. It never executes. */
import type { Statement } from '#kernel/database.ts'
import { raw, sql } from './sql.ts'

/** Values become parameters; `fragment` inserts SQL. The text of a statement is constant, so it is prepared once. */
export const statement = <Row = Record<string, never>>(
  strings: TemplateStringsArray,
  ...values: unknown[]
): Statement<Row> => raw<Row>(strings, ...values).compile(sql)

/** SQL that is the same everywhere it is used, such as a list of columns. Never anything from outside. */
export const fragment = raw.raw

/**
 * A number as SQL text and not as a parameter, for LIMIT: of a limit that it doesn't know PostgreSQL assumes a tenth of
 * the rows, so that it never trusts a plan made once and plans such a list anew each time (a fifth of its throughput).
 * Each number makes a statement of its own: only for numbers that a contract bounds, never for an offset other than 0.
 *
 * @param value an integer, 0 to 2^53 - 1
 * @throws RangeError for everything else, whatever its type says
 */
export const literalInteger = (value: number) => {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('not a non-negative integer')
  return fragment(String(value))
}

/** `offset …`: the first page is asked for far more often than all others, and its 0 is no parameter. */
export const offsetOf = (value: number) => (value === 0 ? fragment('offset 0') : raw`offset ${value}`)
