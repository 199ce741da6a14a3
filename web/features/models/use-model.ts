/** The model that the next message goes to, and how to change it. */
import { useQuery } from '@tanstack/react-query'
import { useMe } from '../account/read-me.ts'
import { chooseModel } from './choose-model.ts'
import { rememberModel, useLastModel } from './last-model.ts'
import { listModels } from './list-models.ts'

export const useModel = () => {
  const me = useMe()
  const models = useQuery(listModels())
  const last = useLastModel(me.id)
  const groups = models.data?.groups
  const model = groups ? chooseModel(groups, last, me.defaultModel, models.data?.defaultModel ?? null) : null
  return {
    groups,
    model,
    /** Its id; while the list is on its way that of the model which was chosen before, so that nobody has to wait for a list. */
    target: groups ? (model?.id ?? null) : (last ?? me.defaultModel),
    choose: (id: string) => rememberModel(me.id, id),
    isPending: models.isPending,
    error: models.error,
    retry: () => void models.refetch(),
  }
}
