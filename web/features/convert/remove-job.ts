/** Removes a job with its files from the server. */
import type { removeJob as endpoint } from '#contract/conversion/index.ts'
import { request } from '../../lib/client.ts'
import { withCsrfToken } from './csrf-token.ts'

export const removeJob = (jobId: string) =>
  withCsrfToken((headers) =>
    request<typeof endpoint>({
      method: 'POST',
      path: '/session/remove',
      headers,
      body: { job_id: jobId },
      keepsSession: true,
    }),
  )
