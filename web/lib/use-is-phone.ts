/** Whether the page is so narrow that list and content are screens of their own. The same width as `desk:` in the styles. */
import { useSyncExternalStore } from 'react'

const query = matchMedia('(min-width: 48rem)')

const subscribe = (watcher: () => void) => {
  query.addEventListener('change', watcher)
  return () => query.removeEventListener('change', watcher)
}

export const isPhone = (): boolean => !query.matches

export const useIsPhone = (): boolean => useSyncExternalStore(subscribe, isPhone)
