/** The model that conversations are generated with. Choosing one here leaves the chat's choice alone. */
import { useState } from 'react'
import { allModels } from '../models/choose-model.ts'
import { useModel } from '../models/use-model.ts'

export const useTrainingModel = () => {
  const { choose: _choose, model, ...usual } = useModel()
  const [chosen, choose] = useState<string | null>(null)
  const found = chosen === null ? undefined : allModels(usual.groups ?? []).find(({ id }) => id === chosen)
  return { ...usual, model: found ?? model, choose }
}

export type TrainingModel = ReturnType<typeof useTrainingModel>
