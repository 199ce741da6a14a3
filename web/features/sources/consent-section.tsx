/** Consent in a team conversation, as whoever wants to take it sees it: what is asked, and who answered what. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SourcePerson } from '#contract/training/index.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { exactTime } from '../../lib/relative-time.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmButton } from '../../ui/confirm-button.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { ErrorState, FormError, Loading, Skeleton } from '../../ui/states.tsx'
import { TextArea } from '../../ui/text-area.tsx'
import { AnswerMark } from './answer-mark.tsx'
import { useAskForConsent } from './ask-for-consent.ts'
import { listAnswers } from './list-answers.ts'
import { useStopAsking } from './stop-asking.ts'

export const ConsentSection = ({
  conversationId,
  people,
}: {
  readonly conversationId: string
  readonly people: readonly SourcePerson[]
}) => {
  const { t } = useTranslation()
  const answers = useInfiniteQuery(listAnswers(conversationId))
  const [isAsking, setAsking] = useState(false)
  const first = answers.data?.pages[0]
  const body = () => {
    if (!answers.data) {
      return answers.error ? (
        <ErrorState
          compact
          title={t('sources.answersFailed')}
          error={answers.error}
          onRetry={() => void answers.refetch()}
        />
      ) : (
        <Loading>
          <Skeleton className="h-16 w-full" />
        </Loading>
      )
    }
    if (!first || isAsking) {
      return (
        <>
          {!first && <p className="max-w-[72ch] text-soft">{t('sources.askIntro')}</p>}
          <AskForm
            conversationId={conversationId}
            purpose={first?.question.purpose ?? ''}
            onDone={() => setAsking(false)}
            canCancel={first !== null && first !== undefined}
          />
        </>
      )
    }
    return (
      <>
        <Question conversationId={conversationId} question={first.question} onAskAnew={() => setAsking(true)} />
        <ul className="max-w-[40rem]" aria-label={t('sources.answers')}>
          {answers.data.pages
            .flatMap((page) => page?.answers ?? [])
            .map(({ person, answer }) => (
              <li key={person.id} className="flex min-h-9 flex-wrap items-center gap-x-3 border-b border-hairline py-1">
                <span className="min-w-0 flex-1 truncate">{person.name}</span>
                <SpokenAs person={people.find(({ id }) => id === person.id)} />
                <AnswerMark answer={answer} />
              </li>
            ))}
        </ul>
        <MoreButton query={answers} />
      </>
    )
  }
  return (
    <section className="flex flex-col gap-3">
      <h2 className="font-strong">{t('sources.consent')}</h2>
      {body()}
    </section>
  )
}

/** Under which name somebody's words would be taken, and how many they are. */
const SpokenAs = ({ person }: { readonly person: SourcePerson | undefined }) => {
  const { t } = useTranslation()
  return (
    person && (
      <span className="text-small text-soft tabular-nums">
        {t('sources.spokenAs', { pseudonym: person.pseudonym })} ·{' '}
        {t('sources.messageCount', { count: person.message_count })}
      </span>
    )
  )
}

const Question = ({
  conversationId,
  question,
  onAskAnew,
}: {
  readonly conversationId: string
  readonly question: { readonly purpose: string; readonly asked_at: string; readonly counts: Record<string, number> }
  readonly onAskAnew: () => void
}) => {
  const { t, i18n } = useTranslation()
  const stop = useStopAsking(conversationId)
  return (
    <>
      <blockquote className="max-w-[72ch] border-s-2 border-hairline ps-4 break-words whitespace-pre-wrap">
        {question.purpose}
      </blockquote>
      <p className="text-small text-soft tabular-nums">
        {t('sources.asked', { when: exactTime(question.asked_at, i18n.language) })} ·{' '}
        {t('sources.counts', question.counts)}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button onClick={onAskAnew}>{t('sources.askAnew')}</Button>
        <ConfirmButton
          label={t('sources.stopAsking')}
          question={t('sources.stopAskingQuestion')}
          disabled={stop.isPending}
          onConfirm={() => stop.mutate()}
        />
      </div>
      {stop.error && <FormError>{errorText(t, stop.error)}</FormError>}
    </>
  )
}

const AskForm = ({
  conversationId,
  purpose: before,
  onDone,
  canCancel,
}: {
  readonly conversationId: string
  readonly purpose: string
  readonly onDone: () => void
  readonly canCancel: boolean
}) => {
  const { t } = useTranslation()
  const ask = useAskForConsent(conversationId)
  const [purpose, setPurpose] = useState(before)
  const [isMissing, setMissing] = useState(false)
  return (
    <form
      className="flex max-w-[40rem] flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        setMissing(purpose.trim() === '')
        if (purpose.trim() !== '') ask.mutate(purpose.trim(), { onSuccess: onDone })
      }}
    >
      <TextArea
        label={t('sources.purpose')}
        hint={t(canCancel ? 'sources.purposeAnewHint' : 'sources.purposeHint')}
        error={isMissing ? t('sources.purposeMissing') : null}
        maxLength={1000}
        value={purpose}
        onChange={(event) => setPurpose(event.target.value)}
      />
      {ask.error && <FormError>{errorText(t, ask.error)}</FormError>}
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={ask.isPending}>
          {t('sources.ask')}
        </Button>
        {canCancel && <Button onClick={onDone}>{t('common.cancel')}</Button>}
      </div>
    </form>
  )
}
