/** Whether the server answers. Learns from every request, asks again while it does not; knows no feature. */
import { createStore, useStore } from './store.ts'

const PROBE = '/api/app/setup'
const PROBE_EVERY_MS = 3000
/** A request that left just before the network went may never end; it says nothing after this time, in milliseconds. */
const ANSWER_WITHIN_MS = 4000

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
    reachable.set(true)
  } finally {
    probing = false
  }
}

/** A request was answered. */
export const reportAnswer = (): void => reachable.set(true)

/** A request was not: one failure may have been a hiccup, so the server is asked before anybody is told. */
export const reportSilence = (): void => void probe()

export const onReachable = (listener: () => void): (() => void) =>
  reachable.subscribe(() => {
    if (reachable.get()) listener()
  })

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
