/** How often the conversation was changed, and the way back. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { exactTime } from '../../lib/relative-time.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState, FormError } from '../../ui/states.tsx'
import { readRevisions } from './read-conversation.ts'
import { useRestoreRevision } from './restore-revision.ts'

export const Revisions = ({
  conversationId,
  present,
}: {
  readonly conversationId: string
  readonly present: number
}) => {
  const { t, i18n } = useTranslation()
  const { data, error, refetch } = useQuery(readRevisions(conversationId))
  const restore = useRestoreRevision(conversationId)
  return (
    <section className="flex flex-col gap-3">
      <h2 className="font-strong">{t('training.revisions')}</h2>
      {error && !data && (
        <ErrorState compact title={t('training.detailsFailed')} error={error} onRetry={() => void refetch()} />
      )}
      {restore.error && <FormError>{errorText(t, restore.error)}</FormError>}
      <ul className="flex flex-col gap-1 text-small">
        {data?.revisions.map(({ revision, reason, created_at: at }) => (
          <li key={revision} className="flex min-h-9 flex-wrap items-center gap-x-3">
            <span className="w-8 tabular-nums">{revision}</span>
            <time dateTime={at} className="text-soft tabular-nums">
              {exactTime(at, i18n.language)}
            </time>
            <span>{t(`training.reason_${reason}`)}</span>
            {revision === present ? (
              <span className="text-soft">{t('training.presentRevision')}</span>
            ) : (
              reason !== 'erased' && (
                <Button
                  look="quiet"
                  disabled={restore.isPending}
                  aria-label={t('training.restoreRevision', { revision })}
                  onClick={() => restore.mutate(revision)}
                >
                  {t('training.restore')}
                </Button>
              )
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
