/** Begins an export of a version. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type { createExport as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadExports } from './list-exports.ts'

export const useCreateExport = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: BodyOf<typeof endpoint>) =>
      request<typeof endpoint>({ method: 'POST', path: '/api/training/exports', body }),
    onSuccess: () => rereadExports(queries),
  })
}
