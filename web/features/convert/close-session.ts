/** Ends the session: the server removes everything that it holds, at once. */
import type { closeSession as endpoint } from '#contract/conversion/index.ts'
import { request } from '../../lib/client.ts'
import { withCsrfToken } from './csrf-token.ts'

export const closeSession = () =>
  withCsrfToken((headers) =>
    request<typeof endpoint>({ method: 'POST', path: '/session/close', headers, body: {}, keepsSession: true }),
  )
