/** Puts conversations into one of the person's datasets, chosen in a dialog that says what came of it. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Check, Plus } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Dataset } from '#contract/training/index.ts'
import { Button, buttonLook } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { ErrorState, FormError, Loading, Skeleton } from '../../ui/states.tsx'
import { memberErrorText, useChangeMembers } from './change-members.ts'
import { listDatasets } from './list-datasets.ts'

export const AddToDataset = ({
  conversationIds,
  unapproved,
  onClose,
}: {
  readonly conversationIds: string[]
  /** How many of them are not approved. */
  readonly unapproved: number
  readonly onClose: () => void
}) => {
  const { t } = useTranslation()
  const change = useChangeMembers()
  const count = conversationIds.length
  return (
    <Dialog open onClose={onClose} title={t('datasets.addTitle', { count })}>
      {/* There before it says anything, so that it is read aloud when it does. */}
      <p role="status" className="flex gap-2 wrap-anywhere">
        {change.data && (
          <>
            <Check size={20} strokeWidth={1.75} className="mt-0.5 shrink-0 text-accent" aria-hidden />
            {t('datasets.added', { count, name: change.data.name })}
          </>
        )}
      </p>
      {change.data ? (
        <Done datasetId={change.data.id} onClose={onClose} />
      ) : (
        <div className="flex flex-col gap-4">
          {unapproved > 0 && (
            <p className="text-small text-soft">
              {t(count === 1 ? 'datasets.oneUnapproved' : 'datasets.someUnapproved', { count: unapproved })}
            </p>
          )}
          {change.error && <FormError>{memberErrorText(t, change.error)}</FormError>}
          <Datasets
            chosen={change.isPending ? change.variables.datasetId : null}
            onChoose={(datasetId) => {
              if (!change.isPending) change.mutate({ datasetId, include: conversationIds })
            }}
          />
        </div>
      )}
    </Dialog>
  )
}

const Done = ({ datasetId, onClose }: { readonly datasetId: string; readonly onClose: () => void }) => {
  const { t } = useTranslation()
  const close = useRef<HTMLButtonElement>(null)
  // What was pressed is gone.
  useEffect(() => close.current?.focus(), [])
  return (
    <div className="mt-4 flex flex-wrap gap-2">
      <Button ref={close} look="primary" onClick={onClose}>
        {t('common.close')}
      </Button>
      <Link to="/conversations/datasets/$datasetId" params={{ datasetId }} className={buttonLook()}>
        {t('datasets.toDataset')}
      </Link>
    </div>
  )
}

const Datasets = ({
  chosen,
  onChoose,
}: {
  /** That they are being put into. */
  readonly chosen: string | null
  readonly onChoose: (datasetId: string) => void
}) => {
  const { t } = useTranslation()
  const list = useInfiniteQuery(listDatasets())
  if (list.error && !list.data) {
    return (
      <ErrorState compact title={t('datasets.listFailed')} error={list.error} onRetry={() => void list.refetch()} />
    )
  }
  if (!list.data) {
    return (
      <Loading>
        <Skeleton className="h-32 w-full" />
      </Loading>
    )
  }
  const all = list.data.pages.flatMap(({ datasets }) => datasets)
  if (all.length === 0) {
    return (
      <div className="flex flex-col items-start gap-3">
        <p className="text-soft">{t('datasets.none')}</p>
        <Link to="/conversations/datasets" search={{ new: true }} className={buttonLook('primary')}>
          <Plus size={18} strokeWidth={1.75} aria-hidden /> {t('datasets.new')}
        </Link>
      </div>
    )
  }
  return (
    <>
      <ul aria-label={t('training.datasets')} className="border-t border-hairline">
        {all.map((dataset) => (
          <DatasetChoice
            key={dataset.id}
            dataset={dataset}
            isChosen={chosen === dataset.id}
            isDisabled={chosen !== null}
            onChoose={() => onChoose(dataset.id)}
          />
        ))}
      </ul>
      <MoreButton query={list} />
    </>
  )
}

const DatasetChoice = ({
  dataset,
  isChosen,
  isDisabled,
  onChoose,
}: {
  readonly dataset: Dataset
  readonly isChosen: boolean
  readonly isDisabled: boolean
  readonly onChoose: () => void
}) => {
  const { t } = useTranslation()
  return (
    <li className="border-b border-hairline">
      <button
        type="button"
        // Not `disabled`, which would let go of the focus.
        aria-disabled={isDisabled}
        className="flex min-h-10 w-full items-baseline justify-between gap-4 rounded px-2 py-2 text-start hover:bg-hover aria-disabled:opacity-50"
        onClick={onChoose}
      >
        <span className="min-w-0 font-strong wrap-anywhere">{dataset.name}</span>
        <span className="shrink-0 text-small text-soft">
          {isChosen ? (
            <Spinner />
          ) : dataset.latest_version === 0 ? (
            t('datasets.noVersionYet')
          ) : (
            t('datasets.versionNumber', { version: dataset.latest_version })
          )}
        </span>
      </button>
    </li>
  )
}
