/** More of a list that is loaded as its reader comes near the end of what there is. */
import { useRef, useState } from 'react'

export interface More {
  /** Why the latest attempt failed; nothing more is fetched until it is tried again. */
  readonly error: unknown
  /** Loads, unless that is going on already or there is no more. */
  readonly fetch: () => void
  readonly retry: () => void
}

export const useMore = (has: boolean, load: () => Promise<void>): More => {
  const [error, setError] = useState<unknown>(null)
  const loading = useRef(false)
  const fetch = () => {
    if (!has || loading.current || error !== null) return
    loading.current = true
    load()
      .catch(setError)
      .finally(() => {
        loading.current = false
      })
  }
  return { error, fetch, retry: () => setError(null) }
}
