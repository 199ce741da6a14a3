/** What was redacted in a taken conversation, and putting it back as long as it is not approved. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState, FormError } from '../../ui/states.tsx'
import { listRedactions } from './list-redactions.ts'
import { useRestoreRedaction } from './restore-redaction.ts'

export const KeptRedactions = ({ conversationId }: { readonly conversationId: string }) => {
  const { t } = useTranslation()
  const { data, error, refetch } = useQuery(listRedactions(conversationId))
  const restore = useRestoreRedaction(conversationId)
  if (!data && !error) return null
  return (
    <section className="flex flex-col gap-3">
      <h2 className="font-strong">{t('sources.redactions')}</h2>
      {!data && (
        <ErrorState compact title={t('sources.redactionsFailed')} error={error} onRetry={() => void refetch()} />
      )}
      {data && (
        <p className="max-w-[72ch] text-small text-soft">
          {t(
            data.is_final
              ? 'sources.redactionsFinal'
              : data.redactions.length === 0
                ? 'sources.noRedactions'
                : 'sources.redactionsOpen',
          )}
        </p>
      )}
      {restore.error && <FormError>{errorText(t, restore.error)}</FormError>}
      <ul className="flex flex-col">
        {data?.redactions.map(({ replacement, kind, value, turn_numbers: turns }) => (
          <li key={replacement} className="flex min-h-10 flex-wrap items-center gap-x-3 border-b border-hairline py-1">
            <code className="font-mono text-small text-accent">{replacement}</code>
            <span className="min-w-0 break-words">{value}</span>
            <span className="flex-1 text-small text-soft tabular-nums">
              {t(`sources.kindOf_${kind}`)} · {t('sources.inTurns', { count: turns.length, turns: turns.join(', ') })}
            </span>
            {!data.is_final && (
              <Button
                look="quiet"
                disabled={restore.isPending}
                aria-label={t('sources.putBackOf', { replacement })}
                onClick={() => restore.mutate(replacement)}
              >
                {t('sources.putBack')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
