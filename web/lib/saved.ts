/** What this browser remembers, under one prefix; works without storage too (private windows, full disks), for as long as the page lives. */
const PREFIX = 'parlance.'
const memory = new Map<string, string>()

export const readSaved = (key: string): string | null => {
  try {
    return localStorage.getItem(PREFIX + key) ?? memory.get(key) ?? null
  } catch {
    return memory.get(key) ?? null
  }
}

/** Remembers `value` under `key`; null forgets it. */
export const save = (key: string, value: string | null): void => {
  if (value === null) memory.delete(key)
  else memory.set(key, value)
  try {
    if (value === null) localStorage.removeItem(PREFIX + key)
    else localStorage.setItem(PREFIX + key, value)
  } catch {
    // The copy in memory has to do.
  }
}

/** Forgets every entry whose key begins with `start`. */
export const forgetAll = (start: string): void => {
  for (const key of memory.keys()) if (key.startsWith(start)) memory.delete(key)
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX + start)) localStorage.removeItem(key)
  } catch {
    // Nothing stored, nothing to forget.
  }
}
