/** One row of a team's timeline: a message with what can be done about it, a note of the system, or a line between days. */
import {
  CircleAlert,
  Clock,
  Copy,
  Ellipsis,
  Link as LinkIcon,
  ListTodo,
  MessageSquareReply,
  Paperclip,
  Pencil,
  Pin,
  RotateCw,
  Star,
  Tag,
  Trash2,
} from 'lucide-react'
import { memo, useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { TeamMessage, WorkType } from '#contract/messages/team.ts'
import { cx } from '../../lib/class-names.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { exactTime } from '../../lib/relative-time.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { MenuButton } from '../../ui/menu-button.tsx'
import { Actions, Written } from '../chat/message-row.tsx'
import { Attachments } from '../files/attachments.tsx'
import { filesOf } from '../files/shown-file.ts'
import { Initials, ModelMark } from './initials-mark.tsx'
import type { Outgoing } from './outbox.ts'
import { textParts } from './text-parts.ts'
import { WorkTypeMark } from './work-type-mark.tsx'

/** What can be done with a message; the same object for as long as the page is open. */
export interface MessageActions {
  readonly openThread: (message: TeamMessage) => void
  readonly startEdit: (message: TeamMessage) => void
  readonly saveEdit: (message: TeamMessage, content: string) => void
  readonly endEdit: () => void
  readonly remove: (message: TeamMessage) => void
  readonly pin: (message: TeamMessage, on: boolean) => void
  readonly star: (message: TeamMessage, on: boolean) => void
  readonly tag: (message: TeamMessage) => void
  readonly makeTask: (message: TeamMessage) => void
  readonly copyLink: (message: TeamMessage) => void
  readonly copyText: (message: TeamMessage) => void
  readonly retry: (post: Outgoing) => void
  readonly takeBack: (post: Outgoing) => void
}

/** The element of a message, so that it can be given the focus. */
export const messageElementId = (id: string) => `message-${id}`

export const Clock24 = ({ iso }: { readonly iso: string }) => {
  const { i18n } = useTranslation()
  return (
    <time dateTime={iso} title={exactTime(iso, i18n.language)} className="text-small text-soft tabular-nums">
      {new Intl.DateTimeFormat(i18n.language, { hour: 'numeric', minute: '2-digit' }).format(Date.parse(iso))}
    </time>
  )
}

export const DayRow = ({ time }: { readonly time: string }) => {
  const { t, i18n } = useTranslation()
  return (
    <div className="flex items-center gap-3 pt-5 pb-1 text-small text-soft">
      <span className="h-px flex-1 bg-hairline" />
      <h2>{dayName(time, i18n.language, t('teams.today'), t('teams.yesterday'))}</h2>
      <span className="h-px flex-1 bg-hairline" />
    </div>
  )
}

const DAY = 86_400_000

const dayName = (iso: string, language: string, today: string, yesterday: string): string => {
  const date = new Date(iso)
  const now = new Date()
  if (date.toDateString() === now.toDateString()) return today
  if (date.toDateString() === new Date(now.getTime() - DAY).toDateString()) return yesterday
  return new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(date.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }),
  }).format(date)
}

export const NewRow = () => {
  const { t } = useTranslation()
  return (
    <div className="flex items-center gap-3 pt-4 pb-1 text-small text-accent">
      <span className="h-px flex-1 bg-accent" />
      <h2>{t('teams.newMessages')}</h2>
      <span className="h-px flex-1 bg-accent" />
    </div>
  )
}

export const SystemRow = ({ message }: { readonly message: TeamMessage }) => (
  <p className="flex flex-wrap items-baseline justify-center gap-x-2 py-1.5 text-center text-small text-soft wrap-anywhere">
    <span>{message.content}</span> <Clock24 iso={message.createdAt} />
  </p>
)

/** A person's words as they were typed, with mentions marked and addresses to open. */
const Words = memo(
  ({
    text,
    mentions,
    myId,
  }: {
    readonly text: string
    readonly mentions: TeamMessage['mentions']
    readonly myId: string
  }) => (
    <div className="text-body leading-[1.6] wrap-anywhere whitespace-pre-wrap">
      {textParts(text, mentions).map((part, index) => {
        if (part.kind === 'mention') {
          const isMe = part.personId === myId
          return (
            <span key={index} className={cx('rounded px-0.5 font-strong text-accent', isMe && 'bg-wash')}>
              {part.text}
            </span>
          )
        }
        if (part.kind === 'link') {
          return (
            <a
              key={index}
              href={part.text}
              target="_blank"
              rel="noopener noreferrer"
              className="text-accent underline decoration-1 underline-offset-[0.18em]"
            >
              {part.text}
            </a>
          )
        }
        return part.text
      })}
    </div>
  ),
)

/** The place of a message: who said it beside, unless they go on. */
const Line = ({
  name,
  isModel = false,
  time,
  goesOn,
  children,
}: {
  readonly name: string
  readonly isModel?: boolean
  readonly time: ReactNode
  readonly goesOn: boolean
  readonly children: ReactNode
}) => {
  const { t } = useTranslation()
  return (
    <div className={cx('flex gap-3', goesOn ? 'pt-0.5' : 'pt-3')}>
      <span className="w-8 shrink-0">{!goesOn && (isModel ? <ModelMark /> : <Initials name={name} />)}</span>
      {/* Where nothing hovers, the menu is always there. */}
      <div className="min-w-0 flex-1 pointer-coarse:pe-8">
        <div className={goesOn ? 'sr-only' : 'flex min-w-0 flex-wrap items-baseline gap-x-2'}>
          <h3 className="min-w-0 truncate font-strong">{name}</h3>
          {time}
          {isModel && <span className="text-small text-soft">{t('teams.model')}</span>}
        </div>
        {children}
      </div>
    </div>
  )
}

interface MessageRowProps {
  readonly message: TeamMessage
  readonly goesOn: boolean
  readonly myId: string
  /** Of a model's message. */
  readonly modelName: string | null
  readonly workType: WorkType | undefined
  readonly inThread: boolean
  readonly isEditing: boolean
  readonly isHighlighted: boolean
  readonly actions: MessageActions
}

export const MessageRow = memo(
  ({ message, goesOn, myId, modelName, workType, inThread, isEditing, isHighlighted, actions }: MessageRowProps) => {
    const { t } = useTranslation()
    const content = message.content ?? ''
    const replies = message.replyCount ?? 0
    const isMentioned = message.mentions.some(({ id }) => id === myId)
    return (
      <article
        id={messageElementId(message.id)}
        tabIndex={-1}
        className={cx(
          'group relative -mx-2 rounded px-2 pb-1 transition-colors duration-150 focus-visible:outline-none',
          isHighlighted ? 'bg-wash' : 'hover:bg-sunk',
          isMentioned && 'before:absolute before:inset-y-1 before:start-0 before:w-0.5 before:bg-accent',
        )}
        data-highlighted={isHighlighted || undefined}
      >
        <Line
          name={modelName ?? message.senderName}
          time={<Clock24 iso={message.createdAt} />}
          goesOn={goesOn}
          isModel={modelName !== null}
        >
          {isEditing ? (
            <EditField message={message} actions={actions} />
          ) : (
            <>
              {content !== '' &&
                (modelName === null ? (
                  <Words text={content} mentions={message.mentions} myId={myId} />
                ) : (
                  <Written text={content} isWriting={false} />
                ))}
              {message.attachments.length > 0 && <Files message={message} />}
              <Marks message={message} workType={workType} actions={actions} />
              {!inThread && replies > 0 && (
                <button
                  type="button"
                  className="mt-1 flex min-h-8 items-center gap-2 rounded text-small font-strong text-accent hover:underline pointer-coarse:min-h-10"
                  onClick={() => actions.openThread(message)}
                >
                  <MessageSquareReply size={16} strokeWidth={1.75} aria-hidden />
                  {t('teams.replies', { count: replies })}
                </button>
              )}
            </>
          )}
        </Line>
        {!isEditing && <MessageMenu message={message} inThread={inThread} actions={actions} />}
      </article>
    )
  },
)

const Files = memo(({ message }: { readonly message: TeamMessage }) => <Attachments files={filesOf(message)} />)

/** What is true of a message besides its words. */
const Marks = ({
  message,
  workType,
  actions,
}: {
  readonly message: TeamMessage
  readonly workType: WorkType | undefined
  readonly actions: MessageActions
}) => {
  const { t, i18n } = useTranslation()
  const tasks = message.linkedTaskCount ?? 0
  const hasTask = tasks > 0 || Boolean(message.taskId)
  if (!message.editedAt && !message.isPinned && !message.isStarred && !workType && !hasTask) return null
  return (
    <div className="mt-0.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-small text-soft">
      {workType && (
        <button type="button" className="rounded hover:text-ink" onClick={() => actions.tag(message)}>
          <WorkTypeMark workType={workType} />
        </button>
      )}
      {hasTask && (
        <button
          type="button"
          className="flex items-center gap-1 rounded hover:text-ink"
          onClick={() => actions.makeTask(message)}
        >
          <ListTodo size={14} strokeWidth={1.75} aria-hidden />
          {t('teams.taskCount', { count: Math.max(1, tasks) })}
        </button>
      )}
      {message.isPinned && (
        <span className="flex items-center gap-1">
          <Pin size={14} strokeWidth={1.75} aria-hidden />
          {t('teams.pinned')}
        </span>
      )}
      {message.isStarred && (
        <span className="flex items-center gap-1">
          <Star size={14} strokeWidth={1.75} className="fill-current" aria-hidden />
          {t('teams.starredMark')}
        </span>
      )}
      {message.editedAt && <span title={exactTime(message.editedAt, i18n.language)}>{t('teams.edited')}</span>}
    </div>
  )
}

const MessageMenu = ({
  message,
  inThread,
  actions,
}: {
  readonly message: TeamMessage
  readonly inThread: boolean
  readonly actions: MessageActions
}) => {
  const { t } = useTranslation()
  const isStarred = message.isStarred === true
  const entries = [
    ...(inThread
      ? []
      : [{ label: t('teams.reply'), icon: MessageSquareReply, onSelect: () => actions.openThread(message) }]),
    ...(message.can.edit ? [{ label: t('teams.edit'), icon: Pencil, onSelect: () => actions.startEdit(message) }] : []),
    {
      label: t(isStarred ? 'teams.unstar' : 'teams.star'),
      icon: Star,
      onSelect: () => actions.star(message, !isStarred),
    },
    {
      label: t(message.isPinned ? 'teams.unpin' : 'teams.pin'),
      icon: Pin,
      onSelect: () => actions.pin(message, !message.isPinned),
    },
    { label: t('teams.tag'), icon: Tag, onSelect: () => actions.tag(message) },
    { label: t('teams.tasksOf'), icon: ListTodo, onSelect: () => actions.makeTask(message) },
    { label: t('teams.copyLink'), icon: LinkIcon, onSelect: () => actions.copyLink(message) },
    ...(message.content ? [{ label: t('teams.copyText'), icon: Copy, onSelect: () => actions.copyText(message) }] : []),
    ...(message.can.delete
      ? [{ label: t('teams.delete'), icon: Trash2, isDanger: true, onSelect: () => actions.remove(message) }]
      : []),
  ]
  return (
    <div className="absolute end-1 -top-3 z-10 pointer-coarse:end-0 pointer-coarse:top-0">
      <Actions>
        <div className="flex rounded bg-raised shadow-float pointer-coarse:bg-transparent pointer-coarse:shadow-none">
          {!inThread && (
            <span className="flex pointer-coarse:hidden">
              <IconButton
                small
                label={t('teams.reply')}
                icon={MessageSquareReply}
                onClick={() => actions.openThread(message)}
              />
            </span>
          )}
          <MenuButton label={t('teams.actions')} icon={Ellipsis} entries={entries} />
        </div>
      </Actions>
    </div>
  )
}

const EditField = ({ message, actions }: { readonly message: TeamMessage; readonly actions: MessageActions }) => {
  const { t } = useTranslation()
  const [text, setText] = useState(message.content ?? '')
  const field = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    const element = field.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${Math.min(element.scrollHeight, innerHeight * 0.4)}px`
  }, [text])
  useLayoutEffect(() => {
    field.current?.focus({ preventScroll: true })
    field.current?.setSelectionRange(text.length, text.length)
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  const save = () => {
    if (text.trim() === '') return
    actions.saveEdit(message, text)
  }
  return (
    <form
      className="my-1 rounded border border-edge bg-paper focus-within:border-accent"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <textarea
        ref={field}
        rows={1}
        value={text}
        maxLength={50_000}
        aria-label={t('teams.editField')}
        className="block w-full resize-none bg-transparent px-3 pt-2 leading-[1.6] outline-none"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing || event.keyCode === 229) return
          if (event.key === 'Escape') {
            event.stopPropagation()
            event.preventDefault()
            actions.endEdit()
          }
          if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
            event.preventDefault()
            save()
          }
        }}
      />
      <div className="flex justify-end gap-2 p-2">
        <Button onClick={actions.endEdit}>{t('common.cancel')}</Button>
        <Button type="submit" look="primary" disabled={text.trim() === ''}>
          {t('common.save')}
        </Button>
      </div>
    </form>
  )
}

export const OutgoingTeamRow = ({
  post,
  goesOn,
  name,
  myId,
  actions,
}: {
  readonly post: Outgoing
  readonly goesOn: boolean
  readonly name: string
  readonly myId: string
  readonly actions: MessageActions
}) => {
  const { t } = useTranslation()
  const isRefused = post.state === 'refused'
  return (
    <article className="pb-1">
      <Line name={name} time={null} goesOn={goesOn}>
        <div className="opacity-75">
          {post.body.content !== '' && <Words text={post.body.content} mentions={noMentions} myId={myId} />}
          {post.fileNames.length > 0 && (
            <p className="flex flex-wrap items-center gap-x-2 text-small">
              <Paperclip size={14} strokeWidth={1.75} aria-hidden /> {post.fileNames.join(', ')}
            </p>
          )}
        </div>
        {isRefused ? (
          <div role="alert" className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-2">
            <p className="flex gap-2">
              <CircleAlert size={18} strokeWidth={1.75} className="mt-[3px] shrink-0 text-danger" aria-hidden />
              <span>
                <span className="font-strong">{t('teams.notSent')}</span> {post.error && errorText(t, post.error)}
              </span>
            </p>
            <Button icon={RotateCw} onClick={() => actions.retry(post)}>
              {t('common.retry')}
            </Button>
            <Button onClick={() => actions.takeBack(post)}>{t('teams.takeBack')}</Button>
          </div>
        ) : (
          <p className="appear-late flex items-center gap-1.5 text-small text-soft">
            <Clock size={14} strokeWidth={1.75} aria-hidden />
            {t(post.error ? 'teams.sendsLater' : 'chat.sending')}
          </p>
        )}
      </Line>
    </article>
  )
}

const noMentions: TeamMessage['mentions'] = []
