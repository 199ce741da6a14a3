/** Prompt templates, and the placeholders that they may use. */
import { queryOptions, type QueryClient } from '@tanstack/react-query'
import type { listTemplates as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

const KEY = ['training', 'templates']

export const listTemplates = () =>
  queryOptions({
    queryKey: KEY,
    queryFn: ({ signal }) => request<typeof endpoint>({ method: 'GET', path: '/api/training/templates', signal }),
  })

export const rereadTemplates = (queries: QueryClient): Promise<void> => queries.invalidateQueries({ queryKey: KEY })
