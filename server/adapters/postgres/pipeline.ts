/**
 * Several statements in one network round trip: N × (Parse, Describe, Bind, Execute) and one Sync, which PostgreSQL
 * runs as one implicit transaction (https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-PIPELINING).
 * It knows the wire and nothing of people, roles or tables.
 *
 * node-postgres runs any object with a `submit` method (as pg-cursor and pg-query-stream do), so this needs no fork of
 * it. Measured against begin / set_config / query / commit in four trips: 1.4 to 2.6 times the throughput.
 */
import pg from 'pg'
import type { Statement } from '#kernel/database.ts'

/** What of pg's Connection a submittable may use; pg ships no types for it. */
interface WireConnection {
  stream: { cork(): void; uncork(): void }
  parse(message: { name: string; text: string }): void
  bind(message: { statement: string; values: readonly unknown[] }): void
  describe(message: { type: 'S'; name: string }): void
  execute(message: Record<string, never>): void
  close(message: { type: 'S'; name: string }): void
  sync(): void
}

/** Knows the columns of a statement, once they were described, and makes objects of its rows. */
interface RowParser {
  addFields(fields: unknown): void
  parseRow(fields: unknown): unknown
}
/** A client is asked for parsers, and not pg's global table, so that the pool's own type parsers are used. */
type TypeParsers = Pick<pg.ClientBase, 'getTypeParser'>
const { Result } = pg as unknown as { Result: new (rowMode: undefined, types: TypeParsers) => RowParser }
const { prepareValue } = (pg as unknown as { utils: { prepareValue(value: unknown): unknown } }).utils

/**
 * Which statements each connection has prepared already, by their text. They are described once: PostgreSQL refuses to
 * run a prepared statement whose columns have changed since, and it is then prepared anew. `undefined`: maybe.
 */
type Prepared = Map<string, RowParser | undefined>
const prepared = new WeakMap<WireConnection, Prepared>()

/**
 * How many statements a connection keeps prepared, in which the largest pipeline fits; those that were unused longest
 * make room. Each costs PostgreSQL memory on every connection, and a limit that is a literal makes a statement of its own.
 */
export const MAX_PREPARED = 200

/** Short names for statement texts, the same on every connection. */
const statementNames = new Map<string, string>()
const nameOf = (text: string): string => {
  let name = statementNames.get(text)
  if (name === undefined) statementNames.set(text, (name = `s${statementNames.size}`))
  return name
}

/** The connection ended, or could not be used, without an answer of the database. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

/** A submittable for `client.query`. Resolves to the rows of each statement; rejects with the first error. */
class Pipeline {
  readonly #statements: readonly Statement[]
  #settle: (error: unknown, rows?: unknown[][]) => void
  readonly #types: TypeParsers
  readonly #parsers: RowParser[] = []
  #rows: unknown[][]
  #current = 0
  #error: unknown
  #connection: WireConnection | undefined
  // pg looks at these to time a query out and to name errors; a pipeline is never named.
  callback: ((error: unknown) => void) | undefined

  constructor(
    statements: readonly Statement[],
    types: TypeParsers,
    settle: (error: unknown, rows?: unknown[][]) => void,
  ) {
    this.#statements = statements
    this.#settle = settle
    this.#types = types
    this.#rows = statements.map(() => [])
    this.callback = (error) => this.#fail(error)
  }

  submit(connection: WireConnection): Error | null {
    this.#connection = connection
    let known = prepared.get(connection)
    if (known === undefined) prepared.set(connection, (known = new Map()))
    connection.stream.cork()
    makeRoom(connection, known, this.#statements)
    for (const { sql, parameters } of this.#statements) {
      const name = nameOf(sql)
      let parser = known.get(sql)
      if (parser === undefined) {
        // An earlier attempt may have failed after its Parse had succeeded: closing what isn't there is no error.
        connection.close({ type: 'S', name })
        connection.parse({ name, text: sql })
        connection.describe({ type: 'S', name })
        parser = new Result(undefined, this.#types)
      }
      known.delete(sql)
      // A Map keeps the order of insertion: what was used last is behind.
      known.set(sql, parser)
      this.#parsers.push(parser)
      connection.bind({ statement: name, values: parameters })
      connection.execute({})
    }
    connection.sync()
    connection.stream.uncork()
    return null
  }

  handleRowDescription(message: { fields: unknown }): void {
    this.#parsers[this.#current]!.addFields(message.fields)
  }

  handleDataRow(message: { fields: unknown }): void {
    try {
      this.#rows[this.#current]!.push(this.#parsers[this.#current]!.parseRow(message.fields))
    } catch (error) {
      this.#error ??= error
    }
  }

  handleCommandComplete(): void {
    this.#current++
  }

  handleEmptyQuery(): void {
    this.#current++
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: { sendCopyFail(reason: string): void; sync(): void }): void {
    connection.sendCopyFail('COPY is not supported in a pipeline')
    // The server took our Sync for a part of the COPY and passed over it.
    connection.sync()
  }

  handleCopyData(): void {}

  handleError(error: unknown): void {
    this.#doubtPrepared()
    this.#fail(
      error instanceof pg.DatabaseError ? error : new ConnectionLost('the connection was lost', { cause: error }),
    )
  }

  handleReadyForQuery(): void {
    if (this.#error !== undefined) this.#fail(this.#error)
    else this.#end(undefined, this.#rows)
  }

  #fail(error: unknown): void {
    this.#end(error)
  }

  /**
   * Lets go of the rows: a pipeline that has ended and was not collected yet must not keep them. Measured on 250 rows of 6 KB a
   * query: otherwise young collections find the rows of former queries alive and make old ones of them, some 50 MB in 20,000 rows.
   */
  #end(error: unknown, rows?: unknown[][]): void {
    const settle = this.#settle
    this.#settle = () => {}
    this.#rows = []
    settle(error, rows)
  }

  /** After a failure nobody knows which Parse went through, so all of this pipeline are prepared anew next time. */
  #doubtPrepared(): void {
    const known = this.#connection && prepared.get(this.#connection)
    for (const { sql } of this.#statements) known?.set(sql, undefined)
  }
}

/**
 * Closes, before anything runs that could fail, as many statements as the pipeline may add. Its own are not spared: one
 * that is closed here is prepared anew.
 */
const makeRoom = (connection: WireConnection, known: Prepared, statements: readonly Statement[]): void => {
  for (const sql of known.keys()) {
    if (known.size + statements.length <= MAX_PREPARED) return
    known.delete(sql)
    connection.close({ type: 'S', name: nameOf(sql) })
  }
}

/**
 * Runs the statements on a client that nobody else uses meanwhile.
 * Outside an explicit transaction they commit together or not at all.
 * Rejects with what the database says, or with ConnectionLost.
 */
export const runPipeline = async (client: pg.ClientBase, statements: readonly Statement[]): Promise<unknown[][]> => {
  const ready = written(statements)
  return new Promise((resolve, reject) => {
    client.query(
      new Pipeline(ready, client, (error, rows) => (rows === undefined ? reject(error) : resolve(rows))) as never,
    )
  })
}

/**
 * Writes the parameters in PostgreSQL's text form. Done for all statements before any is sent: a value that can't be
 * written (a circular object) would otherwise end a pipeline in its middle, and what was sent before it would commit.
 */
const written = (statements: readonly Statement[]): Statement[] =>
  statements.map(({ sql, parameters }) => ({ sql, parameters: parameters.map((value) => prepareValue(value)) }))
