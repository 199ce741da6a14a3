/** The person's key, and every source of models with what it offers. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmButton } from '../../ui/confirm-button.tsx'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useMe } from '../account/read-me.ts'
import { useUpdateMe } from '../account/update-me.ts'
import { allModels } from '../models/choose-model.ts'
import { KeyForm } from '../models/key-form.tsx'
import { listModels } from '../models/list-models.ts'
import { ModelPicker } from '../models/model-picker.tsx'
import { useDeleteApiKey } from '../models/save-api-key.ts'

export const ModelsSection = () => (
  <div className="flex flex-col gap-8">
    <Key />
    <Sources />
  </div>
)

const Key = () => {
  const { t } = useTranslation()
  const me = useMe()
  const forget = useDeleteApiKey()
  const [replacing, setReplacing] = useState(false)
  if (me.hasApiKey && !replacing) {
    return (
      <div>
        <p>{t('models.keyPresent')}</p>
        <div className="mt-3 flex flex-wrap gap-2">
          <Button onClick={() => setReplacing(true)}>{t('models.keyReplace')}</Button>
          <ConfirmButton
            label={t('models.keyForget')}
            question={`${t('models.keyForget')}?`}
            disabled={forget.isPending}
            onConfirm={() =>
              forget.mutate(undefined, {
                onSuccess: () => showToast({ text: t('models.keyForgotten') }),
                onError: (error) => showToast({ text: errorText(t, error), tone: 'danger' }),
              })
            }
          />
        </div>
      </div>
    )
  }
  return (
    <div>
      {!me.hasApiKey && <p>{t('models.keyAbsent')}</p>}
      <p className="mb-3 text-soft">{t('models.keyBody')}</p>
      <KeyForm onSaved={() => setReplacing(false)} {...(replacing ? { onCancel: () => setReplacing(false) } : {})} />
    </div>
  )
}

const Sources = () => {
  const { t } = useTranslation()
  const me = useMe()
  const update = useUpdateMe()
  const models = useQuery(listModels())
  if (models.isPending) {
    return (
      <Loading>
        <Skeleton className="h-24 w-full" />
      </Loading>
    )
  }
  if (!models.data) {
    return (
      <ErrorState compact title={t('models.loadFailed')} error={models.error} onRetry={() => void models.refetch()} />
    )
  }
  const { groups } = models.data
  const value =
    me.defaultModel === null
      ? null
      : (allModels(groups).find(({ id }) => id === me.defaultModel) ?? { id: me.defaultModel, name: me.defaultModel })
  const setDefault = (defaultModel: string | null) =>
    update.mutate(
      { defaultModel },
      { onError: (error) => showToast({ text: `${t('settings.saveFailed')} ${errorText(t, error)}`, tone: 'danger' }) },
    )
  return (
    <>
      <div>
        <h3 className="text-small font-strong">{t('models.default')}</h3>
        <div className="mt-1 flex flex-wrap items-center gap-2">
          <ModelPicker
            framed
            groups={groups}
            value={value ?? { id: '', name: t('models.defaultNone') }}
            onChoose={setDefault}
          />
          {value && (
            <Button look="quiet" onClick={() => setDefault(null)}>
              {t('models.defaultClear')}
            </Button>
          )}
        </div>
        <p className="mt-1 text-small text-soft">{t('models.defaultHint')}</p>
      </div>
      <div>
        <h3 className="mb-1 text-small font-strong">{t('models.sources')}</h3>
        <ul>
          {groups.map((group) => (
            <li key={`${group.source} ${group.name}`} className="border-b border-hairline py-3 last:border-0">
              <div className="flex flex-wrap justify-between gap-x-4">
                <span>{group.name}</span>
                {group.problem === null && (
                  <span className="text-soft tabular-nums">{t('models.count', { count: group.models.length })}</span>
                )}
              </div>
              {group.problem !== null && <p className="text-danger">{group.problem}</p>}
            </li>
          ))}
        </ul>
      </div>
    </>
  )
}
