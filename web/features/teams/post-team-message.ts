/** Posts a message to a team conversation under an id of this page's own: posted twice, it is stored once. */
import type { BodyOf } from '#contract/endpoint.ts'
import type { postTeamMessage as endpoint } from '#contract/messages/team.ts'
import { request } from '../../lib/client.ts'

export const postTeamMessage = (id: string, body: BodyOf<typeof endpoint>) =>
  request<typeof endpoint>({ method: 'POST', path: '/api/team/conversations/{id}/messages', params: { id }, body })
