/** Downloads, failures, exports and bytes, day by day. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { readAnalytics as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

const DAY_MS = 86_400_000

/** @param days how many, today (of UTC) the last of them */
export const readAnalytics = (days: number) =>
  queryOptions({
    queryKey: ['training', 'analytics', days],
    queryFn: ({ signal }) => {
      const day = (ago: number) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10)
      return request<typeof endpoint>({
        method: 'GET',
        path: '/api/training/analytics',
        query: { from: day(days - 1), to: day(0) },
        signal,
      })
    },
    placeholderData: keepPreviousData,
  })
