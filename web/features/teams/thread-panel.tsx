/** A thread beside its conversation: the message that it hangs on, the replies, and where the next one is written. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { TeamConversation } from '#contract/messages/team.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { messageColumn } from '../chat/message-row.tsx'
import { findLoaded } from './list-team-messages.ts'
import { readMessage } from './read-message.ts'
import { SidePanel } from './side-panel.tsx'
import { TeamTimeline } from './team-timeline.tsx'

interface ThreadPanelProps {
  readonly team: TeamConversation
  readonly threadId: string
  readonly wanted: string | undefined
  readonly onJumped: () => void
  readonly onClose: () => void
}

export const ThreadPanel = ({ team, threadId, wanted, onJumped, onClose }: ThreadPanelProps) => {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const read = useQuery({
    ...readMessage(threadId),
    initialData: () => findLoaded(queries, team.id, threadId),
    initialDataUpdatedAt: 0,
  })
  const isGone = read.error !== null && asRequestError(read.error).status === 404
  return (
    <SidePanel title={t('teams.thread')} onClose={onClose}>
      {isGone && <p className={`${messageColumn} py-3 text-small text-soft`}>{t('teams.rootGone')}</p>}
      <TeamTimeline
        key={threadId}
        team={team}
        place={{ conversationId: team.id, threadId }}
        root={isGone ? undefined : read.data}
        wanted={wanted}
        onOpenThread={() => {}}
        onJumped={onJumped}
      />
    </SidePanel>
  )
}
