/** In a team conversation: somebody asks whether the reader's words in it may become training data. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { FormError } from '../../ui/states.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useAnswerConsent } from './answer-consent.ts'
import { listWaitingConsents } from './list-consents.ts'

export const ConsentPrompt = ({ conversationId }: { readonly conversationId: string }) => {
  const { t } = useTranslation()
  const { data } = useQuery(listWaitingConsents(conversationId))
  const answer = useAnswerConsent()
  const asked = data?.consents[0]
  if (!asked) return null
  const say = (said: 'granted' | 'declined') =>
    answer.mutate(
      { id: asked.request_id, answer: said },
      { onSuccess: () => showToast({ text: t(`sources.said_${said}`) }) },
    )
  return (
    <section
      aria-label={t('sources.prompt')}
      className="flex max-h-[40vh] shrink-0 flex-col gap-3 overflow-y-auto border-b border-hairline bg-sunk px-4 py-3 desk:px-6"
    >
      <p className="font-strong">{t('sources.promptTitle', { name: asked.asker.name })}</p>
      <blockquote className="max-w-[72ch] border-s-2 border-edge ps-3 break-words whitespace-pre-wrap">
        {asked.purpose}
      </blockquote>
      <p className="max-w-[72ch] text-small text-soft">
        {t('sources.promptNote')}{' '}
        <Link to="/app/settings" hash="words" className="text-accent underline underline-offset-4">
          {t('sources.toSettings')}
        </Link>
      </p>
      {answer.error && <FormError>{errorText(t, answer.error)}</FormError>}
      <div className="flex flex-wrap gap-2">
        <Button disabled={answer.isPending} onClick={() => say('granted')}>
          {t('sources.grant')}
        </Button>
        <Button disabled={answer.isPending} onClick={() => say('declined')}>
          {t('sources.decline')}
        </Button>
      </div>
    </section>
  )
}
