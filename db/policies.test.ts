/** Tries every cell of policies.matrix.ts as a real login role. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { createTestDatabase, ensureTestRoles } from '#test/support/database.ts'
import { policies, tablesUnderTest, type TableUnderTest, type World } from './policies.matrix.ts'

type Outcome = 'yes' | 'unseen' | 'refused' | 'denied'
const ACTORS = ['nobody', 'owner', 'another', 'system'] as const

interface Cell {
  readonly table: string
  readonly verb: string
  readonly actor: (typeof ACTORS)[number]
  readonly outcome: Outcome
}

const readMatrix = (text: string): Cell[] => {
  const [, ...lines] = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return lines.flatMap((line) => {
    const [table = '', verb = '', ...outcomes] = line.split(/\s+/)
    return ACTORS.flatMap((actor, index) =>
      outcomes[index] === '-' ? [] : [{ table, verb, actor, outcome: outcomes[index] as Outcome }],
    )
  })
}

const database = await createTestDatabase()
const roles = await ensureTestRoles(database)
const connectAs = async (role: { user: string; password: string }) => {
  const client = new pg.Client({ ...database.socket, database: database.name, ...role })
  await client.connect()
  return client
}
const app = await connectAs(roles.app)
const system = await connectAs(roles.system)
afterAll(async () => {
  await Promise.all([app.end(), system.end()])
  await database.drop()
})

const newWorld = (): World => ({ owner: randomUUID(), conversation: randomUUID(), reply: randomUUID() })

const insertion = (table: string, row: Record<string, unknown>) => {
  const columns = Object.keys(row)
  return {
    text: `insert into ${table} (${columns.join(', ')}) values (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
    values: Object.values(row),
  }
}

/** Has a row in every table. */
const ada = newWorld()
/** Has what other rows need, and none of them: rows are inserted in her name. */
const bea = newWorld()
for (const [name, { row }] of Object.entries(tablesUnderTest)) await database.owner.query(insertion(name, row(ada)))
for (const name of ['users', 'conversations', 'replies']) {
  await database.owner.query(insertion(name, tablesUnderTest[name]!.row(bea)))
}

/** The row that is inserted must be new, but what it refers to must exist. */
const insertedWorld = (table: string): World => ({
  owner: table === 'users' ? randomUUID() : bea.owner,
  conversation: table === 'conversations' ? randomUUID() : bea.conversation,
  reply: table === 'replies' ? randomUUID() : bea.reply,
})

const statementFor = (name: string, verb: string, { row, key, change, ownerColumn }: TableUnderTest) => {
  if (verb === 'insert') return insertion(name, row(insertedWorld(name)))
  const where = key.map((column, index) => `${column} = $${index + 1}`).join(' and ')
  const columns = row(ada)
  const values = key.map((column) => columns[column])
  if (verb === 'select') return { text: `select ${key.join(', ')} from ${name} where ${where}`, values }
  if (verb === 'update') return { text: `update ${name} set ${change} where ${where}`, values }
  if (verb === 'delete') return { text: `delete from ${name} where ${where}`, values }
  if (verb === 'give' && ownerColumn !== undefined) {
    return { text: `update ${name} set ${ownerColumn} = '${bea.owner}' where ${where}`, values }
  }
  throw new Error(`${name} has nothing to ${verb}`)
}

const attempt = async (client: pg.Client, person: string | undefined, statement: pg.QueryConfig): Promise<Outcome> => {
  await client.query('begin')
  try {
    if (person !== undefined) await client.query(`select set_config('app.user_id', $1, true)`, [person])
    const { rowCount } = await client.query(statement)
    expect(rowCount).toBeLessThanOrEqual(1)
    return rowCount === 1 ? 'yes' : 'unseen'
  } catch (error) {
    const { code, message } = error as pg.DatabaseError
    if (code !== '42501') throw error
    return message.includes('row-level security') ? 'refused' : 'denied'
  } finally {
    await client.query('rollback')
  }
}

it.each(readMatrix(policies))('$table: $verb by $actor: $outcome', async ({ table, verb, actor, outcome }) => {
  const [owner, another] = verb === 'insert' ? [bea.owner, ada.owner] : [ada.owner, bea.owner]
  const person = { nobody: undefined, owner, another, system: undefined }[actor]
  const statement = statementFor(table, verb, tablesUnderTest[table]!)
  expect(await attempt(actor === 'system' ? system : app, person, statement)).toBe(outcome)
})

describe('the matrix is complete', () => {
  it('has every table of the schema, with every verb', async () => {
    const { rows } = await database.owner.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')`,
    )
    const asked = new Set(readMatrix(policies).map(({ table, verb }) => `${table} ${verb}`))
    const wanted = rows.flatMap(({ name }) => ['select', 'insert', 'update', 'delete'].map((verb) => `${name} ${verb}`))
    expect(wanted.filter((cell) => !asked.has(cell))).toEqual([])
  })

  it('asks whether a row can be given away wherever rows have an owner', async () => {
    const { rows } = await database.owner.query<{ name: string }>(
      `select distinct relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and not attisdropped
        where relnamespace = 'public'::regnamespace and relkind = 'r' and attname in ('owner_id', 'user_id')`,
    )
    const asked = new Set(readMatrix(policies).flatMap(({ table, verb }) => (verb === 'give' ? [table] : [])))
    expect(rows.map(({ name }) => name).filter((name) => !asked.has(name))).toEqual([])
  })
})
