/** Holds back whoever guesses passwords: counts attempts before they are looked at, and forgets those that succeed. */
import type { Clock } from '#kernel/clock.ts'
import { AppError, type ErrorCode } from '#kernel/errors.ts'
import type { AttemptLog } from './attempt-log.ts'

/** Failed attempts within `WINDOW` for one account from one client. */
export const MOST_PER_PAIR = 10
/** Failed attempts within `WINDOW` from one client, whatever the account. */
export const MOST_PER_CLIENT = 100
const MINUTE = 60 * 1000
/** Attempts are counted in buckets of a minute, of which the last fifteen matter. */
const BUCKET = MINUTE
export const WINDOW = 15 * MINUTE

/** Failures that a guesser learns from; any other is no attempt. */
const GUESSES: readonly ErrorCode[] = ['identity.wrong_credentials', 'account.exists']

/**
 * Runs `work` as one attempt at `account` (an e-mail address or a user id) from `client` (an IP address).
 * Fails with `identity.too_many_attempts` and when to come again, before `work` has begun.
 */
export type LimitAttempts = <Result>(
  attempt: { readonly account: string; readonly client: string },
  work: () => Promise<Result>,
) => Promise<Result>

export const makeLimitAttempts =
  ({ attempts, clock }: { attempts: AttemptLog; clock: Clock }): LimitAttempts =>
  async ({ account, client }, work) => {
    const now = clock.now()
    const bucket = new Date(Math.floor(now.getTime() / BUCKET) * BUCKET)
    const from = networkOf(client)
    const ofClient = `client ${from}`
    const ofPair = `pair ${from} ${account}`

    const since = new Date(bucket.getTime() - WINDOW)
    const [pair, all] = await attempts.count([ofPair, ofClient], bucket, since)
    const tooMany = [pair.attempts > MOST_PER_PAIR && pair, all.attempts > MOST_PER_CLIENT && all].filter(
      (each) => each !== false,
    )
    if (tooMany.length > 0) {
      // What was refused is not counted: waiting as long as was said is enough.
      await attempts.takeBack([ofPair, ofClient], bucket)
      const until = Math.max(...tooMany.map(({ oldest }) => oldest.getTime() + WINDOW))
      const retryAfterSeconds = Math.max(1, Math.ceil((until - now.getTime()) / 1000))
      throw new AppError('identity.too_many_attempts', { retryAfterSeconds })
    }
    try {
      const result = await work()
      await attempts.forget(ofPair, ofClient, bucket)
      return result
    } catch (error) {
      const isGuess = error instanceof AppError && GUESSES.includes(error.code)
      if (!isGuess) await attempts.takeBack([ofPair, ofClient], bucket)
      throw error
    }
  }

/**
 * Who counts as one client: an IPv4 address, or the 64 bits of an IPv6 address that its owner doesn't choose
 * (whoever has one address of a /64 has 2^64 of them). Anything else counts as it is.
 */
export const networkOf = (address: string): string => {
  const [plain = ''] = address.toLowerCase().split('%', 1)
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)
  if (mapped) return mapped[1]!
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0)
    while (groups.length + after < 8) groups.push('0')
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
