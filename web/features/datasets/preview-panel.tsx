/** What a version would hold if it were frozen now, and what it would leave out. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'
import { useSettled } from '../../lib/use-settled.ts'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { whole } from '../generate/figures.ts'
import { dropReasons } from './drop-reasons.ts'
import { type Draft, previewDataset } from './preview-dataset.ts'

/** How long a change must rest before it is asked about, in milliseconds. */
const REST = 400

export const PreviewPanel = ({
  datasetId,
  draft,
}: {
  readonly datasetId: string
  /** Null while something in it can't be meant. */
  readonly draft: Draft | null
}) => {
  const { t } = useTranslation()
  const settled = useSettled(draft, REST)
  if (draft === null || settled === null) return <p className="text-soft">{t('datasets.previewWaits')}</p>
  return <Preview datasetId={datasetId} draft={settled} isBehind={settled !== draft} />
}

const Preview = ({
  datasetId,
  draft,
  isBehind,
}: {
  readonly datasetId: string
  readonly draft: Draft
  readonly isBehind: boolean
}) => {
  const { t, i18n } = useTranslation()
  const preview = useQuery({ ...previewDataset(datasetId, draft), placeholderData: keepPreviousData, gcTime: 60_000 })
  if (preview.error && !preview.isPlaceholderData) {
    return (
      <ErrorState
        compact
        title={t('datasets.previewFailed')}
        error={preview.error}
        onRetry={() => void preview.refetch()}
      />
    )
  }
  if (!preview.data) {
    return (
      <Loading>
        <Skeleton className="h-32 w-full" />
      </Loading>
    )
  }
  const { selected, kept, dropped, tokens } = preview.data
  const isOld = preview.isPlaceholderData || isBehind
  const number = (value: number) => whole(value, i18n.language)
  return (
    <div
      role="status"
      aria-busy={isOld}
      className={cx('transition-opacity', isOld && 'opacity-50')}
      data-testid="preview"
    >
      <p className="text-title font-strong tabular-nums">
        {t(dropped.near_duplicate === null ? 'datasets.keptAtMost' : 'datasets.kept', {
          count: kept,
          total: number(kept),
        })}
      </p>
      <p className="text-small text-soft tabular-nums">
        {t('datasets.ofSelected', { count: selected, total: number(selected) })}
        {' · '}
        {t('datasets.tokenCount', { count: tokens, total: number(tokens) })}
      </p>
      <dl className="mt-3 border-t border-hairline text-small">
        {dropReasons.map((reason) => (
          <div key={reason} className="flex justify-between gap-4 border-b border-hairline py-1.5">
            <dt className={cx(!dropped[reason] && 'text-soft')}>{t(`datasets.drop_${reason}`)}</dt>
            <dd className="tabular-nums">
              {dropped[reason] === null ? t('datasets.notLookedFor') : number(dropped[reason])}
            </dd>
          </div>
        ))}
      </dl>
      {dropped.near_duplicate === null && (
        <p className="mt-2 text-small text-soft">{t('datasets.nearDuplicatesLater')}</p>
      )}
    </div>
  )
}
