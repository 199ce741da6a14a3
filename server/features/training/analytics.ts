/** What the log adds up to, day by day. All days are days of UTC, written as ISO 8601 does. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import { DAY_MS } from './download-limits.ts'
import type { Analytics, Counts, Days, LogStore } from './log-store.ts'

const MOST_DAYS = 400
const USUAL_DAYS = 30

const none: Counts = { downloads: 0, failures: 0, exports: 0, bytesLinked: 0, bytesServed: 0 }

/** Every day of the range, also those on which there was nothing. Fails with `request.invalid` for a range that is none. */
export type ReadAnalytics = (
  actor: Actor,
  range: { readonly from?: string | undefined; readonly to?: string | undefined },
) => Promise<Analytics & Days>

interface Needs {
  readonly store: Pick<LogStore, 'readAnalytics'>
  /** Writes down what was served so far. */
  readonly flush: () => Promise<void>
  readonly clock: Clock
}

export const makeReadAnalytics =
  ({ store, flush, clock }: Needs): ReadAnalytics =>
  async (actor, range) => {
    const to = range.to ?? dayOf(clock.now())
    const from = range.from ?? dayBefore(to, USUAL_DAYS - 1)
    const length = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1
    if (length < 1 || length > MOST_DAYS) throw wrongRange()
    await flush()
    const found = await store.readAnalytics(actor, { from, to })
    const known = new Map(found.days.map((day) => [day.date, day]))
    const days = Array.from({ length }, (_, index) => {
      const date = dayBefore(to, length - 1 - index)
      return known.get(date) ?? { ...none, date }
    })
    return { ...found, from, to, days, totals: days.reduce(plus, none) }
  }

/** The day of UTC. */
export const dayOf = (moment: Date): string => moment.toISOString().slice(0, 10)

const dayBefore = (day: string, days: number): string => dayOf(new Date(Date.parse(day) - days * DAY_MS))

const plus = (a: Counts, b: Counts): Counts => ({
  downloads: a.downloads + b.downloads,
  failures: a.failures + b.failures,
  exports: a.exports + b.exports,
  bytesLinked: a.bytesLinked + b.bytesLinked,
  bytesServed: a.bytesServed + b.bytesServed,
})

const wrongRange = (): AppError =>
  new AppError('request.invalid', {
    issues: [{ part: 'query', path: ['from'], rule: 'other', message: `must be 1 to ${MOST_DAYS} days before to` }],
  })
