/** Posts a message to a conversation; the reply arrives on the conversation's stream. */
import type { postMessage as endpoint } from '#contract/app/index.ts'
import type { BodyOf } from '#contract/endpoint.ts'
import { request } from '../../lib/client.ts'

export const postMessage = (id: string, body: BodyOf<typeof endpoint>) =>
  request<typeof endpoint>({ method: 'POST', path: '/api/app/conversations/{id}/messages', params: { id }, body })
