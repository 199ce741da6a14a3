/** Remembers the entries that were used last, a fixed number of them. Pure. */
export interface Lru<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
}

/** @param capacity how many entries; the one that was unused longest makes room. Values are never `undefined`. */
export const lru = <Key, Value>(capacity: number): Lru<Key, Value> => {
  // A Map keeps the order of insertion: the first key is the one that was unused longest.
  const entries = new Map<Key, Value>()
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > capacity) entries.delete(entries.keys().next().value!)
    },
  }
}
