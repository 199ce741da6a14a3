import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createTestDatabase } from '#test/support/database.ts'
import { describeSchema } from './describe-schema.ts'
import { describeTables } from './describe-tables.ts'

const database = await createTestDatabase()
const empty = await createTestDatabase({ empty: true })
afterAll(() => Promise.all([database.drop(), empty.drop()]))

const file = (name: string) => readFile(path.join(import.meta.dirname, name), 'utf8')

/** When one of these fails: `node db/generate.ts`, and read the difference before committing it. */
describe('the files that are generated from the migrations are up to date', () => {
  it('schema.sql', async () => expect(await describeSchema(database.owner)).toBe(await file('schema.sql')))
  it('tables.ts', async () => expect(await describeTables(database.owner)).toBe(await file('tables.ts')))
})

it('schema.sql is the whole schema: it makes the same one in an empty database', async () => {
  const schema = await file('schema.sql')
  await empty.owner.query(schema)
  await empty.owner.query('reset check_function_bodies')
  expect(await describeSchema(empty.owner)).toBe(schema)
})

it('refuses to pass over what it cannot write down', async () => {
  await empty.owner.query(`create type mood as enum ('good')`)
  await expect(describeSchema(empty.owner)).rejects.toThrow(
    'db/describe-schema.ts must learn to write down: type mood.',
  )
})

it('refuses a column of a type that nobody has decided about', async () => {
  await empty.owner.query('create table odd (size money)')
  await expect(describeTables(empty.owner)).rejects.toThrow('does not know the type of odd.size: money.')
})
