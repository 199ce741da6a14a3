/** An open conversation, and one that is about to begin: the same page, with and without messages. */
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Database, GitBranch, Pencil, Trash2 } from 'lucide-react'
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation } from '#contract/app/index.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { useTitle } from '../../lib/use-title.ts'
import { buttonLook, IconButton, iconButtonLook } from '../../ui/button.tsx'
import { Content, ContentHeader } from '../../ui/column.tsx'
import { ConfirmIconButton } from '../../ui/confirm-button.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { EmptyState, ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { showToast } from '../../ui/toast.tsx'
import { tip } from '../../ui/tooltip.tsx'
import { useMe } from '../account/read-me.ts'
import { useBranchConversation } from '../conversations/branch-conversation.ts'
import { showConversation } from '../conversations/list-conversations.ts'
import { readConversation } from '../conversations/read-conversation.ts'
import { RenameField } from '../conversations/rename-field.tsx'
import { shownTitle } from '../conversations/title.ts'
import { useDelete } from '../conversations/use-delete.ts'
import { modelName } from '../models/choose-model.ts'
import { ConnectModel } from '../models/connect-model.tsx'
import { useModel } from '../models/use-model.ts'
import { Composer } from './composer.tsx'
import { conversationRows, type Row } from './conversation-rows.ts'
import { createConversation } from './create-conversation.ts'
import { NEW, readDraft, saveDraft } from './drafts.ts'
import { startMessages } from './list-messages.ts'
import {
  EndedRow,
  messageColumn,
  OutgoingRow,
  QuestionRow,
  ReplyRow,
  SummaryRow,
  type RowActions,
} from './message-row.tsx'
import { MessageList } from './message-list.tsx'
import { isWriting } from './reply-stream.ts'
import { useConversation } from './use-conversation.ts'
import { fetchMarkdown, useMarkdown } from './use-markdown.ts'
import { useSending } from './use-sending.ts'

const Skeletons = () => (
  <Loading>
    <div className={`${messageColumn} flex flex-col gap-3 pt-6`}>
      <Skeleton className="h-14 w-full" />
      <Skeleton className="mt-3 h-4 w-[92%]" />
      <Skeleton className="h-4 w-[84%]" />
      <Skeleton className="h-4 w-[60%]" />
      <Skeleton className="mt-3 h-14 w-full" />
      <Skeleton className="mt-3 h-4 w-[88%]" />
      <Skeleton className="h-4 w-[71%]" />
    </div>
  </Loading>
)

export const ConversationPage = ({ id }: { readonly id: string }) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const chat = useConversation(id)
  const markdown = useMarkdown()
  const [insert, insertText] = useInsert()
  const actions = useRowActions(id, chat, insertText)
  const title = chat.conversation ? (shownTitle(chat.conversation) ?? t('conversations.untitled')) : ''
  useTitle(title)
  useEffect(fetchMarkdown, [])

  if (chat.isGone) {
    return (
      <Content>
        <ContentHeader onBack={() => void navigate({ to: '/app/conversations' })}>{null}</ContentHeader>
        <div className={messageColumn}>
          <EmptyState
            title={t('chat.goneTitle')}
            action={
              <Link to="/app/conversations/new" className={buttonLook('primary')}>
                {t('conversations.new')}
              </Link>
            }
          >
            {t('chat.gone')}
          </EmptyState>
        </div>
      </Content>
    )
  }
  const body = () => {
    if (chat.rows.length === 0 && chat.error) {
      return (
        <div className={`${messageColumn} flex-1`}>
          <ErrorState title={t('chat.loadFailed')} error={chat.error} onRetry={chat.reload} />
        </div>
      )
    }
    if (chat.isLoading || markdown === null) {
      return (
        <div className="min-h-0 flex-1 overflow-hidden">
          <Skeletons />
        </div>
      )
    }
    if (chat.rows.length === 0) {
      return <p className={`${messageColumn} flex-1 pt-6 text-soft`}>{t('chat.emptyConversation')}</p>
    }
    return (
      <MessageList rows={chat.rows} hasOlder={chat.hasOlder} onLoadOlder={chat.loadOlder}>
        {(row) => <RowView row={row} groups={chat.groups} busy={chat.isBusy || chat.asking} actions={actions} />}
      </MessageList>
    )
  }
  return (
    <Content>
      <ConversationHeader conversation={chat.conversation} title={title} />
      {body()}
      <Composer
        conversation={id}
        replying={chat.replying}
        stopping={chat.stopping}
        isBusy={chat.isBusy || chat.asking || chat.isLoading}
        onSend={chat.send}
        onStop={() => void chat.stop()}
        insert={insert}
      />
    </Content>
  )
}

/** Text for the composer, numbered: the same text twice is put there twice. */
const useInsert = () => {
  const [insert, setInsert] = useState<{ readonly text: string; readonly number: number }>()
  return [insert, (text: string) => setInsert((last) => ({ text, number: (last?.number ?? 0) + 1 }))] as const
}

const RowView = ({
  row,
  groups,
  busy,
  actions,
}: {
  readonly row: Row
  readonly groups: Parameters<typeof modelName>[0]
  readonly busy: boolean
  readonly actions: RowActions
}) => {
  switch (row.kind) {
    case 'message': {
      const { message } = row
      if (message.role === 'user') return <QuestionRow message={message} branch={actions.branch} />
      if (message.role === 'system') return <SummaryRow message={message} />
      return (
        <ReplyRow
          text={message.content}
          modelName={message.model === null ? '' : modelName(groups, message.model)}
          isWriting={false}
          message={message}
          isLast={row.isLast}
          error={row.error}
          // Only the last row has anything to hold back; the others need not render again for it.
          busy={row.isLast && busy}
          actions={actions}
        />
      )
    }
    case 'outgoing':
      return <OutgoingRow post={row.post} busy={busy} actions={actions} />
    case 'live':
      return (
        <ReplyRow
          text={row.text}
          modelName={modelName(groups, row.reply.model)}
          isWriting={isWriting(row.reply)}
          actions={actions}
        />
      )
    case 'ended':
      return <EndedRow reply={row.reply} busy={busy} actions={actions} />
    default:
      return null
  }
}

/** The same object for as long as the conversation is open, so that rows don't render again because of it. */
const useRowActions = (
  id: string,
  chat: ReturnType<typeof useConversation>,
  edit: (text: string) => void,
): RowActions => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const branch = useBranchConversation(id)
  const present = useRef({ chat, edit, branch, t, navigate })
  present.current = { chat, edit, branch, t, navigate }
  return useMemo<RowActions>(
    () => ({
      branch: (messageId, type) => {
        const { branch: branching, t: say, navigate: go } = present.current
        const hide = showToast({ text: say('chat.branching'), stays: 120_000 })
        branching.mutate(
          { messageId, type },
          {
            onSettled: hide,
            onSuccess: (made) => {
              showToast({ text: say('chat.branched') })
              void go({ to: '/app/conversations/$conversationId', params: { conversationId: made.id } })
            },
            onError: (error) =>
              showToast({ text: `${say('chat.branchFailed')} ${errorText(say, error)}`, stays: 8000, tone: 'danger' }),
          },
        )
      },
      askAgain: (model) => void present.current.chat.askAgain(model),
      resend: (post) => present.current.chat.resend(post),
      edit: (post) => {
        present.current.chat.takeBack(post)
        present.current.edit(post.content)
      },
    }),
    [],
  )
}

const ConversationHeader = ({
  conversation,
  title,
}: {
  readonly conversation: Conversation | undefined
  readonly title: string
}) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const remove = useDelete()
  const [renaming, setRenaming] = useState(false)
  const renameButton = useRef<HTMLButtonElement>(null)
  return (
    <ContentHeader
      onBack={() => void navigate({ to: '/app/conversations' })}
      actions={
        conversation && (
          <>
            {conversation.parentId !== null && (
              <Link
                to="/app/conversations/$conversationId"
                params={{ conversationId: conversation.parentId }}
                aria-label={t('conversations.branchOf')}
                title={t('conversations.branchOf')}
                className="inline-flex size-9 items-center justify-center rounded text-soft hover:bg-hover hover:text-ink pointer-coarse:size-10"
              >
                <GitBranch size={18} strokeWidth={1.75} aria-hidden />
              </Link>
            )}
            <IconButton
              ref={renameButton}
              label={t('conversations.rename')}
              icon={Pencil}
              onClick={() => setRenaming(true)}
            />
            <Link
              to="/conversations/sources/$sourceId"
              params={{ sourceId: conversation.id }}
              aria-label={t('sources.use')}
              className={iconButtonLook()}
              {...tip(t('sources.use'))}
            >
              <Database size={18} strokeWidth={1.75} aria-hidden />
            </Link>
            <ConfirmIconButton
              label={t('conversations.delete')}
              question={t('conversations.deleteConfirm')}
              icon={Trash2}
              className="size-9"
              onConfirm={() => remove(conversation.id, title)}
            />
          </>
        )
      }
    >
      {renaming && conversation ? (
        <RenameField
          id={conversation.id}
          title={conversation.title}
          className="h-9 w-full max-w-md"
          onDone={() => {
            setRenaming(false)
            requestAnimationFrame(() => renameButton.current?.focus())
          }}
        />
      ) : (
        <h1 className="truncate font-strong" title={title}>
          {title}
        </h1>
      )}
    </ContentHeader>
  )
}

/** A conversation that begins with its first message; before there is a model, how to get one. */
export const NewConversationPage = ({ hiddenOnPhone = false }: { readonly hiddenOnPhone?: boolean }) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { groups, model, choose, isPending, error, retry } = useModel()
  const first = useFirstMessage()
  const [insert, insertText] = useInsert()
  useTitle(t('conversations.new'))
  useEffect(fetchMarkdown, [])

  const actions: RowActions = {
    branch: () => {},
    askAgain: () => {},
    resend: first.resend,
    edit: (post) => {
      first.takeBack(post)
      insertText(post.content)
    },
  }
  const body = (): ReactNode => {
    if (first.rows.length > 0) {
      return (
        <MessageList rows={first.rows} hasOlder={false} onLoadOlder={async () => {}}>
          {(row) => row.kind === 'outgoing' && <OutgoingRow post={row.post} busy={first.isSending} actions={actions} />}
        </MessageList>
      )
    }
    if (isPending) {
      return (
        <Loading>
          <div className="appear-late p-6 text-soft">
            <Spinner />
          </div>
        </Loading>
      )
    }
    if (error) {
      return (
        <div className={messageColumn}>
          <ErrorState title={t('models.loadFailed')} error={error} onRetry={retry} />
        </div>
      )
    }
    if (groups && !model) {
      return (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <ConnectModel groups={groups} onChoose={choose} />
        </div>
      )
    }
    return (
      <div className="flex min-h-0 flex-1 flex-col justify-end overflow-y-auto pb-6">
        <div className={messageColumn}>
          <h1 className="text-title font-strong">{t('chat.emptyTitle')}</h1>
          {model && (
            <p className="mt-2 text-soft">
              {t(sourceWords[model.source])} {t('chat.privacy')}
            </p>
          )}
        </div>
      </div>
    )
  }
  return (
    <Content hiddenOnPhone={hiddenOnPhone}>
      <span className="desk:hidden">
        <ContentHeader onBack={() => void navigate({ to: '/app/conversations' })}>
          <p className="truncate font-strong">{t('conversations.new')}</p>
        </ContentHeader>
      </span>
      {body()}
      {(model || first.rows.length > 0) && (
        <Composer
          conversation={NEW}
          replying={false}
          stopping={false}
          isBusy={first.isSending}
          onSend={first.send}
          onStop={() => {}}
          insert={insert}
        />
      )}
    </Content>
  )
}

const sourceWords = {
  openrouter: 'chat.sourceOpenrouter',
  operator: 'chat.sourceOperator',
  local: 'chat.sourceLocal',
  demo: 'chat.sourceDemo',
} as const

/** The first message: shown at once; when the server has it, the conversation opens with everything in place. */
const useFirstMessage = () => {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const me = useMe()
  const mounted = useRef(true)
  useEffect(() => {
    mounted.current = true
    return () => {
      mounted.current = false
    }
  }, [])

  const { outbox, ...sending } = useSending(NEW, {
    deliver: createConversation,
    arrived: async ({ conversation, message, reply }, leave) => {
      startMessages(queries, message)
      queries.setQueryData(readConversation(queries, conversation.id).queryKey, { conversation, latestReply: reply })
      showConversation(queries, conversation)
      // Whoever has gone elsewhere in the meantime is not pulled back.
      if (!mounted.current) return leave()
      // What was typed while it was sent belongs to the conversation that it has become.
      saveDraft(me.id, conversation.id, readDraft(me.id, NEW))
      saveDraft(me.id, NEW, '')
      await navigate({
        to: '/app/conversations/$conversationId',
        params: { conversationId: conversation.id },
        replace: true,
      })
      leave()
    },
  })
  const rows = useMemo(() => conversationRows([], outbox, null), [outbox])
  return { ...sending, rows }
}
