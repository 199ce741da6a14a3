/** How many requests one caller may send in a minute, counted by this process alone. It knows HTTP headers and a clock. */
import type { FastifyReply } from 'fastify'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'

const WINDOW_MS = 60_000

/** Counts a request of `caller` and says in `x-ratelimit-*` what is left. Fails with `request.rate_limited`. */
export type RateLimit = (caller: string, reply: FastifyReply) => void

/**
 * Windows are the minutes of the clock, the same for everybody: all counts are thrown away together, so there are never
 * more of them than callers who came within a minute. Whoever uses both sides of a full minute may send twice the limit
 * in a row; what is promised is the limit per minute of the clock. What is refused says when to come again.
 *
 * @param limit requests a minute; 0: no limit, no headers
 */
export const makeRateLimit = (limit: number, clock: Clock): RateLimit => {
  if (limit === 0) return () => {}
  let counts = new Map<string, number>()
  let window = -1
  return (caller, reply) => {
    const now = clock.now().getTime()
    const current = Math.floor(now / WINDOW_MS)
    if (current !== window) {
      window = current
      counts = new Map()
    }
    const count = (counts.get(caller) ?? 0) + 1
    counts.set(caller, count)
    const resetSeconds = Math.ceil(((current + 1) * WINDOW_MS - now) / 1000)
    reply
      .header('x-ratelimit-limit', String(limit))
      .header('x-ratelimit-remaining', String(Math.max(0, limit - count)))
      .header('x-ratelimit-reset', String(resetSeconds))
    if (count > limit) throw new AppError('request.rate_limited', { retryAfterSeconds: resetSeconds })
  }
}
