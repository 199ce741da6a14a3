/** One conversation of a run: what it is made of, how far it is, what went wrong. */
import { Link } from '@tanstack/react-router'
import { RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { GenerationCall } from '#contract/training/index.ts'
import { IconButton } from '../../ui/button.tsx'
import { dollars, whole } from './figures.ts'
import { RawButton } from './raw-button.tsx'
import { StatusMark } from './status-mark.tsx'

const linkLook = 'text-accent underline underline-offset-4'

export const CallRow = ({
  call,
  isBusy,
  onRetry,
  children,
}: {
  readonly call: GenerationCall
  readonly isBusy: boolean
  readonly onRetry: () => void
  /** Further facts. */
  readonly children?: ReactNode
}) => {
  const { t, i18n } = useTranslation()
  const name = `${call.persona.name} · ${call.arc.name} · ${call.topic.name}`
  const facts = [
    ...(call.attempts > 1 ? [t('generate.attempts', { count: call.attempts })] : []),
    ...(call.completion_tokens === null
      ? []
      : [
          t('generate.tokenCount', {
            count: call.completion_tokens,
            tokens: whole(call.completion_tokens, i18n.language),
          }),
        ]),
    ...(call.cost === null ? [] : [dollars(call.cost, i18n.language)]),
    ...(call.parse_method === 'jsonrepair' ? [t('generate.repaired')] : []),
  ]
  return (
    <li className="flex items-start gap-2 border-b border-hairline py-3">
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <p className="wrap-anywhere">{name}</p>
        {call.failure && (
          <p className="text-danger">
            {t(`generate.failure_${call.failure.type}`)}{' '}
            <span className="text-soft wrap-anywhere">{call.failure.reason}</span>
          </p>
        )}
        <p className="flex flex-wrap items-center gap-x-3 text-small text-soft tabular-nums">
          <StatusMark status={call.status} />
          {facts.length > 0 && <span>{facts.join(' · ')}</span>}
          {children}
          {call.conversation_id !== null && call.status === 'completed' && (
            <Link to="/conversations" search={{ open: call.conversation_id }} className={linkLook}>
              {t('generate.openConversation')}
            </Link>
          )}
          {call.conversation_id !== null && call.has_raw && <RawButton conversationId={call.conversation_id} />}
        </p>
      </div>
      {call.status === 'failed' && (
        <IconButton
          small
          label={t('generate.retryNamed', { name })}
          icon={RotateCw}
          disabled={isBusy}
          onClick={onRetry}
        />
      )}
    </li>
  )
}
