/** One's own words as training data: who asked for them, which answer stands, where they are held, and erasing them. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Consent, HeldWords } from '#contract/training/index.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { exactTime } from '../../lib/relative-time.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { ErrorState, FormError, Loading, Skeleton } from '../../ui/states.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useAnswerConsent } from './answer-consent.ts'
import { AnswerMark } from './answer-mark.tsx'
import { useEraseHeldWords } from './erase-held-words.ts'
import { listConsents } from './list-consents.ts'
import { listHeldWords } from './list-held-words.ts'

export const WordsSection = () => {
  const { t } = useTranslation()
  return (
    <div className="flex flex-col gap-6">
      <p className="text-soft">{t('sources.wordsIntro')}</p>
      <Consents />
      <Held />
    </div>
  )
}

const Consents = () => {
  const { t } = useTranslation()
  const list = useInfiniteQuery(listConsents())
  const consents = list.data?.pages.flatMap((page) => page.consents) ?? []
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-strong">{t('sources.questions')}</h3>
      <ListState query={list} isEmpty={consents.length === 0} empty={t('sources.noQuestions')}>
        <ul>
          {consents.map((consent) => (
            <ConsentRow key={consent.request_id} consent={consent} />
          ))}
        </ul>
        <MoreButton query={list} />
      </ListState>
    </div>
  )
}

const ConsentRow = ({ consent }: { readonly consent: Consent }) => {
  const { t, i18n } = useTranslation()
  const answer = useAnswerConsent()
  const [isWithdrawing, setWithdrawing] = useState(false)
  const title = consent.conversation.title
  const say = (said: 'granted' | 'declined') =>
    answer.mutate(
      { id: consent.request_id, answer: said },
      {
        onSuccess: () => {
          setWithdrawing(false)
          showToast({ text: t(`sources.said_${said}`) })
        },
      },
    )
  return (
    <li className="flex flex-col gap-2 border-b border-hairline py-3 last:border-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="min-w-0 break-words font-strong">
          {t('sources.questionOf', { name: consent.asker.name, title })}
        </span>
        <AnswerMark answer={consent.answer} />
      </div>
      <p className="break-words whitespace-pre-wrap">{consent.purpose}</p>
      <div className="flex flex-wrap items-center gap-2">
        <span className="min-w-0 flex-1 text-small text-soft tabular-nums">
          {t('sources.asked', { when: exactTime(consent.asked_at, i18n.language) })}
        </span>
        {consent.answer !== 'granted' && (
          <Button disabled={answer.isPending} onClick={() => say('granted')}>
            {t('sources.grant')}
          </Button>
        )}
        {consent.answer === 'waiting' && (
          <Button disabled={answer.isPending} onClick={() => say('declined')}>
            {t('sources.decline')}
          </Button>
        )}
        {consent.answer === 'granted' && (
          <Button look="danger" onClick={() => setWithdrawing(true)}>
            {t('sources.withdraw')}
          </Button>
        )}
      </div>
      {answer.error && !isWithdrawing && <FormError>{errorText(t, answer.error)}</FormError>}
      {isWithdrawing && (
        <EraseDialog
          title={t('sources.withdrawTitle')}
          verb={t('sources.withdrawVerb')}
          isWorking={answer.isPending}
          error={answer.error}
          onClose={() => setWithdrawing(false)}
          onErase={() => say('declined')}
        >
          {t('sources.withdrawText', { name: consent.asker.name, title })}
        </EraseDialog>
      )}
    </li>
  )
}

const Held = () => {
  const { t } = useTranslation()
  const list = useInfiniteQuery(listHeldWords())
  const heading = useRef<HTMLHeadingElement>(null)
  const held = list.data?.pages.flatMap((page) => page.data) ?? []
  return (
    <div className="flex flex-col gap-2">
      <h3 ref={heading} tabIndex={-1} className="font-strong">
        {t('sources.held')}
      </h3>
      <ListState query={list} isEmpty={held.length === 0} empty={t('sources.nothingHeld')}>
        <ul>
          {held.map((words) => (
            <HeldRow key={words.id} words={words} onErased={() => heading.current?.focus()} />
          ))}
        </ul>
        <MoreButton query={list} />
      </ListState>
    </div>
  )
}

const HeldRow = ({ words, onErased }: { readonly words: HeldWords; readonly onErased: () => void }) => {
  const { t, i18n } = useTranslation()
  const erase = useEraseHeldWords()
  const [isErasing, setErasing] = useState(false)
  const title = words.source?.title ?? t('sources.sourceGone')
  const owner = words.owner.name
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-hairline py-3 last:border-0">
      <span className="min-w-0 flex-1">
        <span className="block break-words font-strong">{title}</span>
        <span className="text-small text-soft tabular-nums">
          {t('sources.heldBy', { owner })} · {t('sources.messageCount', { count: words.message_count })} ·{' '}
          {exactTime(words.taken_at, i18n.language)}
        </span>
      </span>
      <Button look="danger" aria-label={t('sources.eraseOf', { title })} onClick={() => setErasing(true)}>
        {t('sources.erase')}
      </Button>
      {isErasing && (
        <EraseDialog
          title={t('sources.eraseTitle')}
          verb={t('sources.eraseVerb')}
          isWorking={erase.isPending}
          error={erase.error}
          onClose={() => setErasing(false)}
          onErase={() =>
            // By then the row, which could tell of it, is gone; what went wrong is said in the dialog.
            erase.mutateAsync(words.id).then(
              () => {
                showToast({ text: t('sources.erased') })
                onErased()
              },
              () => {},
            )
          }
        >
          {t('sources.eraseText', { owner, title })}
        </EraseDialog>
      )}
    </li>
  )
}

/** Says in words what goes for good. */
const EraseDialog = ({
  title,
  verb,
  isWorking,
  error,
  onClose,
  onErase,
  children,
}: {
  readonly title: string
  readonly verb: string
  readonly isWorking: boolean
  readonly error: unknown
  readonly onClose: () => void
  readonly onErase: () => void
  readonly children: string
}) => {
  const { t } = useTranslation()
  return (
    <Dialog open onClose={onClose} title={title}>
      <div className="flex flex-col gap-4">
        <p>{children}</p>
        {error !== null && <FormError>{errorText(t, error)}</FormError>}
        <div className="flex flex-wrap gap-2">
          <Button look="danger" disabled={isWorking} onClick={onErase}>
            {verb}
          </Button>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
        </div>
      </div>
    </Dialog>
  )
}

const ListState = ({
  query,
  isEmpty,
  empty,
  children,
}: {
  readonly query: { readonly data: unknown; readonly error: unknown; readonly refetch: () => unknown }
  readonly isEmpty: boolean
  readonly empty: string
  readonly children: React.ReactNode
}) => {
  const { t } = useTranslation()
  if (query.data === undefined) {
    return query.error ? (
      <ErrorState compact title={t('settings.loadFailed')} error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Loading>
        <Skeleton className="mt-2 h-4 w-[70%]" />
      </Loading>
    )
  }
  return isEmpty ? <p className="text-soft">{empty}</p> : children
}
