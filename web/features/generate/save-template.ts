/** Adds, changes, deletes a prompt template. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { BodyOf } from '#contract/endpoint.ts'
import type {
  createTemplate as createEndpoint,
  deleteTemplate as deleteEndpoint,
  TemplateChange,
  updateTemplate as updateEndpoint,
} from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadScaffolds } from './list-scaffolds.ts'
import { rereadTemplates } from './list-templates.ts'

export type TemplateEdit =
  | { readonly to: 'add'; readonly body: BodyOf<typeof createEndpoint> }
  | { readonly to: 'change'; readonly id: string; readonly body: TemplateChange }
  | { readonly to: 'delete'; readonly id: string }

const send = (edit: TemplateEdit): Promise<unknown> => {
  const path = '/api/training/templates'
  switch (edit.to) {
    case 'add':
      return request<typeof createEndpoint>({ method: 'POST', path, body: edit.body })
    case 'change':
      return request<typeof updateEndpoint>({
        method: 'PATCH',
        path: `${path}/{id}`,
        params: { id: edit.id },
        body: edit.body,
      })
    case 'delete':
      return request<typeof deleteEndpoint>({ method: 'DELETE', path: `${path}/{id}`, params: { id: edit.id } })
  }
}

export const useEditTemplate = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: send,
    // What a run would ask goes by the templates.
    onSettled: () => Promise.all([rereadTemplates(queries), rereadScaffolds(queries)]),
  })
}
