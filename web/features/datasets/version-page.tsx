/** One version: how far it is, what it holds, and its export. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { CircleX } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { DatasetVersion } from '#contract/training/index.ts'
import { announce } from '../../lib/announce.ts'
import { codeText, errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { exactTime } from '../../lib/relative-time.ts'
import { Button, buttonLook } from '../../ui/button.tsx'
import { Choice } from '../../ui/choice.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { EmptyState, ErrorState, FormError } from '../../ui/states.tsx'
import { whole } from '../generate/figures.ts'
import { RowsWaiting } from '../training/rows-waiting.tsx'
import { TrainingPage } from '../training/training-page.tsx'
import { useCancelVersion } from './cancel-version.ts'
import { ChangesSection } from './changes-section.tsx'
import { versionViews } from './datasets-search.ts'
import { DuplicatesSection } from './duplicates-section.tsx'
import { ExportSection } from './export-section.tsx'
import { ItemsSection } from './items-section.tsx'
import { readDataset } from './read-dataset.ts'
import { readVersion, type VersionKey } from './read-version.ts'
import { StatusMark } from './status-mark.tsx'
import { isUnderWay } from './under-way.ts'
import { VersionSummary } from './version-summary.tsx'

export const VersionPage = ({ datasetId, version: number }: VersionKey) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const dataset = useQuery(readDataset(datasetId))
  const version = useQuery(readVersion({ datasetId, version: number }))
  const body = () => {
    if (version.data) return <Version version={version.data} name={dataset.data?.name ?? ''} />
    if (version.error && [400, 404].includes(asRequestError(version.error).status)) {
      return <NoVersion datasetId={datasetId} />
    }
    if (version.error) {
      return (
        <ErrorState title={t('datasets.versionFailed')} error={version.error} onRetry={() => void version.refetch()} />
      )
    }
    return <RowsWaiting />
  }
  const title = t('datasets.versionNumber', { version: Number.isInteger(number) ? number : '?' })
  return (
    <TrainingPage
      name={`version ${datasetId} ${number}`}
      title={dataset.data ? `${dataset.data.name} · ${title}` : title}
      onBack={() => void navigate({ to: '/conversations/datasets/$datasetId', params: { datasetId } })}
    >
      {body()}
    </TrainingPage>
  )
}

const NoVersion = ({ datasetId }: { readonly datasetId: string }) => {
  const { t } = useTranslation()
  return (
    <EmptyState
      icon={CircleX}
      action={
        <Link to="/conversations/datasets/$datasetId" params={{ datasetId }} className={buttonLook()}>
          {t('datasets.toDataset')}
        </Link>
      }
    >
      {t('datasets.noSuchVersion')}
    </EmptyState>
  )
}

const Version = ({ version, name }: { readonly version: DatasetVersion; readonly name: string }) => {
  const { t, i18n } = useTranslation()
  useAnnouncedEnd(version)
  return (
    <div className="flex max-w-[72rem] flex-col gap-6 px-4 pt-4 pb-24 desk:px-6">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <p className="min-w-0">
          <Link
            to="/conversations/datasets/$datasetId"
            params={{ datasetId: version.dataset_id }}
            className="rounded font-strong text-accent wrap-anywhere hover:underline"
          >
            {name === '' ? t('datasets.toDataset') : name}
          </Link>{' '}
          <span className="text-small text-soft">
            {version.completed_at === null
              ? t('datasets.askedAt', { time: exactTime(version.created_at, i18n.language) })
              : t('datasets.frozenAt', { time: exactTime(version.completed_at, i18n.language) })}
          </span>
        </p>
        <StatusMark status={version.status} />
      </div>
      {version.counts === null ? <Unfinished version={version} /> : <Frozen version={version} />}
    </div>
  )
}

/** Says it when it ends, where it was seen to go on. */
const useAnnouncedEnd = ({ status }: DatasetVersion) => {
  const { t } = useTranslation()
  const before = useRef(status)
  useEffect(() => {
    if (isUnderWay({ status: before.current }) && !isUnderWay({ status })) {
      announce(t('datasets.announceEnd', { status: t(`datasets.status_${status}`) }))
    }
    before.current = status
  }, [status, t])
}

const Unfinished = ({ version }: { readonly version: DatasetVersion }) => {
  const { t, i18n } = useTranslation()
  const cancel = useCancelVersion()
  const { progress } = version
  if (!isUnderWay(version)) {
    return (
      <p role="status" className="max-w-[60ch] rounded bg-danger-wash px-3 py-2">
        {version.error ? codeText(t, version.error.code, version.error.message) : t('datasets.wasCancelled')}
      </p>
    )
  }
  return (
    <div className="flex max-w-[40rem] flex-col gap-3">
      <ProgressBar label={t('datasets.freezing')} value={progress.processed} max={progress.total ?? 0} />
      <p className="text-small text-soft tabular-nums">
        {progress.total === null
          ? t('datasets.counting')
          : t('datasets.doneOf', {
              done: whole(progress.processed, i18n.language),
              total: whole(progress.total, i18n.language),
            })}
      </p>
      {cancel.error && <FormError>{errorText(t, cancel.error)}</FormError>}
      <span>
        <Button
          disabled={cancel.isPending}
          onClick={() => cancel.mutate({ datasetId: version.dataset_id, version: version.version })}
        >
          {t('datasets.cancelFreezing')}
        </Button>
      </span>
    </div>
  )
}

const Frozen = ({ version }: { readonly version: DatasetVersion }) => {
  const { t } = useTranslation()
  const { view = 'items' } = useSearch({ from: '/conversations/datasets/$datasetId/versions/$version' })
  const navigate = useNavigate()
  const key = { datasetId: version.dataset_id, version: version.version }
  return (
    <>
      <VersionSummary version={version} />
      <Choice
        label={t('datasets.view')}
        value={view}
        options={versionViews.map((each) => ({ value: each, label: t(`datasets.view_${each}`) }))}
        onChange={(next) =>
          void navigate({
            to: '/conversations/datasets/$datasetId/versions/$version',
            params: { datasetId: key.datasetId, version: String(key.version) },
            search: next === 'items' ? {} : { view: next },
            replace: true,
          })
        }
      />
      {view === 'items' && <ItemsSection version={key} />}
      {view === 'duplicates' && <DuplicatesSection version={key} />}
      {view === 'changes' && <ChangesSection version={key} />}
      {view === 'export' && <ExportSection version={key} />}
    </>
  )
}
