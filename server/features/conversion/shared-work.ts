/** Work that several may wait for: the first begins it, and when all who waited have gone it is stopped; pure. */

export type ShareWork<Result> = (
  key: string,
  begin: (signal: AbortSignal) => Promise<Result>,
  /** Fires when whoever asks no longer wants it; without one it is wanted until it is done. */
  gone?: AbortSignal,
) => Promise<Result>

interface Underway<Result> {
  readonly work: Promise<Result>
  readonly stop: AbortController
  waiting: number
}

/** What fails, fails for all who wait; who has gone is told the reason of their own signal. */
export const makeShareWork = <Result>(): ShareWork<Result> => {
  const underway = new Map<string, Underway<Result>>()

  const join = (key: string, begin: (signal: AbortSignal) => Promise<Result>): Underway<Result> => {
    const present = underway.get(key)
    if (present !== undefined) return present
    const stop = new AbortController()
    const started = { work: begin(stop.signal), stop, waiting: 0 }
    const forget = () => underway.get(key) === started && underway.delete(key)
    started.work.then(forget, forget)
    underway.set(key, started)
    return started
  }

  return async (key, begin, gone) => {
    gone?.throwIfAborted()
    const shared = join(key, begin)
    shared.waiting++
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(gone?.reason as Error)
        if (--shared.waiting > 0) return
        // Who comes now begins anew.
        if (underway.get(key) === shared) underway.delete(key)
        shared.stop.abort()
      }
      gone?.addEventListener('abort', leave, { once: true })
      shared.work.then(resolve, reject).finally(() => gone?.removeEventListener('abort', leave))
    })
  }
}
