import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Queries, Statement } from '#kernel/database.ts'
import { raw, sql } from './sql.ts'
import { literalInteger, offsetOf, statement } from './statement.ts'

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

describe('an integer that is written into a statement', () => {
  it.each([
    [0, 'limit 0'],
    [-0, 'limit 0'],
    [21, 'limit 21'],
    [Number.MAX_SAFE_INTEGER, 'limit 9007199254740991'],
  ])('%d is its digits, and no parameter', (value, text) => {
    expect(statement`limit ${literalInteger(value)}`).toMatchObject({ sql: text, parameters: [] })
  })

  it.each<[unknown]>([
    [-1],
    [0.5],
    [1e21],
    [Number.MAX_SAFE_INTEGER + 1],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    ['1'],
    ['1; drop table users'],
    [['1; drop table users']],
    [1n],
    [true],
    [null],
    [undefined],
    [new Number(1)],
    [{ valueOf: () => 1, toString: () => '1; drop table users' }],
    [{ [Symbol.toPrimitive]: () => '1; drop table users' }],
  ])('%o is refused, whatever its type says', (value) => {
    expect(() => literalInteger(value as number)).toThrow(RangeError)
  })

  it('is an offset only where that is 0: other offsets are parameters of one statement', () => {
    expect(statement`${offsetOf(0)}`).toMatchObject({ sql: 'offset 0', parameters: [] })
    expect(statement`${offsetOf(40)}`).toMatchObject({ sql: 'offset $1', parameters: [40] })
    expect(statement`${offsetOf('0; drop table users' as never)}`).toMatchObject({
      sql: 'offset $1',
      parameters: ['0; drop table users'],
    })
  })
})
