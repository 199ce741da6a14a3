/**
 * Builds SQL from types: `sql.selectFrom('users').select('name').compile()` is a `Statement` that the door runs. It knows
 * the tables and no connection; running anything from here fails.
 */
import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type Driver } from 'kysely'
import type { Tables } from './tables.ts'

declare module 'kysely' {
  // Kysely's own declaration doesn't mention its row type. With this it is a `Statement<Row>` of the kernel, and the
  // door infers what its rows are.
  interface CompiledQuery<O> {
    readonly __row?: O
  }
}

const refuse = (): never => {
  throw new Error('db/sql.ts only builds statements: .compile() them and give them to the door.')
}

/** Kysely's DummyDriver would answer every query with no rows. */
const refusing: Driver = {
  init: async () => {},
  acquireConnection: async () => refuse(),
  beginTransaction: async () => refuse(),
  commitTransaction: async () => refuse(),
  rollbackTransaction: async () => refuse(),
  releaseConnection: async () => {},
  destroy: async () => {},
}

/** The builder. End every statement with `.compile()`. */
export const sql = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => refusing,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

/** For what the builder has no word for: `` raw<number>`count(*)` ``. Values in `${}` become parameters. */
export { sql as raw } from 'kysely'
