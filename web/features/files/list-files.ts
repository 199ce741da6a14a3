/** The files of a conversation, filtered and sorted by the server, and who shared them. */
import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type { listFileSenders as sendersEndpoint, listFiles as endpoint } from '#contract/messages/files.ts'
import { request } from '../../lib/client.ts'
import { asRequestError } from '../../lib/request-error.ts'
import type { FileKind, listingQuery } from './listing.ts'

const keyOf = (conversationId: string) => ['files', conversationId]

/** Three more attempts where another one may help, after 1, 2 and 4 seconds (contracts, 1.3). */
const patience = {
  retry: (count: number, error: unknown) => asRequestError(error).retryable && count < 3,
  retryDelay: (count: number) => 1000 * 2 ** count,
}

type Query = Omit<ReturnType<typeof listingQuery>, 'limit'> & { readonly limit: number }

export const listFiles = (conversationId: string, query: Query) =>
  queryOptions({
    queryKey: [...keyOf(conversationId), query],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/conversations/{conversationId}/files',
        params: { conversationId },
        query,
        signal,
      }),
    ...patience,
  })

/** The newest few of a kind, with how many there are of each. */
export const listLatestFiles = (conversationId: string, kind: FileKind, limit: number) =>
  listFiles(conversationId, { kind, sort: 'newest', limit, page: 1 })

export const listFileSenders = (conversationId: string, kind: FileKind) =>
  queryOptions({
    queryKey: [...keyOf(conversationId), 'senders', kind],
    queryFn: async ({ signal }) => {
      const { data } = await request<typeof sendersEndpoint>({
        method: 'GET',
        path: '/api/conversations/{conversationId}/files/senders',
        params: { conversationId },
        query: { kind },
        signal,
      })
      return data
    },
    ...patience,
  })

/** Files came or went: every listing of the conversation is read again where it is shown. */
export const refreshFiles = (queries: QueryClient, conversationId: string): void =>
  void queries.invalidateQueries({ queryKey: keyOf(conversationId) })
