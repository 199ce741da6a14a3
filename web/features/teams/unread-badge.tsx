/** How much there is to read in all team conversations, for the rail. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'
import { listTeams } from './list-teams.ts'
import { allTeams, unreadOf } from './team-pages.ts'
import { UnreadCount } from './unread-count.tsx'

export const useUnread = () => {
  const { data } = useInfiniteQuery(listTeams())
  return useMemo(() => unreadOf(allTeams(data)), [data])
}

export const UnreadBadge = ({ className }: { readonly className?: string }) => {
  const { t } = useTranslation()
  const { count, mentions } = useUnread()
  if (count === 0) return null
  return (
    <span className={cx('absolute', className)}>
      <UnreadCount count={count} mentions={mentions} />
      <span className="sr-only">{t('teams.unread', { count })}</span>
    </span>
  )
}
