/** What was asked in a team conversation, and who answered what; null where nothing was asked. */
import { infiniteQueryOptions } from '@tanstack/react-query'
import type { listAnswers as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { asRequestError } from '../../lib/request-error.ts'

export const listAnswers = (conversationId: string) =>
  infiniteQueryOptions({
    queryKey: ['sources', 'answers', conversationId],
    queryFn: ({ pageParam, signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/sources/{conversationId}/consent',
        params: { conversationId },
        query: { limit: 25, cursor: pageParam },
        signal,
      }).catch((thrown: unknown) => {
        if (asRequestError(thrown).status === 404) return null
        throw thrown
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page?.next_cursor ?? undefined,
  })
