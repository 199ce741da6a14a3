/** Real conversations that may become training data: one's own with models, and team conversations that one leads. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Users } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Source } from '#contract/training/index.ts'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { useNow } from '../../lib/use-now.ts'
import { buttonLook } from '../../ui/button.tsx'
import { Choice } from '../../ui/choice.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { EmptyState, ErrorState } from '../../ui/states.tsx'
import { RowsWaiting } from '../training/rows-waiting.tsx'
import { TrainingPage } from '../training/training-page.tsx'
import { listSources } from './list-sources.ts'

export const SourcesPage = () => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { kind = 'assistant' } = useSearch({ from: '/conversations/sources' })
  return (
    <TrainingPage name="sources" title={t('training.sources')}>
      <div className="flex flex-col gap-4 px-4 pt-4 desk:px-6">
        <p className="max-w-[72ch] text-soft">{t('sources.intro')}</p>
        <Choice
          label={t('sources.kind')}
          value={kind}
          options={[
            { value: 'assistant', label: t('sources.kind_assistant') },
            { value: 'team', label: t('sources.kind_team') },
          ]}
          onChange={(next) =>
            void navigate({ to: '/conversations/sources', search: next === 'team' ? { kind: next } : {} })
          }
        />
      </div>
      <SourceList key={kind} kind={kind} />
    </TrainingPage>
  )
}

const SourceList = ({ kind }: { readonly kind: Source['kind'] }) => {
  const { t } = useTranslation()
  const list = useInfiniteQuery(listSources(kind))
  if (list.error && !list.data) {
    return <ErrorState title={t('sources.listFailed')} error={list.error} onRetry={() => void list.refetch()} />
  }
  if (!list.data) return <RowsWaiting />
  const sources = list.data.pages.flatMap((page) => page.sources)
  if (sources.length === 0) {
    return (
      <EmptyState
        icon={Users}
        action={
          <Link to={kind === 'team' ? '/app/teams/new' : '/app/conversations/new'} className={buttonLook('primary')}>
            {t(kind === 'team' ? 'teams.start' : 'conversations.new')}
          </Link>
        }
      >
        {t(kind === 'team' ? 'sources.noTeams' : 'sources.noChats')}
      </EmptyState>
    )
  }
  return (
    <div className="flex flex-col gap-4 px-4 pt-2 pb-24 desk:px-6">
      <ul>
        {sources.map((source) => (
          <SourceRow key={source.conversation_id} source={source} />
        ))}
      </ul>
      <MoreButton query={list} />
    </div>
  )
}

const SourceRow = ({ source }: { readonly source: Source }) => {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const { consent } = source
  const facts = [
    t('sources.messageCount', { count: source.message_count }),
    ...(source.taken_count > 0 ? [t('sources.takenCount', { count: source.taken_count })] : []),
    ...(consent ? [t('sources.counts', consent.counts)] : []),
    ...(source.kind === 'team' && consent === null ? [t('sources.notAsked')] : []),
  ]
  return (
    <li className="border-b border-hairline">
      <Link
        to="/conversations/sources/$sourceId"
        params={{ sourceId: source.conversation_id }}
        className="-mx-2 flex flex-col gap-1 rounded px-2 py-3 hover:bg-hover"
      >
        <span className="truncate font-strong">{source.title || t('conversations.untitled')}</span>
        <span className="flex flex-wrap justify-between gap-x-4 text-small text-soft tabular-nums">
          <span>{facts.join(' · ')}</span>
          <time dateTime={source.active_at} title={exactTime(source.active_at, i18n.language)}>
            {relativeTime(source.active_at, now, i18n.language)}
          </time>
        </span>
      </Link>
    </li>
  )
}
