/** What a file can be converted into by this server. */
import { queryOptions } from '@tanstack/react-query'
import type { listFileFormats as endpoint } from '#contract/messages/files.ts'
import { request } from '../../lib/client.ts'

export const listFileFormats = (fileId: string) =>
  queryOptions({
    queryKey: ['file-formats', fileId],
    queryFn: async ({ signal }) => {
      const { data } = await request<typeof endpoint>({
        method: 'GET',
        path: '/api/files/{fileId}/formats',
        params: { fileId },
        signal,
      })
      return data.map(({ format }) => format)
    },
    staleTime: 60_000,
    retry: false,
  })
