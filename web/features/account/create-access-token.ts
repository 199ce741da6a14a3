/** Makes an access token; the answer is the only place where it can be read. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { createAccessToken as endpoint } from '#contract/app/index.ts'
import type { BodyOf } from '#contract/endpoint.ts'
import { request } from '../../lib/client.ts'
import { listAccessTokens } from './list-access-tokens.ts'

export const useCreateAccessToken = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: BodyOf<typeof endpoint>) =>
      request<typeof endpoint>({ method: 'POST', path: '/api/app/access-tokens', body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: listAccessTokens().queryKey }),
  })
}
