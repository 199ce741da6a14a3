/** Names conversations in a dataset, leaves them out, or lets its filter decide again; whatever else was chosen stays. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import type { BodyOf } from '#contract/endpoint.ts'
import type { changeMembers as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { listDatasets } from './list-datasets.ts'
import { staleMembers } from './list-members.ts'
import { keepDataset } from './read-dataset.ts'

type Body = BodyOf<typeof endpoint>

export const useChangeMembers = () => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ datasetId, ...lists }: Partial<Body> & { readonly datasetId: string }) => {
      const { dataset } = await request<typeof endpoint>({
        method: 'POST',
        path: '/api/training/datasets/{dataset_id}/members',
        params: { dataset_id: datasetId },
        // The server knows that a list which is not given names nobody.
        body: lists as Body,
      })
      return dataset
    },
    onSuccess: (dataset) => {
      keepDataset(queries, dataset)
      staleMembers(queries, dataset.id)
      void queries.invalidateQueries({ queryKey: listDatasets().queryKey })
    },
  })
}

/** The one conflict that it knows is that no more can be named. */
export const memberErrorText = (t: TFunction, error: unknown): string =>
  asRequestError(error).status === 409 ? t('datasets.tooManyNamed') : errorText(t, error)
