/** Adds, changes, deletes a persona, an arc or a topic. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type {
  createPersona as createEndpoint,
  deletePersona as deleteEndpoint,
  NewPersona,
  updatePersona as updateEndpoint,
} from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { rereadRuns } from './list-generations.ts'
import { rereadScaffolds } from './list-scaffolds.ts'
import type { PartKind } from './scaffold-fields.ts'

const lists: Readonly<Record<PartKind, string>> = {
  personas: '/api/training/scaffolding/personas',
  arcs: '/api/training/scaffolding/emotional-arcs',
  topics: '/api/training/scaffolding/training-topics',
}

const keyNames: Readonly<Record<PartKind, string>> = { personas: 'persona_key', arcs: 'arc_key', topics: 'topic_key' }

export type ScaffoldEdit =
  | { readonly to: 'add'; readonly key: string; readonly body: Record<string, unknown> }
  | { readonly to: 'change'; readonly id: string; readonly body: Record<string, unknown> }
  | { readonly to: 'delete'; readonly id: string }

/** The three kinds differ in their addresses and fields alone; `readDraft` makes the bodies of each. */
const send = (kind: PartKind, edit: ScaffoldEdit): Promise<unknown> => {
  const path = lists[kind]
  switch (edit.to) {
    case 'add': {
      const body = { ...edit.body, [keyNames[kind]]: edit.key } as NewPersona
      return request<typeof createEndpoint>({ method: 'POST', path, body })
    }
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

export const useEditScaffold = (kind: PartKind) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (edit: ScaffoldEdit) => send(kind, edit),
    onSettled: () => Promise.all([rereadScaffolds(queries), rereadRuns(queries)]),
  })
}
