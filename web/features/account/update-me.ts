/** Changes the name or the default model. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { updateMe as endpoint } from '#contract/app/index.ts'
import type { BodyOf } from '#contract/endpoint.ts'
import { request } from '../../lib/client.ts'
import { readMe } from './read-me.ts'

export const useUpdateMe = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: BodyOf<typeof endpoint>) =>
      request<typeof endpoint>({ method: 'PATCH', path: '/api/app/me', body }),
    onSuccess: (person) => queries.setQueryData(readMe().queryKey, person),
  })
}
