/** Where the person is signed in, and how to end it. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { useNow } from '../../lib/use-now.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { showToast } from '../../ui/toast.tsx'
import { listSessions } from '../account/list-sessions.ts'
import { useRevokeOtherSessions, useRevokeSession } from '../account/revoke-session.ts'
import { browserName } from './browser-name.ts'

export const SessionsSection = () => {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const sessions = useQuery(listSessions())
  const revoke = useRevokeSession()
  const revokeOthers = useRevokeOtherSessions()
  const failed = (error: unknown) => showToast({ text: errorText(t, error), tone: 'danger' })
  if (sessions.isPending) {
    return (
      <Loading>
        <Skeleton className="h-16 w-full" />
      </Loading>
    )
  }
  if (!sessions.data) {
    return (
      <ErrorState
        compact
        title={t('settings.loadFailed')}
        error={sessions.error}
        onRetry={() => void sessions.refetch()}
      />
    )
  }
  const nameOf = (userAgent: string) => {
    const { browser, system } = browserName(userAgent)
    if (browser && system) return t('settings.browserOn', { browser, system })
    return browser ?? system ?? t('settings.unknownBrowser')
  }
  return (
    <>
      <p className="text-soft">{sessions.data.length > 1 ? t('settings.sessionsIntro') : t('settings.onlyThis')}</p>
      <ul className="mt-2">
        {sessions.data.map((session) => (
          <li
            key={session.id}
            className="flex min-h-14 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-hairline py-2 last:border-0"
          >
            <div>
              <p title={session.userAgent}>{nameOf(session.userAgent)}</p>
              <p className="text-small text-soft" title={exactTime(session.lastSeenAt, i18n.language)}>
                {session.current
                  ? t('settings.thisSession')
                  : t('settings.lastSeen', { when: relativeTime(session.lastSeenAt, now, i18n.language) })}
                {' · '}
                {t('settings.signedIn', { when: relativeTime(session.createdAt, now, i18n.language) })}
              </p>
            </div>
            {!session.current && (
              <Button
                disabled={revoke.isPending && revoke.variables === session.id}
                onClick={() => revoke.mutate(session.id, { onError: failed })}
              >
                {t('settings.endSession')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {sessions.data.length > 1 && (
        <Button
          className="mt-4"
          disabled={revokeOthers.isPending}
          onClick={() =>
            revokeOthers.mutate(undefined, {
              onSuccess: () => showToast({ text: t('settings.othersEnded') }),
              onError: failed,
            })
          }
        >
          {t('settings.endOthers')}
        </Button>
      )}
    </>
  )
}
