/** Makes an account and signs in. */
import { useMutation } from '@tanstack/react-query'
import type { register as endpoint } from '#contract/conversations/index.ts'
import { request } from '../../lib/client.ts'
import type { Credentials } from './log-in.ts'

export const useRegister = () =>
  useMutation({
    mutationFn: (body: Credentials) =>
      request<typeof endpoint>({ method: 'POST', path: '/api/auth/register', body, keepsSession: true }),
  })
