/** Does heavy work in turns, so that it can neither pile up nor take the whole machine. */
import { AppError } from './errors.ts'

/** Runs a piece of work when its turn has come; passes on what it gives or throws. */
export type WorkQueue = <Result>(work: () => Promise<Result>) => Promise<Result>

/**
 * Runs at most `atOnce` pieces of work together, the others in the order in which they came.
 * @param mostWaiting who comes when so many wait already fails with `request.rate_limited`
 */
export const makeWorkQueue = (atOnce: number, mostWaiting: number): WorkQueue => {
  let running = 0
  const turns: (() => void)[] = []
  return async (work) => {
    if (running < atOnce) running++
    else if (turns.length >= mostWaiting) throw new AppError('request.rate_limited', { retryAfterSeconds: 5 })
    // Whoever ends hands its place over, so the count stays.
    else await new Promise<void>((resolve) => turns.push(resolve))
    try {
      return await work()
    } finally {
      const next = turns.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
