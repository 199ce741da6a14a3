import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { createTestDatabase } from '#test/support/database.ts'
import { readTimestamp } from './types.ts'

const database = await createTestDatabase({ empty: true })
afterAll(() => database.drop())
await database.owner.query(`set timezone = 'UTC'`)
await database.owner.query(`set datestyle = 'ISO'`)

/** What PostgreSQL itself writes for moments, given in microseconds since 1970. */
const writtenByPostgres = async (microseconds: readonly number[]): Promise<string[]> => {
  const { rows } = await database.owner.query<{ text: string }>(
    `select (timestamptz 'epoch' + m * interval '1 microsecond')::text as text
      from unnest($1::bigint[]) with ordinality as given (m, place) order by place`,
    [microseconds],
  )
  return rows.map(({ text }) => text)
}

/** Every moment that a double can count in microseconds: years 1684 to 2255. */
const moment = fc.maxSafeInteger()

describe('readTimestamp', () => {
  it('reads what PostgreSQL writes, to the millisecond, rounding down', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(moment, { minLength: 50, maxLength: 200 }), async (moments) => {
        const texts = await writtenByPostgres(moments)
        expect(texts.map((text) => readTimestamp(text).getTime())).toEqual(moments.map((m) => Math.floor(m / 1000)))
      }),
      { numRuns: 30 },
    )
  })

  it('reads every millisecond of a second', async () => {
    const start = Date.UTC(2026, 10, 21, 9)
    const milliseconds = Array.from({ length: 1000 }, (_, index) => start + index)
    const texts = await writtenByPostgres(milliseconds.map((ms) => ms * 1000))
    expect(texts.map((text) => readTimestamp(text).getTime())).toEqual(milliseconds)
  })
})
