/** Asks again for a reply to the latest message. */
import type { retryReply as endpoint } from '#contract/app/index.ts'
import { request } from '../../lib/client.ts'

export const retryReply = (id: string, model: string) =>
  request<typeof endpoint>({
    method: 'POST',
    path: '/api/app/conversations/{id}/replies',
    params: { id },
    body: { model },
  })
