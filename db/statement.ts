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
