/** Which model writes the conversations. */
import { useTranslation } from 'react-i18next'
import { ModelPicker } from '../models/model-picker.tsx'
import { ErrorState } from '../../ui/states.tsx'
import type { TrainingModel } from './use-training-model.ts'

export const ModelField = ({ models }: { readonly models: TrainingModel }) => {
  const { t } = useTranslation()
  const { model } = models
  return (
    <div className="min-w-0">
      <p className="mb-1 text-small font-strong" aria-hidden>
        {t('generate.model')}
      </p>
      {models.error && !models.groups ? (
        <ErrorState compact title={t('models.loadFailed')} error={models.error} onRetry={models.retry} />
      ) : (
        <ModelPicker framed groups={models.groups ?? []} value={model} onChoose={models.choose} />
      )}
      {model?.source === 'demo' && <p className="mt-1 text-small text-soft">{t('generate.demoHint')}</p>}
    </div>
  )
}
