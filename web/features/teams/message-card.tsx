/** A message outside of its conversation: who said what and when, and the way to it. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { TeamMessage } from '#contract/messages/team.ts'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { useNow } from '../../lib/use-now.ts'

export const MessageCard = ({
  message,
  place,
}: {
  readonly message: TeamMessage
  /** What its conversation is called, where that is not clear anyhow. */
  readonly place?: string | undefined
}) => {
  const { i18n } = useTranslation()
  const now = useNow()
  return (
    <Link
      to="/app/teams/$teamId"
      params={{ teamId: message.conversationId }}
      search={{ message: message.id }}
      className="-mx-2 block min-w-0 flex-1 rounded px-2 py-1.5 hover:bg-hover"
    >
      <span className="flex items-baseline gap-2 text-small">
        <span className="min-w-0 truncate font-strong">{message.senderName}</span>
        {place !== undefined && <span className="min-w-0 truncate text-soft">{place}</span>}
        <time
          dateTime={message.createdAt}
          title={exactTime(message.createdAt, i18n.language)}
          className="shrink-0 text-soft tabular-nums"
        >
          {relativeTime(message.createdAt, now, i18n.language)}
        </time>
      </span>
      <span className="line-clamp-3 wrap-anywhere">
        {message.content || message.attachments.map(({ fileName }) => fileName).join(', ')}
      </span>
    </Link>
  )
}
