/** How many pages a PDF has: the answer of its first page says so, and that page is shown from the browser's cache afterwards. */
import { queryOptions } from '@tanstack/react-query'
import { refusal } from '../../lib/client.ts'
import { reportSilence } from '../../lib/reachability.ts'
import { unreachable } from '../../lib/request-error.ts'
import { previewUrl } from './shown-file.ts'

export const readPdfPages = (id: string) =>
  queryOptions({
    queryKey: ['pdf-pages', id],
    queryFn: async ({ signal }): Promise<number> => {
      let response: Response
      try {
        response = await fetch(previewUrl(id), { signal })
        await response.clone().arrayBuffer()
      } catch (thrown) {
        if (signal.aborted) throw thrown
        reportSilence()
        throw unreachable()
      }
      if (!response.ok) throw refusal(response.status, await response.json().catch(() => undefined))
      return Math.max(1, Number(response.headers.get('x-total-pages') ?? 1))
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
