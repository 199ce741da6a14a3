/** What the session holds, and until when. */
import type { readSession as endpoint } from '#contract/conversion/index.ts'
import { request } from '../../lib/client.ts'

export const readSession = async () => {
  const { data } = await request<typeof endpoint>({ method: 'GET', path: '/session', keepsSession: true })
  return data
}
