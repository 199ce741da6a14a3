/** One dataset: its versions, and what the next one would be. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Database, Pencil } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Dataset } from '#contract/training/index.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { buttonLook, IconButton } from '../../ui/button.tsx'
import { ConfirmButton } from '../../ui/confirm-button.tsx'
import { EmptyState, ErrorState, FormError } from '../../ui/states.tsx'
import { TitleField } from '../../ui/title-field.tsx'
import { RowsWaiting } from '../training/rows-waiting.tsx'
import { TrainingPage } from '../training/training-page.tsx'
import { useChangeDataset } from './change-dataset.ts'
import { useDeleteDataset } from './delete-dataset.ts'
import { NextVersion } from './next-version.tsx'
import { readDataset } from './read-dataset.ts'
import { VersionList } from './version-list.tsx'

export const DatasetPage = ({ id }: { readonly id: string }) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const dataset = useQuery(readDataset(id))
  const [isRenaming, setRenaming] = useState(false)
  const toList = () => void navigate({ to: '/conversations/datasets' })
  const body = () => {
    if (dataset.data) {
      return (
        <Known dataset={dataset.data} isRenaming={isRenaming} onRenamed={() => setRenaming(false)} onGone={toList} />
      )
    }
    if (dataset.error && [400, 404].includes(asRequestError(dataset.error).status)) return <NoDataset />
    if (dataset.error) {
      return <ErrorState title={t('datasets.failed')} error={dataset.error} onRetry={() => void dataset.refetch()} />
    }
    return <RowsWaiting />
  }
  return (
    <TrainingPage
      name={`dataset ${id}`}
      title={dataset.data?.name ?? t('datasets.dataset')}
      onBack={toList}
      actions={
        dataset.data && <IconButton label={t('datasets.rename')} icon={Pencil} onClick={() => setRenaming(true)} />
      }
    >
      {body()}
    </TrainingPage>
  )
}

const NoDataset = () => {
  const { t } = useTranslation()
  return (
    <EmptyState
      icon={Database}
      action={
        <Link to="/conversations/datasets" className={buttonLook()}>
          {t('datasets.toDatasets')}
        </Link>
      }
    >
      {t('datasets.gone')}
    </EmptyState>
  )
}

const Known = ({
  dataset,
  isRenaming,
  onRenamed,
  onGone,
}: {
  readonly dataset: Dataset
  readonly isRenaming: boolean
  readonly onRenamed: () => void
  readonly onGone: () => void
}) => {
  const { t } = useTranslation()
  const remove = useDeleteDataset()
  return (
    <div className="flex max-w-[72rem] flex-col gap-8 px-4 pt-4 pb-24 desk:px-6">
      <About dataset={dataset} isRenaming={isRenaming} onRenamed={onRenamed} />
      {dataset.latest_version > 0 && <VersionList datasetId={dataset.id} />}
      <NextVersion dataset={dataset} />
      <section
        aria-label={t('datasets.delete')}
        className="flex flex-col items-start gap-2 border-t border-hairline pt-4"
      >
        <p className="max-w-[60ch] text-small text-soft">{t('datasets.deleteHint')}</p>
        {remove.error && <FormError>{errorText(t, remove.error)}</FormError>}
        <ConfirmButton
          label={t('datasets.delete')}
          question={t('datasets.deleteQuestion')}
          disabled={remove.isPending}
          onConfirm={() => remove.mutate(dataset.id, { onSuccess: onGone })}
        />
      </section>
    </div>
  )
}

const About = ({
  dataset,
  isRenaming,
  onRenamed,
}: {
  readonly dataset: Dataset
  readonly isRenaming: boolean
  readonly onRenamed: () => void
}) => {
  const { t } = useTranslation()
  const change = useChangeDataset(dataset.id)
  if (!isRenaming && dataset.description === null && !change.error) return null
  return (
    <div className="flex flex-col gap-2">
      {isRenaming && (
        <TitleField
          label={t('datasets.name')}
          title={dataset.name}
          className="h-10 w-full max-w-[32rem]"
          onSave={(name) => change.mutate({ name })}
          onDone={onRenamed}
        />
      )}
      {dataset.description !== null && (
        <p className="max-w-[72ch] whitespace-pre-line text-soft wrap-anywhere">{dataset.description}</p>
      )}
      {change.error && <FormError>{errorText(t, change.error)}</FormError>}
    </div>
  )
}
