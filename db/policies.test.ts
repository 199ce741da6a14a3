/** Tries every cell of policies.matrix.ts as a real login role. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { createTestDatabase, ensureTestRoles } from '#test/support/database.ts'
import {
  policies,
  tablesUnderTest,
  type TableUnderTest,
  teamPolicies,
  teamTablesUnderTest,
  type TeamTableUnderTest,
  type TeamWorld,
  type World,
} from './policies.matrix.ts'

type Outcome = 'yes' | 'unseen' | 'refused' | 'denied'

interface Cell {
  readonly table: string
  readonly verb: string
  readonly actor: string
  readonly outcome: Outcome
}

const readMatrix = (text: string): Cell[] => {
  const [header = '', ...lines] = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const actors = header.split(/\s+/).slice(2)
  return lines.flatMap((line) => {
    const [table = '', verb = '', ...outcomes] = line.split(/\s+/)
    return actors.flatMap((actor, index) =>
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
for (const name of [
  'users',
  'conversations',
  'replies',
  'generation_runs',
  'generation_cells',
  'datasets',
  'dataset_versions',
  'training_conversations',
  'consent_requests',
]) {
  await database.owner.query(insertion(name, tablesUnderTest[name]!.row(bea)))
}
// One that is no training conversation yet.
await database.owner.query(
  insertion('conversations', tablesUnderTest['conversations']!.row({ ...bea, conversation: bea.reply })),
)

/** The row that is inserted must be new, but what it refers to must exist. */
const insertedWorld = (table: string): World => ({
  owner: table === 'users' ? randomUUID() : bea.owner,
  conversation: ['conversations', 'generation_cells', 'dataset_versions'].includes(table)
    ? randomUUID()
    : ['training_conversations', 'consent_requests'].includes(table)
      ? bea.reply
      : bea.conversation,
  reply: ['replies', 'generation_runs', 'datasets', 'consent_requests'].includes(table) ? randomUUID() : bea.reply,
})

interface Trial {
  /** Of the table; what is after a colon says only which kind of row. */
  readonly name: string
  readonly verb: string
  readonly table: TableUnderTest | TeamTableUnderTest
  readonly existing: Record<string, unknown>
  readonly inserted: Record<string, unknown>
  /** Who gets the row, where it is given away. */
  readonly heir: string
}

const statementFor = ({ name: kind, verb, table, existing, inserted, heir }: Trial) => {
  const name = kind.replace(/:.*/, '')
  const { key, change, ownerColumn } = table
  if (verb === 'insert' || verb === 'forge') return insertion(name, inserted)
  const where = key.map((column, index) => `${column} = $${index + 1}`).join(' and ')
  const values = key.map((column) => existing[column])
  if (verb === 'select') return { text: `select ${key.join(', ')} from ${name} where ${where}`, values }
  if (verb === 'update') return { text: `update ${name} set ${change} where ${where}`, values }
  if (verb === 'rewrite' && 'rewrite' in table)
    return { text: `update ${name} set ${table.rewrite} where ${where}`, values }
  if (verb === 'delete') return { text: `delete from ${name} where ${where}`, values }
  if (verb === 'give' && ownerColumn !== undefined) {
    return { text: `update ${name} set ${ownerColumn} = '${heir}' where ${where}`, values }
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
  const person = { owner, another }[actor]
  const underTest = tablesUnderTest[table]!
  const existing = underTest.row(ada)
  const inserted = underTest.row(insertedWorld(table))
  const statement = statementFor({ name: table, verb, table: underTest, existing, inserted, heir: bea.owner })
  expect(await attempt(actor === 'system' ? system : app, person, statement)).toBe(outcome)
})

describe('in a team conversation', async () => {
  const people = { owner: randomUUID(), member: randomUUID(), former: randomUUID(), stranger: randomUUID() }
  const world: Omit<TeamWorld, 'id'> = {
    ...people,
    conversation: randomUUID(),
    author: people.member,
    message: randomUUID(),
    task: randomUUID(),
    reply: randomUUID(),
  }
  const existing = new Map<string, Record<string, unknown>>()
  const make = async (name: string, over: Partial<TeamWorld> = {}): Promise<Record<string, unknown>> => {
    const row = teamTablesUnderTest[name]!.row({ ...world, id: randomUUID(), ...over })
    await database.owner.query(insertion(name.replace(/:.*/, ''), row))
    return row
  }
  /** What rows are about that are inserted, beside what is there of the same kind. */
  const another = randomUUID()
  for (const name of Object.keys(teamTablesUnderTest)) {
    existing.set(name, await make(name))
    if (name === 'users') for (const author of [people.owner, people.stranger]) await make(name, { author })
    if (name === 'members') await make(name, { author: people.owner })
    if (name === 'messages') for (const id of [world.message, another]) await make(name, { id })
    if (name === 'tasks') await make(name, { id: world.task })
    if (name === 'replies') {
      await make(name, { id: world.reply })
      await database.owner.query(`update replies set status = 'running' where reply_id = $1`, [world.reply])
    }
  }

  /** The actor as the author of what is inserted; where there is none, somebody who has none of it yet. */
  const authorOf = (verb: string, actor: string): string => {
    if (verb === 'forge') return actor === 'member' ? people.owner : people.member
    return people[actor as keyof typeof people] ?? people.stranger
  }

  it.each(readMatrix(teamPolicies))('$table: $verb by $actor: $outcome', async ({ table, verb, actor, outcome }) => {
    const underTest = teamTablesUnderTest[table]!
    const author = authorOf(verb, actor)
    const fresh = table === 'conversations' ? { conversation: randomUUID() } : {}
    const inserted = underTest.row({ ...world, id: randomUUID(), message: another, author, ...fresh })
    const heir = people.stranger
    const statement = statementFor({
      name: table,
      verb,
      table: underTest,
      existing: existing.get(table)!,
      inserted,
      heir,
    })
    const person = people[actor as keyof typeof people]
    expect(await attempt(actor === 'system' ? system : app, person, statement)).toBe(outcome)
  })
})

describe('the matrix is complete', () => {
  const cells = [...readMatrix(policies), ...readMatrix(teamPolicies)]

  it('has every table of the schema, with every verb', async () => {
    const { rows } = await database.owner.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')`,
    )
    const asked = new Set(cells.map(({ table, verb }) => `${table} ${verb}`))
    const wanted = rows.flatMap(({ name }) => ['select', 'insert', 'update', 'delete'].map((verb) => `${name} ${verb}`))
    expect(wanted.filter((cell) => !asked.has(cell))).toEqual([])
  })

  it('asks whether a row can be given away wherever rows have an owner', async () => {
    const { rows } = await database.owner.query<{ name: string }>(
      `select distinct relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and not attisdropped
        where relnamespace = 'public'::regnamespace and relkind = 'r' and attname in ('owner_id', 'user_id')`,
    )
    const asked = new Set(cells.flatMap(({ table, verb }) => (verb === 'give' ? [table] : [])))
    expect(rows.map(({ name }) => name).filter((name) => !asked.has(name))).toEqual([])
  })
})
