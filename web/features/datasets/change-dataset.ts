/** Changes the name, the choice or the settings of a dataset; frozen versions stay as they are. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import type { BodyOf } from '#contract/endpoint.ts'
import type { changeDataset as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { listDatasets } from './list-datasets.ts'
import { reloadMembers } from './list-members.ts'
import { keepDataset, readDataset } from './read-dataset.ts'

export const useChangeDataset = (id: string) => {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (change: BodyOf<typeof endpoint>) => {
      const { dataset } = await request<typeof endpoint>({
        method: 'PATCH',
        path: '/api/training/datasets/{dataset_id}',
        params: { dataset_id: id },
        body: change,
      })
      return dataset
    },
    onError: (error) => {
      // What it was changed into is shown, with what is changed here, before it is tried again.
      if (asRequestError(error).status === 409) void queries.invalidateQueries({ queryKey: readDataset(id).queryKey })
    },
    onSuccess: (dataset) => {
      keepDataset(queries, dataset)
      reloadMembers(queries, dataset.id)
      void queries.invalidateQueries({ queryKey: listDatasets().queryKey })
    },
  })
}

/** The one conflict that it knows is that somebody was faster. */
export const changeErrorText = (t: TFunction, error: unknown): string =>
  asRequestError(error).status === 409 ? t('datasets.changedElsewhere') : errorText(t, error)
