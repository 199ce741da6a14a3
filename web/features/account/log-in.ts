/** Signs in; the session is a cookie that this page never sees. */
import { useMutation } from '@tanstack/react-query'
import type { login as endpoint } from '#contract/conversations/index.ts'
import { request } from '../../lib/client.ts'

export interface Credentials {
  readonly email: string
  readonly password: string
}

export const useLogIn = () =>
  useMutation({
    mutationFn: (body: Credentials) =>
      request<typeof endpoint>({ method: 'POST', path: '/api/auth/login', body, keepsSession: true }),
  })
