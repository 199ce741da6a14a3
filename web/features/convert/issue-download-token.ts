/** A token for one download of one file. */
import type { issueDownloadToken as endpoint } from '#contract/conversion/index.ts'
import { request } from '../../lib/client.ts'
import { withCsrfToken } from './csrf-token.ts'

export const issueDownloadToken = async (jobId: string): Promise<string> => {
  const { data } = await withCsrfToken((headers) =>
    request<typeof endpoint>({
      method: 'POST',
      path: '/download_token',
      headers,
      body: { job_id: jobId },
      keepsSession: true,
    }),
  )
  return data.download_token
}
