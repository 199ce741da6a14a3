/** Every dataset, and how a new one is made. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Database, Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Dataset } from '#contract/training/index.ts'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { useNow } from '../../lib/use-now.ts'
import { buttonLook } from '../../ui/button.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { EmptyState, ErrorState } from '../../ui/states.tsx'
import { RowsWaiting } from '../training/rows-waiting.tsx'
import { TrainingPage } from '../training/training-page.tsx'
import { listDatasets } from './list-datasets.ts'
import { NewDataset } from './new-dataset.tsx'

export const DatasetsPage = () => {
  const { t } = useTranslation()
  const { new: isNew, ...filters } = useSearch({ from: '/conversations/datasets' })
  const navigate = useNavigate()
  const onBack = () => void navigate({ to: '/conversations/datasets' })
  if (isNew) {
    return (
      <TrainingPage name="new dataset" title={t('datasets.new')} onBack={onBack}>
        <NewDataset
          filters={filters}
          onFilter={(next) =>
            void navigate({ to: '/conversations/datasets', search: { ...next, new: true }, replace: true })
          }
          onCancel={onBack}
          onMade={(id) =>
            void navigate({ to: '/conversations/datasets/$datasetId', params: { datasetId: id }, replace: true })
          }
        />
      </TrainingPage>
    )
  }
  return (
    <TrainingPage name="datasets" title={t('training.datasets')} actions={<NewLink />}>
      <Datasets />
    </TrainingPage>
  )
}

const NewLink = () => {
  const { t } = useTranslation()
  return (
    <Link to="/conversations/datasets" search={{ new: true }} className={buttonLook('primary')}>
      <Plus size={18} strokeWidth={1.75} aria-hidden /> {t('datasets.new')}
    </Link>
  )
}

const Datasets = () => {
  const { t } = useTranslation()
  const list = useInfiniteQuery(listDatasets())
  if (list.error && !list.data) {
    return <ErrorState title={t('datasets.listFailed')} error={list.error} onRetry={() => void list.refetch()} />
  }
  if (!list.data) return <RowsWaiting />
  const all = list.data.pages.flatMap(({ datasets }) => datasets)
  if (all.length === 0) {
    return (
      <EmptyState icon={Database} action={<NewLink />}>
        {t('datasets.none')}
      </EmptyState>
    )
  }
  return (
    <div className="flex max-w-[64rem] flex-col gap-4 px-4 pt-2 pb-24 desk:px-6">
      <ul>
        {all.map((dataset) => (
          <DatasetRow key={dataset.id} dataset={dataset} />
        ))}
      </ul>
      <MoreButton query={list} />
    </div>
  )
}

const DatasetRow = ({ dataset }: { readonly dataset: Dataset }) => {
  const { t, i18n } = useTranslation()
  const now = useNow()
  return (
    <li className="border-b border-hairline">
      <Link
        to="/conversations/datasets/$datasetId"
        params={{ datasetId: dataset.id }}
        className="-mx-2 flex flex-col gap-0.5 rounded px-2 py-3 hover:bg-hover"
      >
        <span className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className="min-w-0 font-strong wrap-anywhere">{dataset.name}</span>
          <span className="text-small text-soft">
            {dataset.latest_version === 0
              ? t('datasets.noVersionYet')
              : t('datasets.versionNumber', { version: dataset.latest_version })}
          </span>
        </span>
        <span className="flex flex-wrap justify-between gap-x-4 text-small text-soft">
          <span className="line-clamp-1 min-w-0">{dataset.description}</span>
          <time dateTime={dataset.updated_at} title={exactTime(dataset.updated_at, i18n.language)}>
            {relativeTime(dataset.updated_at, now, i18n.language)}
          </time>
        </span>
      </Link>
    </li>
  )
}
