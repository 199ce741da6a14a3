/** What would be taken of a conversation. Asked anew only when somebody wants that: what is being decided on stays as it is. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { ReplyOf } from '#contract/endpoint.ts'
import type { previewSource as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import type { Reading } from './reading.ts'

export type Preview = ReplyOf<typeof endpoint>

export const previewSource = (conversationId: string, reading: Reading) =>
  queryOptions({
    queryKey: ['sources', 'preview', conversationId, reading],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/sources/{conversationId}/preview',
        params: { conversationId },
        body: reading,
        signal,
      }),
    staleTime: Infinity,
    gcTime: 0,
    placeholderData: keepPreviousData,
  })
