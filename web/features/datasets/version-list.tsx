/** The versions of a dataset, the latest first. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { DatasetVersion } from '#contract/training/index.ts'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { useNow } from '../../lib/use-now.ts'
import { MoreButton } from '../../ui/more-button.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { whole } from '../generate/figures.ts'
import { listVersions } from './list-versions.ts'
import { splitNames } from './settings.ts'
import { StatusMark } from './status-mark.tsx'
import { isUnderWay } from './under-way.ts'

export const VersionList = ({ datasetId }: { readonly datasetId: string }) => {
  const { t } = useTranslation()
  const list = useInfiniteQuery(listVersions(datasetId))
  return (
    <section aria-labelledby="versions-title" className="flex flex-col gap-2">
      <h2 id="versions-title" className="font-strong">
        {t('datasets.versions')}
      </h2>
      {list.error && !list.data ? (
        <ErrorState
          compact
          title={t('datasets.versionsFailed')}
          error={list.error}
          onRetry={() => void list.refetch()}
        />
      ) : !list.data ? (
        <Loading>
          <Skeleton className="h-14 w-full" />
        </Loading>
      ) : (
        <>
          <ul className="border-t border-hairline">
            {list.data.pages
              .flatMap(({ versions }) => versions)
              .map((version) => (
                <VersionRow key={version.version} version={version} />
              ))}
          </ul>
          <MoreButton query={list} />
        </>
      )}
    </section>
  )
}

const VersionRow = ({ version }: { readonly version: DatasetVersion }) => {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const { counts } = version
  const facts =
    counts === null
      ? []
      : [
          t('datasets.conversationCount', { count: counts.kept, total: whole(counts.kept, i18n.language) }),
          ...splitNames
            .filter((split) => counts.splits[split].conversations > 0)
            .map(
              (split) => `${t(`datasets.split_${split}`)} ${whole(counts.splits[split].conversations, i18n.language)}`,
            ),
          t('datasets.tokenCount', { count: counts.tokens.total, total: whole(counts.tokens.total, i18n.language) }),
        ]
  return (
    <li className="border-b border-hairline">
      <Link
        to="/conversations/datasets/$datasetId/versions/$version"
        params={{ datasetId: version.dataset_id, version: String(version.version) }}
        className="-mx-2 flex flex-col gap-1 rounded px-2 py-2.5 hover:bg-hover"
      >
        <span className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className="font-strong tabular-nums">{t('datasets.versionNumber', { version: version.version })}</span>
          <StatusMark status={version.status} />
        </span>
        {isUnderWay(version) && (
          <ProgressBar
            label={t('datasets.freezing')}
            value={version.progress.processed}
            max={version.progress.total ?? 0}
          />
        )}
        <span className="flex flex-wrap justify-between gap-x-4 text-small text-soft tabular-nums">
          <span>{facts.join(' · ')}</span>
          <time dateTime={version.created_at} title={exactTime(version.created_at, i18n.language)}>
            {relativeTime(version.created_at, now, i18n.language)}
          </time>
        </span>
      </Link>
    </li>
  )
}
