/** How a job is getting on, for as long as nobody tells. */
import type { JobStatus, readJobStatus as endpoint } from '#contract/conversion/index.ts'
import { request } from '../../lib/client.ts'

export const readJobStatus = async (jobId: string): Promise<JobStatus> => {
  const { data } = await request<typeof endpoint>({
    method: 'GET',
    path: '/job_status',
    query: { job_id: jobId },
    keepsSession: true,
  })
  return data.status
}
