/** What the session holds, who can reach it and until when, and how to end it: where the question comes up. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { exactTime } from '../../lib/relative-time.ts'
import { useNow } from '../../lib/use-now.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmButton } from '../../ui/confirm-button.tsx'
import { ErrorState } from '../../ui/states.tsx'
import { showToast } from '../../ui/toast.tsx'
import { begin, close, type Conversions } from './conversions.ts'
import { timeLeft } from './time-left.ts'

/** Why nothing can be converted just now, and how to go on. */
export const SessionNotice = ({ session, queue }: Pick<Conversions, 'session' | 'queue'>) => {
  const { t } = useTranslation()
  switch (session.state) {
    case 'starting':
    case 'open':
      return null
    case 'failed':
      return <ErrorState compact title={t('convert.beginFailed')} error={session.error} onRetry={() => void begin()} />
    case 'ended':
      return (
        <div role="status" className="flex flex-col items-start gap-3 rounded bg-wash p-4">
          <p>
            {t(session.wasClosedHere ? 'convert.closed' : 'convert.ended')}
            {queue.length > 0 && ` ${t('convert.endedKept')}`}
          </p>
          <Button onClick={() => void begin()}>{t('convert.begin')}</Button>
        </div>
      )
  }
}

/** Who can reach the files and until when, and how to end it. */
export const OpenSession = ({
  expiresAt,
  holdsFiles,
}: {
  readonly expiresAt: number
  readonly holdsFiles: boolean
}) => {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const [isClosing, setIsClosing] = useState(false)
  const time = timeLeft(expiresAt - now, i18n.language)
  const onClose = () => {
    setIsClosing(true)
    close().catch((error: unknown) => {
      setIsClosing(false)
      showToast({ text: `${t('convert.closeFailed')} ${errorText(t, error)}`, tone: 'danger' })
    })
  }
  return (
    <section aria-labelledby="session-title" className="flex flex-col gap-3">
      <h2 id="session-title" className="sr-only">
        {t('convert.yourFiles')}
      </h2>
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <p className="min-w-0 flex-1 basis-72 text-small text-soft">
          {time === null ? t('convert.leftMinute') : t(holdsFiles ? 'convert.left' : 'convert.noneYet', { time })}
        </p>
        {holdsFiles && (
          <ConfirmButton
            label={t('convert.close')}
            question={t('convert.closeConfirm')}
            disabled={isClosing}
            onConfirm={onClose}
          />
        )}
      </div>
      <details className="text-small text-soft">
        <summary className="w-fit cursor-pointer rounded py-1 text-accent underline-offset-4 hover:underline">
          {t('convert.more')}
        </summary>
        <ul className="mt-1 flex max-w-[72ch] list-disc flex-col gap-1 ps-5">
          <li>{t('convert.where')}</li>
          <li>{t('convert.howLong', { time: exactTime(new Date(expiresAt).toISOString(), i18n.language) })}</li>
          <li>{t('convert.who')}</li>
          <li>{t('convert.remembered')}</li>
        </ul>
      </details>
    </section>
  )
}
