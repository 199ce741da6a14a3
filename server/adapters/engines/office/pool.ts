/**
 * Who gets which LibreOffice: each serves one session only, stays warm for its next document, and is thrown away before it
 * has grown old. It knows neither formats nor files.
 */
import type { EngineFailure } from '#server/features/conversion/engine.ts'

/** What the pool needs of a worker. */
export interface Pooled {
  /** Resolves when nothing of it is left. */
  stop(failure?: EngineFailure): Promise<void>
  readonly ended: Promise<void>
}

export interface PoolOptions<Worker extends Pooled> {
  readonly start: () => Worker
  /** Prepares one that nobody waits for; rejects when it can't be used. */
  readonly warmUp: (worker: Worker) => Promise<void>
  /** How many work at once. */
  readonly atOnce: number
  /** How many are kept, at work and warm, beside one in reserve. At least `atOnce`. */
  readonly most: number
  /** How many documents one of them converts. */
  readonly documents: number
  /** How long one stays without work, in milliseconds. */
  readonly idleMs: number
}

/** What was made, and whether the worker may go on afterwards. */
export interface Done<Result> {
  readonly result: Result
  readonly isSpent: boolean
}

export interface Pool<Worker> {
  /**
   * Has work done by a worker of this session. When it fails the worker is gone.
   * @param signal aborted: the wait ends, and a worker is killed
   * @param failureOf what the work fails with once it is aborted
   */
  use<Result>(
    sessionKey: string,
    signal: AbortSignal,
    failureOf: () => EngineFailure,
    work: (worker: Worker) => Promise<Done<Result>>,
  ): Promise<Result>
  /** Ends all of them; the next use starts anew. */
  close(): Promise<void>
}

interface Member<Worker> {
  readonly worker: Worker
  /** Nobody's, as long as it is in reserve. */
  sessionKey?: string
  isBusy: boolean
  documents: number
  timer?: NodeJS.Timeout
}

export const openPool = <Worker extends Pooled>(options: PoolOptions<Worker>): Pool<Worker> => {
  // In the order of their last use.
  const members = new Set<Member<Worker>>()
  let reserve: { readonly member: Member<Worker>; readonly isWarm: Promise<unknown> } | undefined
  const leaving = new Set<Promise<void>>()
  const turns = makeTurns(options.atOnce)
  let closings = 0

  const hire = (): Member<Worker> => {
    const member: Member<Worker> = { worker: options.start(), isBusy: false, documents: 0 }
    members.add(member)
    void member.worker.ended.then(() => forget(member))
    return member
  }
  const forget = (member: Member<Worker>): void => {
    clearTimeout(member.timer)
    members.delete(member)
    if (reserve?.member === member) reserve = undefined
  }
  const dismiss = (member: Member<Worker>, failure?: EngineFailure): Promise<void> => {
    forget(member)
    const left = member.worker.stop(failure).finally(() => leaving.delete(left))
    leaving.add(left)
    return left
  }
  const rest = (member: Member<Worker>): void => {
    clearTimeout(member.timer)
    member.timer = setTimeout(() => void dismiss(member), options.idleMs)
    member.timer.unref()
  }

  /** Its own warm one, or the one in reserve, or a new one in the place of the one that rested longest. */
  const take = (sessionKey: string): { readonly member: Member<Worker>; readonly before: Promise<unknown>[] } => {
    const resting = [...members].filter((each) => !each.isBusy && each !== reserve?.member)
    const own = resting.findLast((each) => each.sessionKey === sessionKey)
    if (own !== undefined) return { member: own, before: [] }
    const working = members.size - (reserve === undefined ? 0 : 1)
    const before: Promise<unknown>[] = []
    const [longest] = resting
    if (working >= options.most && longest !== undefined) before.push(dismiss(longest))
    if (reserve === undefined) return { member: hire(), before }
    const { member, isWarm } = reserve
    reserve = undefined
    return { member, before: [...before, isWarm] }
  }
  const keepReserve = (): void => {
    if (reserve === undefined) {
      const member = hire()
      const isWarm = options.warmUp(member.worker)
      // Whoever takes it hears of it.
      isWarm.catch(() => void dismiss(member))
      reserve = { member, isWarm }
    }
    rest(reserve.member)
  }

  return {
    async use(sessionKey, signal, failureOf, work) {
      const leave = await turns.enter(signal, failureOf)
      const opened = closings
      const { member, before } = take(sessionKey)
      const stop = (): void => void dismiss(member, failureOf())
      try {
        clearTimeout(member.timer)
        member.sessionKey = sessionKey
        member.isBusy = true
        signal.addEventListener('abort', stop)
        if (signal.aborted) stop()
        await Promise.all(before)
        const { result, isSpent } = await work(member.worker)
        member.isBusy = false
        member.documents++
        if (!members.has(member)) return result
        if (isSpent || member.documents >= options.documents) void dismiss(member)
        else {
          members.delete(member)
          members.add(member)
          rest(member)
        }
        if (closings === opened) keepReserve()
        return result
      } catch (error) {
        await dismiss(member)
        if (closings === opened) keepReserve()
        throw signal.aborted ? failureOf() : error
      } finally {
        signal.removeEventListener('abort', stop)
        leave()
      }
    },
    async close() {
      closings++
      for (const each of members) void dismiss(each)
      await Promise.all(leaving)
    },
  }
}

/** Lets so many in at once, in the order in which they came. */
const makeTurns = (atOnce: number) => {
  const queue: (() => void)[] = []
  let inside = 0
  const leave = (): void => {
    const next = queue.shift()
    if (next === undefined) inside--
    else next()
  }
  return {
    async enter(signal: AbortSignal, failureOf: () => EngineFailure): Promise<() => void> {
      if (signal.aborted) throw failureOf()
      if (inside < atOnce) inside++
      else {
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        queue.push(resolve)
        const giveUp = (): void => {
          const at = queue.indexOf(resolve)
          if (at === -1) return
          queue.splice(at, 1)
          reject(failureOf())
        }
        signal.addEventListener('abort', giveUp, { once: true })
        await promise.finally(() => signal.removeEventListener('abort', giveUp))
      }
      return leave
    },
  }
}
