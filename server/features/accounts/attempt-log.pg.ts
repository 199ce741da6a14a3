/** Attempts to sign in, counted in PostgreSQL for all processes together. */
import { statement } from '#db/statement.ts'
import type { Database, Statement } from '#kernel/database.ts'
import type { AttemptCount, AttemptLog } from './attempt-log.ts'

export const pgAttemptLog = (db: Database): AttemptLog => ({
  async count([first, second], bucket, since) {
    const [[one], [two]] = await db
      .asSystem('sign_in.count')
      .batch(counting(first, bucket, since), counting(second, bucket, since))
    return [one!, two!]
  },

  async takeBack(keys, bucket) {
    await db.asSystem('sign_in.take_back').batch(...keys.map((key) => takingBack(key, bucket)))
  },

  async forget(key, other, bucket) {
    await db
      .asSystem('sign_in.forget')
      .batch(statement`delete from sign_in_attempts where attempt_key = ${key}`, takingBack(other, bucket))
  },

  async sweep(before) {
    const [row] = await db.asSystem('sign_in.sweep').query(statement<{ removed: number }>`
      with gone as (delete from sign_in_attempts where window_start < ${before} returning 1)
      select count(*)::int as removed from gone`)
    return row!.removed
  },
})

/** Exact with any number at once: they queue at the row of their bucket, and earlier buckets no longer grow. */
const counting = (key: string, bucket: Date, since: Date): Statement<AttemptCount> => statement<AttemptCount>`
  with mine as (
    insert into sign_in_attempts (attempt_key, window_start, attempts) values (${key}, ${bucket}, 1)
    on conflict (attempt_key, window_start) do update set attempts = sign_in_attempts.attempts + 1
    returning attempts
  ), earlier as (
    select coalesce(sum(attempts), 0) as attempts, min(window_start) as oldest from sign_in_attempts
    where attempt_key = ${key} and window_start > ${since} and window_start < ${bucket} and attempts > 0
  )
  select (mine.attempts + earlier.attempts)::int as attempts, coalesce(earlier.oldest, ${bucket}) as oldest
  from mine, earlier`

const takingBack = (key: string, bucket: Date): Statement => statement`
  update sign_in_attempts set attempts = attempts - 1
  where attempt_key = ${key} and window_start = ${bucket} and attempts > 0`
