/** The list column of the Teams area. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { SquarePen, Star, Users } from 'lucide-react'
import { memo, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { TeamConversation } from '#contract/messages/team.ts'
import { cx } from '../../lib/class-names.ts'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { usePending } from '../../lib/undoable.ts'
import { useNow } from '../../lib/use-now.ts'
import { buttonLook, iconButtonLook } from '../../ui/button.tsx'
import { ListColumn } from '../../ui/column.tsx'
import { EmptyState, ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { tip } from '../../ui/tooltip.tsx'
import { VirtualList } from '../../ui/virtual-list.tsx'
import { listTeams } from './list-teams.ts'
import { allTeams } from './team-pages.ts'
import { UnreadCount } from './unread-count.tsx'

/** How high a row is, in pixels. */
const ROW = 60

export const TeamList = ({ hiddenOnPhone }: { readonly hiddenOnPhone: boolean }) => {
  const { t } = useTranslation()
  return (
    <ListColumn
      label={t('teams.conversations')}
      title={t('teams.title')}
      hiddenOnPhone={hiddenOnPhone}
      action={
        <span className="flex">
          <Link
            to="/app/teams/starred"
            aria-label={t('teams.starred')}
            className={iconButtonLook()}
            {...tip(t('teams.starred'))}
          >
            <Star size={18} strokeWidth={1.75} aria-hidden />
          </Link>
          <Link to="/app/teams/new" aria-label={t('teams.new')} className={iconButtonLook()} {...tip(t('teams.new'))}>
            <SquarePen size={18} strokeWidth={1.75} aria-hidden />
          </Link>
        </span>
      }
    >
      <Rows />
    </ListColumn>
  )
}

const Rows = () => {
  const { t } = useTranslation()
  const open = useParams({ strict: false }).teamId
  const list = useInfiniteQuery(listTeams())
  const deleted = usePending()
  const all = useMemo(() => allTeams(list.data).filter(({ id }) => !deleted.has(id)), [list.data, deleted])
  if (list.isPending) return <RowSkeletons />
  if (!list.data) {
    return <ErrorState title={t('teams.listFailed')} error={list.error} onRetry={() => void list.refetch()} />
  }
  if (all.length === 0 && !list.hasNextPage) {
    return (
      <EmptyState
        action={
          <Link to="/app/teams/new" className={cx(buttonLook(), 'desk:hidden')}>
            {t('teams.start')}
          </Link>
        }
      >
        {t('teams.empty')}
      </EmptyState>
    )
  }
  return (
    <VirtualList items={all} height={ROW} pages={list} failed={t('teams.listFailed')}>
      {(team) => <Row team={team} isOpen={team.id === open} />}
    </VirtualList>
  )
}

const RowSkeletons = () => (
  <Loading>
    {['w-[70%]', 'w-[45%]', 'w-[82%]', 'w-[58%]'].map((width) => (
      <div key={width} className="flex h-15 flex-col justify-center gap-2 px-4">
        <Skeleton className="h-4 w-1/2" />
        <Skeleton className={cx('h-3', width)} />
      </div>
    ))}
  </Loading>
)

const Row = memo(({ team, isOpen }: { readonly team: TeamConversation; readonly isOpen: boolean }) => {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const { unreadCount, mentionCount } = team
  return (
    <Link
      to="/app/teams/$teamId"
      params={{ teamId: team.id }}
      aria-current={isOpen ? 'page' : undefined}
      className={cx(
        'flex h-full flex-col justify-center rounded px-2 -outline-offset-2! transition-colors duration-150',
        isOpen ? 'bg-hover' : 'hover:bg-hover',
      )}
    >
      <span className="flex min-w-0 items-center gap-2">
        {team.type === 'group' && <Users size={14} strokeWidth={1.75} className="shrink-0 text-soft" aria-hidden />}
        <span className={cx('min-w-0 flex-1 truncate', (isOpen || unreadCount > 0) && 'font-strong')}>
          {team.title}
        </span>
        <time
          dateTime={team.activeAt}
          title={exactTime(team.activeAt, i18n.language)}
          className="shrink-0 text-small text-soft tabular-nums"
        >
          {relativeTime(team.activeAt, now, i18n.language)}
        </time>
      </span>
      <span className="flex min-w-0 items-center gap-2 text-small text-soft">
        <span className="min-w-0 flex-1 truncate">{team.preview ?? t('teams.noMessages')}</span>
        {unreadCount > 0 && (
          <>
            <UnreadCount count={unreadCount} mentions={mentionCount} />
            <span className="sr-only">
              {t('teams.unread', { count: unreadCount })}
              {mentionCount > 0 && ` ${t('teams.mentioned')}`}
            </span>
          </>
        )}
      </span>
    </Link>
  )
})
