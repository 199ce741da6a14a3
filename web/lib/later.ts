/** Parts of the page that are fetched after it is shown: they must be there by the time the network may not be. */

const parts: (() => Promise<unknown>)[] = []

/** Marks a dynamic import as such a part, and gives it back. */
export const later = <T>(fetchPart: () => Promise<T>): (() => Promise<T>) => {
  parts.push(fetchPart)
  return fetchPart
}

/** Fetches every part when the browser has nothing better to do. What fails is asked for again by whoever needs it. */
export const fetchLaterParts = (): void => {
  const fetchAll = () => void Promise.allSettled(parts.map((fetchPart) => fetchPart()))
  // Safari knows no idle callbacks.
  if ('requestIdleCallback' in globalThis) requestIdleCallback(fetchAll)
  else setTimeout(fetchAll, 1000)
}
