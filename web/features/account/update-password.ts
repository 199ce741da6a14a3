/** Changes the password; every other session ends. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { updatePassword as endpoint } from '#contract/conversations/index.ts'
import { request } from '../../lib/client.ts'
import { listSessions } from './list-sessions.ts'

export const useUpdatePassword = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: { currentPassword: string; newPassword: string }) =>
      request<typeof endpoint>({ method: 'POST', path: '/api/auth/update-password', body, keepsSession: true }),
    onSuccess: () => queries.invalidateQueries({ queryKey: listSessions().queryKey }),
  })
}
