/** A version beside another one: what came, what went, what is otherwise. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { ArrowRight, ArrowRightLeft, Minus, Pencil, Plus, type LucideIcon } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReplyOf } from '#contract/endpoint.ts'
import type { diffVersions as endpoint } from '#contract/training/index.ts'
import { MoreButton } from '../../ui/more-button.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { Fact, Facts } from '../generate/facts.tsx'
import { whole } from '../generate/figures.ts'
import { ConversationLink } from './conversation-link.tsx'
import { diffVersions } from './diff-versions.ts'
import { listVersions } from './list-versions.ts'
import type { VersionKey } from './read-version.ts'

export const ChangesSection = ({ version }: { readonly version: VersionKey }) => {
  const { t } = useTranslation()
  const versions = useInfiniteQuery(listVersions(version.datasetId))
  const [chosen, setChosen] = useState<string | null>(null)
  if (versions.error && !versions.data) {
    return (
      <ErrorState
        compact
        title={t('datasets.versionsFailed')}
        error={versions.error}
        onRetry={() => void versions.refetch()}
      />
    )
  }
  if (!versions.data) return <Waiting />
  const others = versions.data.pages
    .flatMap((page) => page.versions)
    .filter(({ version: number, status }) => number !== version.version && status === 'completed')
    .map(({ version: number }) => number)
  const usual = others.find((number) => number < version.version) ?? others[0]
  if (usual === undefined) return <p className="py-3 text-soft">{t('datasets.noOtherVersion')}</p>
  const former = chosen === null ? usual : Number(chosen)
  return (
    <section aria-label={t('datasets.view_changes')} className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end gap-3">
        <SelectField
          label={t('datasets.comparedWith')}
          className="w-60"
          value={String(former)}
          options={others.map((number) => ({
            value: String(number),
            label: t('datasets.versionNumber', { version: number }),
          }))}
          onChange={setChosen}
        />
        <MoreButton query={versions} />
      </div>
      <Changes key={former} version={version} former={former} />
    </section>
  )
}

const Waiting = () => (
  <Loading>
    <Skeleton className="h-40 w-full" />
  </Loading>
)

const kinds = ['added', 'removed', 'changed', 'moved', 'unchanged'] as const

const Changes = ({ version, former }: { readonly version: VersionKey; readonly former: number }) => {
  const { t, i18n } = useTranslation()
  const list = useInfiniteQuery(diffVersions(version, former))
  if (list.error && !list.data) {
    return (
      <ErrorState compact title={t('datasets.changesFailed')} error={list.error} onRetry={() => void list.refetch()} />
    )
  }
  const first = list.data?.pages[0]
  if (!list.data || !first) return <Waiting />
  const all = list.data.pages.flatMap(({ changes }) => changes)
  return (
    <>
      <Facts>
        {kinds.map((kind) => (
          <Fact key={kind} name={t(`datasets.changes_${kind}`)}>
            {whole(first.counts[kind], i18n.language)}
          </Fact>
        ))}
      </Facts>
      {all.length === 0 ? (
        <p className="py-3 text-soft">{t('datasets.noChanges')}</p>
      ) : (
        <ul className="border-t border-hairline">
          {all.map((change) => (
            <ChangeRow key={change.conversation_id} change={change} />
          ))}
        </ul>
      )}
      <MoreButton query={list} />
    </>
  )
}

type Change = ReplyOf<typeof endpoint>['changes'][number]

const icons: Readonly<Record<Change['change'], LucideIcon>> = {
  added: Plus,
  removed: Minus,
  changed: Pencil,
  moved: ArrowRightLeft,
}

const ChangeRow = ({ change }: { readonly change: Change }) => {
  const { t } = useTranslation()
  const Icon = icons[change.change]
  const side = (of: Change['from']) =>
    of === null
      ? null
      : [
          t(`datasets.split_${of.split}`),
          ...(change.change === 'changed' && of.revision !== null
            ? [t('datasets.revision', { revision: of.revision })]
            : []),
        ].join(' · ')
  const [from, to] = [side(change.from), side(change.to)]
  return (
    <li className="flex flex-wrap items-baseline justify-between gap-x-6 border-b border-hairline py-2">
      <ConversationLink id={change.conversation_id} title={change.title} />
      <span className="inline-flex items-center gap-1.5 text-small text-soft tabular-nums">
        <Icon size={14} strokeWidth={1.75} className="shrink-0" aria-hidden />
        {t(`datasets.change_${change.change}`)}
        {' · '}
        {from}
        {from !== null && to !== null && (
          <>
            <ArrowRight size={14} strokeWidth={1.75} className="shrink-0" aria-hidden />
            <span className="sr-only">{t('datasets.becomes')}</span>
          </>
        )}
        {to}
      </span>
    </li>
  )
}
