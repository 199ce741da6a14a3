/** Puts everything of the starter set back as it was. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { restoreStarter as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadScaffolds } from './list-scaffolds.ts'
import { rereadTemplates } from './list-templates.ts'

export const useRestoreStarter = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () =>
      request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/scaffolding/restore-starter',
        body: {},
      }),
    onSettled: () => Promise.all([rereadScaffolds(queries), rereadTemplates(queries)]),
  })
}
