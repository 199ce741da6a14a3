/** The cache of what the server has said, and when it is asked again. */
import { QueryClient } from '@tanstack/react-query'
import { onReachable } from '../lib/reachability.ts'
import { asRequestError } from '../lib/request-error.ts'

export const makeQueries = (): QueryClient => {
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        // Whether the machine has a network says nothing about a server that runs on it.
        networkMode: 'always',
        retry: (count, error) => asRequestError(error).retryable && asRequestError(error).status !== 0 && count < 2,
        staleTime: 10_000,
      },
      mutations: { networkMode: 'always' },
    },
  })
  // What failed or went by while the server was away is asked again when it is back.
  onReachable(() => void queries.invalidateQueries())
  return queries
}
