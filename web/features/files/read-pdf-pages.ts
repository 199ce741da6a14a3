/** How many pages a PDF has: the answer of its first page says so, and that page is shown from the browser's cache afterwards. */
import { queryOptions } from '@tanstack/react-query'
import { ask } from '../../lib/client.ts'
import { previewUrl } from './shown-file.ts'

export const readPdfPages = (id: string) =>
  queryOptions({
    queryKey: ['pdf-pages', id],
    queryFn: ({ signal }): Promise<number> =>
      ask(previewUrl(id), { signal }, async (response) => {
        await response.arrayBuffer()
        return Math.max(1, Number(response.headers.get('x-total-pages') ?? 1))
      }),
    staleTime: Number.POSITIVE_INFINITY,
  })
