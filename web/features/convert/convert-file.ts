/** Asks for a file to be converted. */
import type { convert as endpoint } from '#contract/conversion/index.ts'
import { request } from '../../lib/client.ts'
import { withCsrfToken } from './csrf-token.ts'

export const convertFile = (jobId: string, targetFormat: string) =>
  withCsrfToken((headers) =>
    request<typeof endpoint>({
      method: 'POST',
      path: '/convert',
      headers,
      body: { job_id: jobId, target_format: targetFormat },
      keepsSession: true,
    }),
  )
