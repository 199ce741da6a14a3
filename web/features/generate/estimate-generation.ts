/** What a run would ask, cost and take. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { BodyOf, ReplyOf } from '#contract/endpoint.ts'
import type { estimateGeneration as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export type WantedEstimate = BodyOf<typeof endpoint>
export type Estimate = ReplyOf<typeof endpoint>

export const estimateGeneration = (body: WantedEstimate | null) =>
  queryOptions({
    queryKey: ['training', 'scaffolding', 'estimate', body],
    enabled: body !== null,
    queryFn: ({ signal }) =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/generations/estimate',
        body: body!,
        signal,
      }),
    placeholderData: body === null ? undefined : keepPreviousData,
    retry: false,
  })
