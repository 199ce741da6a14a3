/** The conversations of a version, or those that it left out. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DatasetItem } from '#contract/training/index.ts'
import { MoreButton } from '../../ui/more-button.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { whole } from '../generate/figures.ts'
import { ConversationRow } from './conversation-row.tsx'
import { dropReasons } from './drop-reasons.ts'
import { LeaveOut } from './leave-out.tsx'
import { type ItemFilter, listItems } from './list-items.ts'
import { readDataset } from './read-dataset.ts'
import { readVersion, type VersionKey } from './read-version.ts'
import { splitNames } from './settings.ts'

type Shown = '' | (typeof splitNames)[number] | (typeof dropReasons)[number]

const filterOf = (shown: Shown): ItemFilter => {
  const split = splitNames.find((each) => each === shown)
  const dropped = dropReasons.find((each) => each === shown)
  return { ...(split ? { split } : {}), ...(dropped ? { dropped } : {}) }
}

export const ItemsSection = ({ version }: { readonly version: VersionKey }) => {
  const { t } = useTranslation()
  const [shown, setShown] = useState<Shown>('')
  const list = useInfiniteQuery(listItems(version, filterOf(shown)))
  const all = list.data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <section aria-label={t('datasets.view_items')} className="flex flex-col gap-3">
      <SelectField
        label={t('datasets.show')}
        className="max-w-72"
        value={shown}
        options={[
          { value: '', label: t('datasets.everything') },
          ...splitNames.map((value) => ({ value, label: t(`datasets.split_${value}`) })),
          ...dropReasons.map((value) => ({
            value,
            label: t('datasets.leftOutBecause', { reason: t(`datasets.drop_${value}`) }),
          })),
        ]}
        onChange={setShown}
      />
      {list.error && !list.data ? (
        <ErrorState compact title={t('datasets.itemsFailed')} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <Loading>
          <Skeleton className="h-40 w-full" />
        </Loading>
      ) : all.length === 0 ? (
        <p className="py-3 text-soft">{t('datasets.noItems')}</p>
      ) : (
        <>
          <ul className="border-t border-hairline">
            {all.map((item) => (
              <ItemRow key={item.conversation_id} version={version} item={item} />
            ))}
          </ul>
          <MoreButton query={list} />
        </>
      )}
    </section>
  )
}

export const ItemRow = ({ version, item }: { readonly version: VersionKey; readonly item: DatasetItem }) => {
  const { t, i18n } = useTranslation()
  const { data: dataset } = useQuery(readDataset(version.datasetId))
  const { data: frozen } = useQuery(readVersion(version))
  const isOut = dataset?.selection.exclude.includes(item.conversation_id) ?? false
  const number = (value: number) => whole(value, i18n.language)
  const where =
    item.split !== null
      ? t(`datasets.split_${item.split}`)
      : item.dropped !== null
        ? t('datasets.leftOutBecause', { reason: t(`datasets.drop_${item.dropped}`) })
        : ''
  const facts = [
    ...(where === '' ? [] : [where]),
    t('datasets.turnCount', { count: item.turns, total: number(item.turns) }),
    t('datasets.tokenCount', { count: item.tokens, total: number(item.tokens) }),
    ...(item.revision === null ? [] : [t('datasets.revision', { revision: item.revision })]),
    ...(item.similarity === null
      ? []
      : [
          t('datasets.similar', {
            share: new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 }).format(
              item.similarity,
            ),
          }),
        ]),
  ]
  return (
    <ConversationRow
      id={item.conversation_id}
      title={item.title}
      facts={
        <>
          {isOut && <span className="text-ink">{t('datasets.outOfNext')} · </span>}
          {facts.join(' · ')}
        </>
      }
    >
      {/* What was not in the version was left out for a reason of its own. */}
      {dataset && frozen && item.title !== null && (isOut || item.split !== null) && (
        <LeaveOut
          datasetId={dataset.id}
          id={item.conversation_id}
          title={item.title}
          isOut={isOut}
          isNamed={dataset.selection.filter === null || frozen.selection.include.includes(item.conversation_id)}
        />
      )}
    </ConversationRow>
  )
}
