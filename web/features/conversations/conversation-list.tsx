/** The list column of the chat area. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Pencil, SquarePen, Trash2 } from 'lucide-react'
import { memo, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Conversation } from '#contract/app/index.ts'
import { cx } from '../../lib/class-names.ts'
import { modKey } from '../../lib/platform.ts'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { useIsPhone } from '../../lib/use-is-phone.ts'
import { usePending } from '../../lib/undoable.ts'
import { useNow } from '../../lib/use-now.ts'
import { buttonLook, IconButton, iconButtonLook } from '../../ui/button.tsx'
import { ListColumn } from '../../ui/column.tsx'
import { ConfirmIconButton } from '../../ui/confirm-button.tsx'
import { EmptyState, ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { tip } from '../../ui/tooltip.tsx'
import { VirtualList } from '../../ui/virtual-list.tsx'
import { allConversations } from './conversation-pages.ts'
import { listConversations } from './list-conversations.ts'
import { RenameField } from './rename-field.tsx'
import { shownTitle } from './title.ts'
import { useDelete } from './use-delete.ts'

export const ConversationList = ({ hiddenOnPhone }: { readonly hiddenOnPhone: boolean }) => {
  const { t } = useTranslation()
  return (
    <ListColumn
      label={t('conversations.title')}
      title={t('conversations.title')}
      hiddenOnPhone={hiddenOnPhone}
      action={
        <Link
          to="/app/conversations/new"
          aria-label={t('conversations.new')}
          className={iconButtonLook()}
          {...tip(t('conversations.new'), { keys: `${modKey} Shift O` })}
        >
          <SquarePen size={18} strokeWidth={1.75} aria-hidden />
        </Link>
      }
    >
      <Rows />
    </ListColumn>
  )
}

const Rows = () => {
  const { t } = useTranslation()
  const open = useParams({ strict: false }).conversationId
  const height = useIsPhone() ? 52 : 40
  const list = useInfiniteQuery(listConversations())
  const deleted = usePending()
  const all = useMemo(() => allConversations(list.data).filter(({ id }) => !deleted.has(id)), [list.data, deleted])
  if (list.isPending) return <RowSkeletons />
  if (!list.data) {
    return <ErrorState title={t('conversations.loadFailed')} error={list.error} onRetry={() => void list.refetch()} />
  }
  if (all.length === 0 && !list.hasNextPage) {
    return (
      <EmptyState
        action={
          <Link to="/app/conversations/new" className={cx(buttonLook(), 'desk:hidden')}>
            {t('conversations.emptyAction')}
          </Link>
        }
      >
        {t('conversations.empty')}
      </EmptyState>
    )
  }
  return (
    <VirtualList items={all} height={height} pages={list} failed={t('conversations.loadFailed')}>
      {(conversation) => <Row conversation={conversation} isOpen={conversation.id === open} />}
    </VirtualList>
  )
}

const RowSkeletons = () => (
  <Loading>
    {[70, 45, 82, 58, 66, 40, 74].map((width) => (
      <div key={width} className="px-4 py-3">
        <Skeleton className={cx('h-4', widths[width])} />
      </div>
    ))}
  </Loading>
)

const widths: Record<number, string> = {
  70: 'w-[70%]',
  45: 'w-[45%]',
  82: 'w-[82%]',
  58: 'w-[58%]',
  66: 'w-[66%]',
  40: 'w-[40%]',
  74: 'w-[74%]',
}

const Row = memo(({ conversation, isOpen }: { readonly conversation: Conversation; readonly isOpen: boolean }) => {
  const { t, i18n } = useTranslation()
  const [renaming, setRenaming] = useState(false)
  const now = useNow()
  const remove = useDelete()
  const title = shownTitle(conversation) ?? t('conversations.untitled')
  const back = useRef<HTMLAnchorElement>(null)

  if (renaming) {
    return (
      <div className="flex h-full items-center px-1">
        <RenameField
          id={conversation.id}
          title={conversation.title}
          className="h-9 w-full"
          onDone={() => {
            setRenaming(false)
            requestAnimationFrame(() => back.current?.focus())
          }}
        />
      </div>
    )
  }
  return (
    <div
      className={cx(
        'group flex h-full items-center rounded transition-colors duration-150',
        isOpen ? 'bg-hover' : 'hover:bg-hover',
      )}
    >
      <Link
        ref={back}
        to="/app/conversations/$conversationId"
        params={{ conversationId: conversation.id }}
        className="flex h-full min-w-0 flex-1 items-center gap-2 rounded ps-2 pe-2 -outline-offset-2!"
        aria-current={isOpen ? 'page' : undefined}
        onDoubleClick={() => setRenaming(true)}
        onKeyDown={(event) => event.key === 'F2' && setRenaming(true)}
      >
        {conversation.isReplying && (
          <span
            className="pulse size-2 shrink-0 rounded-full bg-accent"
            role="img"
            aria-label={t('conversations.replying')}
          />
        )}
        <span className={cx('min-w-0 flex-1 truncate', isOpen && 'font-strong')}>{title}</span>
        <time
          dateTime={conversation.activeAt}
          title={exactTime(conversation.activeAt, i18n.language)}
          className="shrink-0 text-small text-soft tabular-nums group-focus-within:desk:hidden group-hover:desk:hidden"
        >
          {relativeTime(conversation.activeAt, now, i18n.language)}
        </time>
      </Link>
      <span className="hidden shrink-0 items-center pe-1 group-focus-within:desk:flex group-hover:desk:flex has-data-asking:flex">
        <IconButton small label={t('conversations.rename')} icon={Pencil} onClick={() => setRenaming(true)} />
        <ConfirmIconButton
          label={t('conversations.deleteNamed', { title })}
          question={t('conversations.deleteConfirmNamed', { title })}
          icon={Trash2}
          onConfirm={() => remove(conversation.id, title)}
        />
      </span>
    </div>
  )
})
