/** A token for one download of everything that is finished, as a ZIP. */
import type { issueArchiveToken as endpoint } from '#contract/conversion/index.ts'
import { request } from '../../lib/client.ts'
import { withCsrfToken } from './csrf-token.ts'

export const issueArchiveToken = async (): Promise<string> => {
  const { data } = await withCsrfToken((headers) =>
    request<typeof endpoint>({ method: 'POST', path: '/download_token/all', headers, body: {}, keepsSession: true }),
  )
  return data.download_token
}
