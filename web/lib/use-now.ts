/** The present, shared by everything that shows it, moving once a minute. */
import { useEffect } from 'react'
import { createStore, useStore } from './store.ts'

const now = createStore(Date.now())
let watchers = 0
let timer: ReturnType<typeof setInterval> | undefined

export const useNow = (): number => {
  useEffect(() => {
    if (watchers++ === 0) {
      now.set(Date.now())
      timer = setInterval(() => now.set(Date.now()), 60_000)
    }
    return () => {
      if (--watchers === 0) clearInterval(timer)
    }
  }, [])
  return useStore(now)
}
