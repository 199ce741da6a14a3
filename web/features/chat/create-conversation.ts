/** Starts a conversation with its first message. */
import type { createConversation as endpoint } from '#contract/app/index.ts'
import type { BodyOf } from '#contract/endpoint.ts'
import { request } from '../../lib/client.ts'

export const createConversation = (body: BodyOf<typeof endpoint>) =>
  request<typeof endpoint>({ method: 'POST', path: '/api/app/conversations', body })
