/** Tells the others that the person is writing. */
import type { sayTyping as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'

export const sayTyping = (id: string) =>
  request<typeof endpoint>({ method: 'POST', path: '/api/team/conversations/{id}/typing', params: { id } })
