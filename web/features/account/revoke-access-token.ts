/** Revokes an access token. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { revokeAccessToken as endpoint } from '#contract/app/index.ts'
import { request } from '../../lib/client.ts'
import { listAccessTokens } from './list-access-tokens.ts'

export const useRevokeAccessToken = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      request<typeof endpoint>({ method: 'DELETE', path: '/api/app/access-tokens/{id}', params: { id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: listAccessTokens().queryKey }),
  })
}
