/** The door to the database, as a port: how a store asks for rows in somebody's name. It knows no driver. */
import type { Actor } from './actor.ts'

/** SQL with its parameters; Kysely's `CompiledQuery<Row>` is one. `Row` exists for the type checker only. */
export interface Statement<Row = unknown> {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** Never present at run time: carries the row type. */
  readonly __row?: Row
}

/** Turns a tuple of statements into the tuple of their results. */
export type RowsOf<Statements extends readonly Statement[]> = {
  -readonly [Index in keyof Statements]: Statements[Index] extends Statement<infer Row> ? Row[] : never
}

/** Statements in one name and under that name's row-level security. */
export interface Queries {
  /** One statement, in a transaction of its own: one network round trip, identity included. */
  query<Row>(statement: Statement<Row>): Promise<Row[]>
  /** Several statements, in order, in one transaction: still one network round trip. */
  batch<const Statements extends readonly Statement<any>[]>(...statements: Statements): Promise<RowsOf<Statements>>
}

export interface DatabaseSession extends Queries {
  /**
   * Work that must read before it writes: several round trips in one transaction, rolled back when `work` throws.
   * Prefer `query` and `batch`; a model or any other network call inside `work` is a mistake.
   */
  transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>
}

/** The one door. Nothing else hands out a query. */
export interface Database {
  /**
   * Acts as a person. Fails with `identity.invalid` when the credential was revoked, with `server.unavailable`
   * when the database can't be reached.
   */
  as(actor: Actor): DatabaseSession
  /**
   * Acts for the program itself (sign-in, jobs). `reason` is logged at debug level with every use. With `onBehalfOf`
   * it does what no person may do with rows directly, at a person's wish: their credential is checked as in `as`, and
   * `app_user()` is who they are, but row-level security hides nothing, so the statements must ask what they may.
   */
  asSystem(reason: string, onBehalfOf?: Actor): DatabaseSession
}
