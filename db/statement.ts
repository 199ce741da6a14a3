/** SQL as text with typed rows, through Kysely's `sql` tag: how `*.pg.ts` stores write statements. It never executes. */
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely'
import type { Statement } from '#kernel/database.ts'

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

/** Values become parameters; `fragment` inserts SQL. The text of a statement is constant, so it is prepared once. */
export const statement = <Row = Record<string, never>>(
  strings: TemplateStringsArray,
  ...values: unknown[]
): Statement<Row> => sql<Row>(strings, ...values).compile(compiler) as Statement<Row>

/** SQL that is the same everywhere it is used, such as a list of columns. Never anything from outside. */
export const fragment = sql.raw
