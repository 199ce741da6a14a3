/** Begins a session of conversions, or finds the one that this browser has. */
import type { initSession as endpoint } from '#contract/conversion/index.ts'
import { request } from '../../lib/client.ts'

export const initSession = async (): Promise<string> => {
  const { data } = await request<typeof endpoint>({ method: 'GET', path: '/session/init', keepsSession: true })
  return data.csrf_token
}
