/** Reads that began before something was taken out must not bring it back. */
import type { QueryClient, QueryKey } from '@tanstack/react-query'

/** To be called before it is taken out of the cache. `one`: the read of it, which ends; `list`: what lists it, which is asked anew. */
export const outdateReads = (queries: QueryClient, { one, list }: { one: QueryKey; list: QueryKey }): void => {
  void queries.cancelQueries({ queryKey: one })
  if (queries.isFetching({ queryKey: list }) === 0) return
  void queries.cancelQueries({ queryKey: list }).then(() => queries.invalidateQueries({ queryKey: list }))
}
