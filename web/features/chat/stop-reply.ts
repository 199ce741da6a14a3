/** Stops the reply that is being written; what was written stays. */
import type { stopReply as endpoint } from '#contract/app/index.ts'
import { request } from '../../lib/client.ts'

export const stopReply = (id: string) =>
  request<typeof endpoint>({ method: 'DELETE', path: '/api/app/conversations/{id}/replies/current', params: { id } })
