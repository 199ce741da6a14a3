/** Stops a conversion; the uploaded file stays. */
import type { cancelJob as endpoint, JobDetails } from '#contract/conversion/index.ts'
import { request } from '../../lib/client.ts'
import { withCsrfToken } from './csrf-token.ts'

export const cancelJob = async (jobId: string): Promise<JobDetails> => {
  const { data } = await withCsrfToken((headers) =>
    request<typeof endpoint>({
      method: 'POST',
      path: '/convert/cancel',
      headers,
      body: { job_id: jobId },
      keepsSession: true,
    }),
  )
  return data
}
