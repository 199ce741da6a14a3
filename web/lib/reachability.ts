/** Whether the server answers. Learns from every request, asks again while it does not; knows no feature. */
import { createStore, useStore } from './store.ts'

const PROBE = '/api/app/setup'
const PROBE_EVERY_MS = 3000
/** A request that left just before the network went may never end; it says nothing after this time, in milliseconds. */
const ANSWER_WITHIN_MS = 4000
/** What was asked before the server went, and is not answered this long after it came back, never will be; in milliseconds. */
const ANSWER_AFTER_RETURN_MS = 8000

const reachable = createStore(true)
let probing = false
let isAskedAgain = false

const answers = async (): Promise<boolean> => {
  const giveUp = new AbortController()
  const timer = setTimeout(() => giveUp.abort(), ANSWER_WITHIN_MS)
  try {
    const response = await fetch(PROBE, { cache: 'no-store', signal: giveUp.signal })
    // A proxy answers 502–504 in the place of a server that is away.
    return response.status < 500
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Asks the server whether it is there, and goes on asking until it is. Whoever calls while an answer is on its way gets one
 * that was asked for later: what is on its way may have left before the network went.
 */
export const probe = async (): Promise<void> => {
  isAskedAgain = true
  if (probing) return
  probing = true
  try {
    while (isAskedAgain) {
      isAskedAgain = false
      while (!(await answers())) {
        reachable.set(false)
        await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS))
      }
    }
    reportAnswer()
  } finally {
    probing = false
  }
}

const listeners = new Set<() => void>()
const underWay = new Set<() => void>()
let wasSilentSince = false

const tell = (): void => {
  for (const listener of listeners) listener()
}

/** A request was answered. */
export const reportAnswer = (): void => {
  if (reachable.get()) return
  const before = [...underWay]
  wasSilentSince = false
  reachable.set(true)
  tell()
  setTimeout(() => giveUpOn(before), ANSWER_AFTER_RETURN_MS)
}

/** Ends what the gap has swallowed, and tells of the return once more where something failed since: it had left before. */
const giveUpOn = (before: readonly (() => void)[]): void => {
  if (!reachable.get()) return
  const lost = before.filter((giveUp) => underWay.delete(giveUp))
  for (const giveUp of lost) giveUp()
  // Those who wait for them hear of it first.
  if (lost.length > 0 || wasSilentSince) setTimeout(tell)
}

/** A request was not: one failure may have been a hiccup, so the server is asked before anybody is told. */
export const reportSilence = (): void => {
  wasSilentSince = true
  void probe()
}

/**
 * A request has left. A server that was away has lost it where it is not answered soon after the return; then `giveUp` is
 * called, at most once. @returns how to say that it has ended, or that its bytes move.
 */
export const awaitAnswer = (giveUp: () => void): { readonly ended: () => void; readonly moves: () => void } => {
  let present = () => giveUp()
  underWay.add(present)
  return {
    ended: () => void underWay.delete(present),
    moves: () => {
      underWay.delete(present)
      present = () => giveUp()
      underWay.add(present)
    },
  }
}

/** `listener` hears when the server is back, and may hear it a second time for what failed late. @returns how to end that. */
export const onReachable = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useReachable = (): boolean => useStore(reachable)

/**
 * `navigator.onLine` says nothing about a server on this computer, so its changes only start a probe; and another every few
 * seconds while the browser has no network, since the first may still have got through.
 */
export const watchNetwork = (): void => {
  let asking: ReturnType<typeof setInterval> | undefined
  addEventListener('offline', () => {
    void probe()
    asking ??= setInterval(() => {
      if (!navigator.onLine) return void probe()
      clearInterval(asking)
      asking = undefined
    }, PROBE_EVERY_MS)
  })
  addEventListener('online', () => void probe())
}
