/** How many conversations each persona, arc and topic has together. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { QueryInputOf, ReplyOf } from '#contract/endpoint.ts'
import type { readCoverage as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

export type Coverage = ReplyOf<typeof endpoint>
export type CoverageQuery = Pick<QueryInputOf<typeof endpoint>, 'tier' | 'status'> & { readonly page: number }

/** Topics of one page: as many as the server gives at once. */
const TOPICS = 20

export const readCoverage = ({ tier, status, page }: CoverageQuery) =>
  queryOptions({
    queryKey: ['training', 'coverage', { tier, status, page }],
    queryFn: ({ signal }) =>
      request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/coverage',
        query: { tier, status, page, limit: TOPICS },
        signal,
      }),
    placeholderData: keepPreviousData,
  })
