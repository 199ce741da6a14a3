/** A value that components can watch: for the little state that belongs neither to the server, the address nor one component. */
import { useSyncExternalStore } from 'react'

export interface Store<T> {
  get(): T
  /** Sets the next value, given as itself or made from the present one. Watchers hear of it only when it differs. */
  set(next: T | ((present: T) => T)): void
  subscribe(watcher: () => void): () => void
}

export const createStore = <T>(initial: T): Store<T> => {
  let value = initial
  const watchers = new Set<() => void>()
  return {
    get: () => value,
    set: (next) => {
      const made = typeof next === 'function' ? (next as (present: T) => T)(value) : next
      if (Object.is(made, value)) return
      value = made
      for (const watcher of watchers) watcher()
    },
    subscribe: (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
  }
}

export const useStore = <T>(store: Store<T>): T => useSyncExternalStore(store.subscribe, store.get)
