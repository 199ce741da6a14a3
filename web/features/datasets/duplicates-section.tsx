/** Groups of conversations of a version that say the same, or nearly. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { MoreButton } from '../../ui/more-button.tsx'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { whole } from '../generate/figures.ts'
import { ItemRow } from './items-section.tsx'
import { listClusters } from './list-clusters.ts'
import type { VersionKey } from './read-version.ts'

export const DuplicatesSection = ({ version }: { readonly version: VersionKey }) => {
  const { t, i18n } = useTranslation()
  const list = useInfiniteQuery(listClusters(version))
  if (list.error && !list.data) {
    return (
      <ErrorState compact title={t('datasets.clustersFailed')} error={list.error} onRetry={() => void list.refetch()} />
    )
  }
  if (!list.data) {
    return (
      <Loading>
        <Skeleton className="h-40 w-full" />
      </Loading>
    )
  }
  const all = list.data.pages.flatMap(({ clusters }) => clusters)
  if (all.length === 0) return <p className="py-3 text-soft">{t('datasets.noClusters')}</p>
  return (
    <section aria-label={t('datasets.view_duplicates')} className="flex flex-col gap-6">
      {all.map(({ cluster_id: id, conversations, items }) => (
        <div key={id}>
          <h2 className="mb-1 text-small font-strong">
            {t('datasets.alike', { count: conversations, total: whole(conversations, i18n.language) })}
          </h2>
          <ul className="border-t border-hairline">
            {items.map((item) => (
              <ItemRow key={item.conversation_id} version={version} item={item} />
            ))}
          </ul>
          {conversations > items.length && (
            <p className="mt-1 text-small text-soft">
              {t('datasets.andMore', { count: conversations - items.length })}
            </p>
          )}
        </div>
      ))}
      <MoreButton query={list} />
    </section>
  )
}
