/** One row of a conversation: what a person wrote, what a model answered, or why there is no answer. */
import { Link } from '@tanstack/react-router'
import { CircleAlert, Copy as CopyIcon, FileText, GitBranch, RotateCw } from 'lucide-react'
import { memo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Message, Reply } from '#contract/app/index.ts'
import { codeText, errorText } from '../../lib/i18n/error-text.ts'
import { buttonLook, Button, IconButton } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { MenuButton } from '../../ui/menu-button.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import type { Outgoing } from './outbox.ts'
import { useMarkdown } from './use-markdown.ts'

export interface RowActions {
  readonly branch: (messageId: string, type: 'full' | 'summary') => void
  readonly askAgain: (model: string) => void
  readonly resend: (post: Outgoing) => void
  readonly edit: (post: Outgoing) => void
}

/** The column that messages are set in: at most 72 characters wide. */
export const messageColumn = 'mx-auto w-full max-w-[calc(72ch+2rem)] px-4'

/** Text as it was typed. */
export const Typed = ({ children }: { readonly children: string }) => (
  <div className="text-body leading-[1.6] wrap-anywhere whitespace-pre-wrap">{children}</div>
)

export const Written = ({ text, isWriting }: { readonly text: string; readonly isWriting: boolean }) => {
  const renderer = useMarkdown()
  if (renderer === null || renderer === 'missing') return <Typed>{text}</Typed>
  return <renderer.Markdown text={text} isWriting={isWriting} />
}

const Asked = ({ children, footer }: { readonly children: ReactNode; readonly footer?: ReactNode }) => {
  const { t } = useTranslation()
  return (
    <article className="group pt-4">
      <h2 className="sr-only">{t('chat.yourMessage')}</h2>
      <div className="rounded bg-sunk px-4 py-3">{children}</div>
      {footer}
    </article>
  )
}

export const Actions = ({ children, always = false }: { readonly children: ReactNode; readonly always?: boolean }) => (
  <div
    className={`flex items-center transition-opacity duration-150 ${
      always
        ? ''
        : 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 has-data-popup-open:opacity-100 pointer-coarse:opacity-100'
    }`}
  >
    {children}
  </div>
)

const BranchMenu = ({ messageId, branch }: { readonly messageId: string; readonly branch: RowActions['branch'] }) => {
  const { t } = useTranslation()
  return (
    <MenuButton
      label={t('chat.branch')}
      icon={GitBranch}
      entries={[
        {
          label: t('chat.branchFull'),
          hint: t('chat.branchFullHint'),
          icon: CopyIcon,
          onSelect: () => branch(messageId, 'full'),
        },
        {
          label: t('chat.branchSummary'),
          hint: t('chat.branchSummaryHint'),
          icon: FileText,
          onSelect: () => branch(messageId, 'summary'),
        },
      ]}
    />
  )
}

const Tokens = ({ message }: { readonly message: Message }) => {
  const { t, i18n } = useTranslation()
  const { promptTokens, completionTokens } = message
  if (promptTokens === null || completionTokens === null) return null
  const format = new Intl.NumberFormat(i18n.language).format
  const figures = { prompt: format(promptTokens), completion: format(completionTokens) }
  return (
    <span className="shrink-0 tabular-nums" title={t('chat.tokensExplained', figures)}>
      <span aria-hidden className="mx-1.5">
        ·
      </span>
      {t('chat.tokens', figures)}
    </span>
  )
}

/** A plain sentence under a reply that is not whole, with a way on. */
const Note = ({ children, action }: { readonly children: ReactNode; readonly action?: ReactNode }) => (
  <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2 border-s-2 border-edge ps-4 text-soft">
    <p>{children}</p>
    {action}
  </div>
)

/** What went wrong in the conversation, and what to do about it. */
export const Trouble = ({
  title,
  text,
  children,
}: {
  readonly title: string
  readonly text: string
  readonly children: ReactNode
}) => (
  <div role="alert" className="mt-3 rounded border border-danger px-4 py-3">
    <p className="flex gap-2">
      <CircleAlert size={18} strokeWidth={1.75} className="mt-[3px] shrink-0 text-danger" aria-hidden />
      <span>
        <span className="font-strong">{title}</span> {text}
      </span>
    </p>
    <div className="mt-3 flex flex-wrap gap-2">{children}</div>
  </div>
)

const AskAgain = ({ onClick, disabled }: { readonly onClick: () => void; readonly disabled: boolean }) => {
  const { t } = useTranslation()
  return (
    <Button icon={RotateCw} onClick={onClick} disabled={disabled}>
      {t('chat.askAgain')}
    </Button>
  )
}

/** Problems that the settings can solve. */
const isAboutKey = (code: string) =>
  ['model.key_rejected', 'model.no_funds', 'model.not_configured', 'provider_key.unreadable', 'http.402'].includes(code)

const SettingsLink = () => {
  const { t } = useTranslation()
  return (
    <Link to="/app/settings" hash="models" className={buttonLook()}>
      {t('chat.openSettings')}
    </Link>
  )
}

const ReplyTrouble = ({
  error,
  onAskAgain,
  busy,
}: {
  readonly error: NonNullable<Reply['error']>
  readonly onAskAgain: () => void
  readonly busy: boolean
}) => {
  const { t } = useTranslation()
  return (
    <Trouble title={t('chat.replyFailed')} text={codeText(t, error.code, error.message)}>
      {isAboutKey(error.code) && <SettingsLink />}
      {/* After the key is repaired or another model chosen, asking again is the way on as well. */}
      <AskAgain onClick={onAskAgain} disabled={busy} />
    </Trouble>
  )
}

export const QuestionRow = memo(
  ({ message, branch }: { readonly message: Message; readonly branch: RowActions['branch'] }) => {
    const { t } = useTranslation()
    return (
      <Asked
        footer={
          <div className="flex justify-end">
            <Actions>
              <CopyButton text={message.content} label={t('chat.copyMessage')} />
              <BranchMenu messageId={message.id} branch={branch} />
            </Actions>
          </div>
        }
      >
        <Typed>{message.content}</Typed>
      </Asked>
    )
  },
)

export const SummaryRow = memo(({ message }: { readonly message: Message }) => {
  const { t } = useTranslation()
  return (
    <article className="pt-6 text-soft">
      <h2 className="mb-1 text-small font-strong">{t('chat.summary')}</h2>
      <Written text={message.content} isWriting={false} />
    </article>
  )
})

interface ReplyProps {
  readonly text: string
  readonly modelName: string
  readonly isWriting: boolean
  /** Once it is stored. */
  readonly message?: Message
  readonly isLast?: boolean
  readonly error?: Reply['error']
  readonly busy?: boolean
  readonly actions: RowActions
}

/** One component from the first word to the stored message, so that the end of a reply moves nothing. */
export const ReplyRow = memo(
  ({ text, modelName, isWriting, message, isLast = false, error = null, busy = false, actions }: ReplyProps) => {
    const { t } = useTranslation()
    const askAgain = () => actions.askAgain(message?.model ?? '')
    const isBroken = message !== undefined && message.status !== 'complete'
    return (
      <article aria-busy={isWriting} className="group pt-2 pb-4">
        <h2 className="sr-only">{t('chat.reply', { model: modelName })}</h2>
        {text !== '' && <Written text={text} isWriting={isWriting} />}
        {isBroken && !error && (
          <Note action={isLast && <AskAgain onClick={askAgain} disabled={busy} />}>{t(noteOf[message.status])}</Note>
        )}
        {error && isLast && <ReplyTrouble error={error} onAskAgain={askAgain} busy={busy} />}
        <div className="mt-1 flex min-h-8 items-center gap-2 text-small text-soft">
          <span className="flex min-w-0">
            <span className="truncate">{modelName}</span>
            {message && <Tokens message={message} />}
          </span>
          {isWriting && (
            <span className="inline-flex items-center gap-2 whitespace-nowrap">
              <Spinner size={14} /> {text === '' ? t('chat.thinking') : t('chat.writing')}
            </span>
          )}
          {message && (
            <Actions always={isLast}>
              <CopyButton text={message.content} label={t('chat.copyMessage')} />
              <BranchMenu messageId={message.id} branch={actions.branch} />
              {isLast && !isBroken && !error && (
                <IconButton small label={t('chat.askAgain')} icon={RotateCw} disabled={busy} onClick={askAgain} />
              )}
            </Actions>
          )}
        </div>
      </article>
    )
  },
)

const noteOf = {
  complete: 'chat.stopped',
  stopped: 'chat.stopped',
  interrupted: 'chat.interrupted',
  truncated: 'chat.truncated',
} as const

export const OutgoingRow = ({
  post,
  busy,
  actions,
}: {
  readonly post: Outgoing
  readonly busy: boolean
  readonly actions: RowActions
}) => {
  const { t } = useTranslation()
  return (
    <Asked
      footer={
        post.state === 'failed' ? (
          <Trouble title={t('chat.notSent')} text={post.error ? errorText(t, post.error) : ''}>
            {post.error && isAboutKey(post.error.code) && <SettingsLink />}
            <Button icon={RotateCw} disabled={busy} onClick={() => actions.resend(post)}>
              {t('common.retry')}
            </Button>
            <Button onClick={() => actions.edit(post)}>{t('chat.editMessage')}</Button>
          </Trouble>
        ) : (
          <p className="appear-late mt-1 flex min-h-8 items-center justify-end text-small text-soft">
            {t('chat.sending')}
          </p>
        )
      }
    >
      <Typed>{post.content}</Typed>
    </Asked>
  )
}

export const EndedRow = ({
  reply,
  busy,
  actions,
}: {
  readonly reply: Reply
  readonly busy: boolean
  readonly actions: RowActions
}) => {
  const { t } = useTranslation()
  const askAgain = () => actions.askAgain(reply.model)
  return (
    <div>
      {reply.error ? (
        <ReplyTrouble error={reply.error} onAskAgain={askAgain} busy={busy} />
      ) : (
        <Note action={<AskAgain onClick={askAgain} disabled={busy} />}>
          {t(reply.status === 'stopped' ? 'chat.stoppedEmpty' : 'chat.interruptedEmpty')}
        </Note>
      )}
    </div>
  )
}
