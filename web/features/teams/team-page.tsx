/** An open team conversation, with a thread or its information beside it. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Info, Pencil } from 'lucide-react'
import { useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { TeamConversation } from '#contract/messages/team.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { useTitle } from '../../lib/use-title.ts'
import { buttonLook, IconButton } from '../../ui/button.tsx'
import { Content, ContentHeader } from '../../ui/column.tsx'
import { EmptyState, ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { TitleField } from '../../ui/title-field.tsx'
import { showToast } from '../../ui/toast.tsx'
import { messageColumn } from '../chat/message-row.tsx'
import { OpenedViewer } from '../files/opened-viewer.tsx'
import { ConsentPrompt } from '../sources/consent-prompt.tsx'
import { useIsGone } from './gone.ts'
import { InfoPanel } from './info-panel.tsx'
import { readTeam } from './read-team.ts'
import { useRenameTeam } from './rename-team.ts'
import type { TeamSearch } from './team-search.ts'
import { TeamTimeline } from './team-timeline.tsx'
import { ThreadPanel } from './thread-panel.tsx'

interface TeamPageProps extends TeamSearch {
  readonly id: string
}

export const TeamPage = ({ id, message, thread, panel }: TeamPageProps) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const read = useQuery(readTeam(queries, id))
  const wasRemoved = useIsGone(id)
  const infoButton = useRef<HTMLButtonElement>(null)
  const team = read.data
  useTitle(team?.title ?? '')
  const status = read.error ? asRequestError(read.error).status : null

  const show = (search: TeamSearch, replace = false) =>
    void navigate({ to: '/app/teams/$teamId', params: { teamId: id }, search, replace })
  const back = () => void navigate({ to: '/app/teams' })

  if (wasRemoved || status === 403 || status === 404 || status === 400) {
    const wasIn = wasRemoved || (team !== undefined && status === 403)
    return (
      <Closed
        title={t(wasIn ? 'teams.removedTitle' : status === 403 ? 'teams.forbiddenTitle' : 'chat.goneTitle')}
        onBack={back}
      >
        {t(wasIn ? 'teams.removed' : status === 403 ? 'teams.forbidden' : 'chat.gone')}
      </Closed>
    )
  }
  if (!team) {
    return (
      <Content>
        <ContentHeader onBack={back}>
          {read.isPending && (
            <Loading>
              <Skeleton className="h-5 w-40" />
            </Loading>
          )}
        </ContentHeader>
        {read.error && (
          <div className={messageColumn}>
            <ErrorState title={t('chat.loadFailed')} error={read.error} onRetry={() => void read.refetch()} />
          </div>
        )}
      </Content>
    )
  }
  const beside = { ...(thread ? { thread } : {}), ...(panel ? { panel } : {}) }
  return (
    <Content>
      <div className="flex min-h-0 flex-1">
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <TeamHeader
            team={team}
            onBack={back}
            action={
              <IconButton
                ref={infoButton}
                label={t('teams.about')}
                icon={Info}
                aria-pressed={panel === 'info'}
                onClick={() => show(panel === 'info' ? {} : { panel: 'info' })}
              />
            }
          />
          <ConsentPrompt conversationId={id} />
          <TeamTimeline
            key={id}
            team={team}
            place={{ conversationId: id, threadId: null }}
            wanted={thread === undefined ? message : undefined}
            onOpenThread={(threadId, messageId) =>
              show({ thread: threadId, ...(messageId ? { message: messageId } : {}) })
            }
            onJumped={() => show(beside, true)}
          />
        </div>
        {thread !== undefined && (
          <ThreadPanel
            key={thread}
            team={team}
            threadId={thread}
            wanted={message}
            onJumped={() => show(beside, true)}
            onClose={() => show({})}
          />
        )}
        {thread === undefined && panel === 'info' && (
          <InfoPanel
            team={team}
            onViewMessage={(messageId) => show({ message: messageId })}
            onClose={() => {
              show({})
              requestAnimationFrame(() => infoButton.current?.focus())
            }}
          />
        )}
      </div>
      <OpenedViewer conversationId={id} onViewMessage={(messageId) => show({ message: messageId })} />
    </Content>
  )
}

const Closed = ({
  title,
  onBack,
  children,
}: {
  readonly title: string
  readonly onBack: () => void
  readonly children: ReactNode
}) => {
  const { t } = useTranslation()
  return (
    <Content>
      <ContentHeader onBack={onBack}>{null}</ContentHeader>
      <div className={messageColumn} role="status">
        <EmptyState
          title={title}
          action={
            <Link to="/app/teams" className={buttonLook('primary')}>
              {t('teams.toList')}
            </Link>
          }
        >
          {children}
        </EmptyState>
      </div>
    </Content>
  )
}

const TeamHeader = ({
  team,
  onBack,
  action,
}: {
  readonly team: TeamConversation
  readonly onBack: () => void
  readonly action: ReactNode
}) => {
  const { t } = useTranslation()
  const rename = useRenameTeam()
  const [renaming, setRenaming] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  return (
    <ContentHeader
      onBack={onBack}
      actions={
        <>
          {team.can.rename && (
            <IconButton ref={button} label={t('teams.rename')} icon={Pencil} onClick={() => setRenaming(true)} />
          )}
          {action}
        </>
      }
    >
      {renaming ? (
        <TitleField
          label={t('teams.name')}
          title={team.title}
          className="h-9 w-full max-w-md"
          onSave={(title) =>
            rename.mutate(
              { id: team.id, title, before: team.title },
              {
                onError: (error) => showToast({ text: `${t('teams.notDone')} ${errorText(t, error)}`, tone: 'danger' }),
              },
            )
          }
          onDone={() => {
            setRenaming(false)
            requestAnimationFrame(() => button.current?.focus())
          }}
        />
      ) : (
        <div className="flex min-w-0 items-baseline gap-2">
          <h1 className="truncate font-strong" title={team.title}>
            {team.title}
          </h1>
          {team.type === 'group' && (
            <span className="shrink-0 text-small text-soft">{t('teams.memberCount', { count: team.memberCount })}</span>
          )}
        </div>
      )}
    </ContentHeader>
  )
}

/** Where there is room beside the list, and nothing is open. */
export const NoTeamPage = () => {
  const { t } = useTranslation()
  useTitle(t('teams.title'))
  return (
    <Content hiddenOnPhone>
      <div className={messageColumn}>
        <EmptyState
          title={t('teams.title')}
          action={
            <Link to="/app/teams/new" className={buttonLook('primary')}>
              {t('teams.start')}
            </Link>
          }
        >
          {t('teams.intro')}
        </EmptyState>
      </div>
    </Content>
  )
}
