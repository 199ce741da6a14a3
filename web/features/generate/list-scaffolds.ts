/** What conversations are made of: personas, emotional arcs, topics. The first look gives the starter set. */
import { queryOptions, type QueryClient, useQuery } from '@tanstack/react-query'
import type {
  listEmotionalArcs as arcsEndpoint,
  listPersonas as personasEndpoint,
  listTrainingTopics as topicsEndpoint,
} from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'

const KEY = ['training', 'scaffolding']

const listPersonas = () =>
  queryOptions({
    queryKey: [...KEY, 'personas'],
    queryFn: async ({ signal }) =>
      (await request<typeof personasEndpoint>({ method: 'GET', path: '/api/training/scaffolding/personas', signal }))
        .personas,
  })

const listArcs = () =>
  queryOptions({
    queryKey: [...KEY, 'arcs'],
    queryFn: async ({ signal }) =>
      (await request<typeof arcsEndpoint>({ method: 'GET', path: '/api/training/scaffolding/emotional-arcs', signal }))
        .emotional_arcs,
  })

const listTopics = () =>
  queryOptions({
    queryKey: [...KEY, 'topics'],
    queryFn: async ({ signal }) =>
      (
        await request<typeof topicsEndpoint>({
          method: 'GET',
          path: '/api/training/scaffolding/training-topics',
          signal,
        })
      ).training_topics,
  })

/** All three lists, together: no page needs one of them alone. */
export const useScaffolds = () => {
  const personas = useQuery(listPersonas())
  const arcs = useQuery(listArcs())
  const topics = useQuery(listTopics())
  const all = [personas, arcs, topics]
  const isThere = personas.data && arcs.data && topics.data
  return {
    scaffolds: isThere ? { personas: personas.data, arcs: arcs.data, topics: topics.data } : null,
    error: all.find(({ error }) => error)?.error ?? null,
    retry: () => {
      for (const each of all) if (each.error) void each.refetch()
    },
  }
}

export type Scaffolds = NonNullable<ReturnType<typeof useScaffolds>['scaffolds']>

/** Something of it has changed, and with it what a run would be and what is missing. */
export const rereadScaffolds = (queries: QueryClient): Promise<void> => queries.invalidateQueries({ queryKey: KEY })
