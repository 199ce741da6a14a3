/** Signs another browser out, or all others. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { revokeOtherSessions, revokeSession } from '#contract/app/index.ts'
import { request } from '../../lib/client.ts'
import { listSessions } from './list-sessions.ts'

const useRefreshSessions = () => {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: listSessions().queryKey })
}

export const useRevokeSession = () => {
  const onSettled = useRefreshSessions()
  return useMutation({
    mutationFn: (id: string) =>
      request<typeof revokeSession>({ method: 'DELETE', path: '/api/app/sessions/{id}', params: { id } }),
    onSettled,
  })
}

export const useRevokeOtherSessions = () => {
  const onSettled = useRefreshSessions()
  return useMutation({
    mutationFn: () => request<typeof revokeOtherSessions>({ method: 'DELETE', path: '/api/app/sessions' }),
    onSettled,
  })
}
