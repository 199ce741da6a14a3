/** The messages of a conversation or a thread, with everything that can be done with them. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TeamConversation, TeamMessage } from '#contract/messages/team.ts'
import { usePending } from '../../lib/undoable.ts'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { useMe } from '../account/read-me.ts'
import { messageColumn } from '../chat/message-row.tsx'
import { fetchMarkdown } from '../chat/use-markdown.ts'
import { modelName } from '../models/choose-model.ts'
import { useModel } from '../models/use-model.ts'
import { DropZone, useAttachFiles } from '../files/attach-files.tsx'
import { listTeamMessages, loadLatest, loadNewer, loadOlder, type Place } from './list-team-messages.ts'
import { listWorkTypes } from './list-work-types.ts'
import { useMessageActions } from './message-actions.ts'
import { TagDialog } from './tag-dialog.tsx'
import { TaskDialog } from './task-dialog.tsx'
import { TeamComposer } from './team-composer.tsx'
import { DayRow, MessageRow, NewRow, OutgoingTeamRow, SystemRow } from './team-row.tsx'
import { timelineRows, type TimelineRow } from './timeline-rows.ts'
import { Timeline } from './timeline.tsx'
import { TypingLine } from './typing-line.tsx'
import { useJump } from './use-jump.ts'
import { useReadMark } from './use-read-mark.ts'
import { useTeamSending } from './use-sending-team.ts'

interface TeamTimelineProps {
  readonly team: TeamConversation
  readonly place: Place
  /** Stands before the messages: what a thread hangs on. */
  readonly root?: TeamMessage | undefined
  readonly wanted: string | undefined
  readonly onOpenThread: (threadId: string, messageId?: string) => void
  readonly onJumped: () => void
}

const Skeletons = () => (
  <Loading>
    <div className={`${messageColumn} flex flex-col gap-3 pt-6`}>
      {['w-[60%]', 'w-[84%]', 'w-[38%]', 'w-[72%]'].map((width) => (
        <div key={width} className="flex gap-3 pt-3">
          <Skeleton className="size-8 rounded-full" />
          <div className="flex flex-1 flex-col gap-2">
            <Skeleton className="h-4 w-32" />
            <Skeleton className={`h-4 ${width}`} />
          </div>
        </div>
      ))}
    </div>
  </Loading>
)

export const TeamTimeline = ({ team, place, root, wanted, onOpenThread, onJumped }: TeamTimelineProps) => {
  const { t } = useTranslation()
  const me = useMe()
  const queries = useQueryClient()
  const { conversationId, threadId } = place
  const inThread = threadId !== null
  const loaded = useQuery(listTeamMessages(queries, place))
  const types = useQuery(listWorkTypes(conversationId)).data?.data
  const { groups } = useModel()
  const hidden = usePending()
  const sending = useTeamSending(conversationId, threadId)
  const attach = useAttachFiles(conversationId, threadId ?? undefined)
  const readAt = useNewsSince(team, loaded.data?.messages.at(-1))
  useEffect(fetchMarkdown, [])

  const { actions, editingId, question, closeQuestion } = useMessageActions({
    team,
    openThread: (message) => onOpenThread(message.threadId ?? message.id),
    retry: sending.retry,
    takeBack: sending.takeBack,
  })
  const messages = useMemo(() => {
    const list = loaded.data?.messages ?? []
    return root && !loaded.data?.hasOlder ? [root, ...list.filter(({ id }) => id !== root.id)] : list
  }, [loaded.data, root])
  const { outbox } = sending
  const hasNewer = loaded.data?.hasNewer ?? false
  const rows = useMemo(
    () =>
      timelineRows({
        messages,
        outbox: hasNewer ? [] : outbox,
        myId: me.id,
        readAt: inThread ? null : readAt,
        hidden,
      }),
    [messages, outbox, hasNewer, me.id, inThread, readAt, hidden],
  )
  const jump = useJump({
    place,
    wanted,
    isLoaded: wanted !== undefined && messages.some(({ id }) => id === wanted),
    isPending: loaded.isPending,
    onThread: onOpenThread,
    onDone: onJumped,
  })
  const onSeen = useReadMark(inThread ? undefined : team, messages)

  const view = (row: TimelineRow) => {
    switch (row.kind) {
      case 'day':
        return <DayRow time={row.time} />
      case 'new':
        return <NewRow />
      case 'system':
        return <SystemRow message={row.message} />
      case 'outgoing':
        return <OutgoingTeamRow post={row.post} goesOn={row.goesOn} name={me.name} myId={me.id} actions={actions} />
      case 'message': {
        const { message } = row
        return (
          <MessageRow
            message={message}
            goesOn={row.goesOn}
            myId={me.id}
            modelName={message.model === null ? null : modelName(groups, message.model)}
            workType={message.workTypeId ? types?.find(({ id }) => id === message.workTypeId) : undefined}
            inThread={inThread}
            isEditing={editingId === message.id}
            isHighlighted={jump.marked === message.id}
            actions={actions}
          />
        )
      }
    }
  }
  const body = () => {
    if (!loaded.data && loaded.error) {
      return (
        <div className={`${messageColumn} flex-1`}>
          <ErrorState title={t('chat.loadFailed')} error={loaded.error} onRetry={() => void loaded.refetch()} />
        </div>
      )
    }
    if (loaded.isPending) {
      return (
        <div className="min-h-0 flex-1 overflow-hidden">
          <Skeletons />
        </div>
      )
    }
    if (rows.length === 0) {
      return (
        <p className={`${messageColumn} flex-1 pt-6 text-soft`}>
          {t(inThread ? 'teams.noReplies' : 'teams.firstMessage')}
        </p>
      )
    }
    return (
      <Timeline
        label={t(inThread ? 'teams.thread' : 'chat.messages')}
        rows={rows}
        hasOlder={loaded.data?.hasOlder ?? false}
        hasNewer={hasNewer}
        onLoadOlder={() => loadOlder(queries, place)}
        onLoadNewer={() => loadNewer(queries, place)}
        onLatest={() => loadLatest(queries, place)}
        target={jump.target}
        onSeen={onSeen}
      >
        {view}
      </Timeline>
    )
  }

  return (
    <DropZone attach={attach} className="flex min-h-0 flex-1 flex-col">
      {body()}
      <TypingLine conversationId={conversationId} />
      <TeamComposer
        conversationId={conversationId}
        threadId={threadId}
        label={t(inThread ? 'teams.writeReply' : 'chat.placeholder')}
        attach={attach}
        onSend={(post, fileNames) => {
          sending.send(post, fileNames)
          if (hasNewer) void loadLatest(queries, place).catch(() => {})
        }}
        onEditLast={() => {
          const last = messages.findLast((message) => message.can.edit && message.senderId === me.id)
          if (last) actions.startEdit(last)
        }}
      />
      {question?.kind === 'tag' && <TagDialog message={question.message} onClose={closeQuestion} />}
      {question?.kind === 'task' && (
        <TaskDialog conversationId={conversationId} message={question.message} onClose={closeQuestion} />
      )}
    </DropZone>
  )
}

/** Where the line above the news stands: where the reader was when they opened the conversation, or when they looked away. */
const useNewsSince = (team: TeamConversation, latest: TeamMessage | undefined): string | null => {
  const [since, setSince] = useState(() => (team.unreadCount > 0 ? team.readAt : null))
  useEffect(() => {
    const onVisibility = () => {
      if (document.visibilityState === 'hidden' && latest) setSince(latest.createdAt)
    }
    document.addEventListener('visibilitychange', onVisibility)
    return () => document.removeEventListener('visibilitychange', onVisibility)
  }, [latest])
  return since
}
