import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Queries, Statement } from '#kernel/database.ts'
import { raw, sql } from './sql.ts'

const queries: Queries = {
  query: () => Promise.resolve([]),
  batch: () => Promise.resolve([] as never),
}

describe('a compiled query', () => {
  it('is a statement: SQL of PostgreSQL with its parameters', () => {
    const { sql: text, parameters } = sql.selectFrom('users').select('name').where('user_id', '=', 'u1').compile()
    expect(text).toBe('select "name" from "users" where "user_id" = $1')
    expect(parameters).toEqual(['u1'])
  })

  it('tells the door what its rows are', async () => {
    const titles = sql.selectFrom('conversations').select(['title', 'created_at', 'message_count']).compile()
    expectTypeOf(titles).toExtend<Statement<{ title: string | null; created_at: Date; message_count: number }>>()
    expectTypeOf(await queries.query(titles)).toEqualTypeOf<
      { title: string | null; created_at: Date; message_count: number }[]
    >()
  })

  it('tells so in a batch, for each statement', async () => {
    const rows = await queries.batch(
      sql.selectFrom('users').select('name').compile(),
      sql.selectFrom('replies').select(['makes_title', 'started_at']).compile(),
      { sql: 'select 1', parameters: [] },
    )
    expectTypeOf(rows).toEqualTypeOf<
      [{ name: string }[], { makes_title: boolean; started_at: Date | null }[], unknown[]]
    >()
  })

  it('is no statement of other rows', () => {
    const names = sql.selectFrom('users').select('name').compile()
    // @ts-expect-error: a name is a string
    const numbers: Statement<{ name: number }> = names
    expect(numbers).toBe(names)
  })

  it('takes JSON as text, so that an array does not become an array of PostgreSQL', () => {
    const update = sql.updateTable('conversations').set({ metadata: JSON.stringify([1]) })
    expect(update.compile().parameters).toEqual(['[1]'])
    // @ts-expect-error: not as a value
    sql.updateTable('conversations').set({ metadata: [1] })
  })

  it('may hold pieces of SQL whose values are parameters', () => {
    const { sql: text, parameters } = sql
      .selectFrom('messages')
      .select(raw<number>`length(content) + ${1}`.as('size'))
      .compile()
    expect(text).toBe('select length(content) + $1 as "size" from "messages"')
    expect(parameters).toEqual([1])
  })
})

it('the builder has no connection: running something from it fails instead of finding nothing', async () => {
  await expect(sql.selectFrom('users').selectAll().execute()).rejects.toThrow('only builds statements')
})
