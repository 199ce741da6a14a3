/** What was done with one's training data, by whom and when; lines are only ever added. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { toAddress } from '../../lib/client.ts'
import { exactTime } from '../../lib/relative-time.ts'
import { buttonLook } from '../../ui/button.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { EmptyState, ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { fileSize } from '../files/describe-file.ts'
import { actions } from './dashboard-search.ts'
import { listLog } from './list-log.ts'
import { TrainingPage } from './training-page.tsx'

export const LogPage = () => {
  const { t, i18n } = useTranslation()
  const { action } = useSearch({ from: '/conversations/log' })
  const navigate = useNavigate()
  const log = useInfiniteQuery(listLog(action))
  const entries = log.data?.pages.flatMap((page) => page.entries) ?? []
  return (
    <TrainingPage
      name="log"
      title={t('training.log')}
      actions={
        <a href={toAddress('/api/training/log.csv', {}, { action })} download className={buttonLook()}>
          <Download size={18} strokeWidth={1.75} aria-hidden /> {t('training.asCsv')}
        </a>
      }
    >
      <div className="flex max-w-[64rem] flex-col gap-4 px-4 pt-4 pb-24 desk:px-6">
        <SelectField
          className="max-w-xs"
          label={t('training.action')}
          value={action ?? ''}
          options={[
            { value: '', label: t('training.all') },
            ...actions.map((value) => ({ value, label: t(`training.action_${value}`) })),
          ]}
          onChange={(value) =>
            void navigate({ to: '/conversations/log', search: value === '' ? {} : { action: value }, replace: true })
          }
        />
        {log.isPending && (
          <Loading>
            <Skeleton className="h-40 w-full" />
          </Loading>
        )}
        {!log.data && log.error && (
          <ErrorState compact title={t('training.logFailed')} error={log.error} onRetry={() => void log.refetch()} />
        )}
        {log.data && entries.length === 0 && <EmptyState>{t('training.noLog')}</EmptyState>}
        {entries.length > 0 && (
          <ul className="flex flex-col">
            {entries.map((entry) => (
              <li
                key={entry.id}
                className="flex flex-wrap items-baseline gap-x-4 border-b border-hairline py-2 text-small"
              >
                <time dateTime={entry.at} className="text-soft tabular-nums">
                  {exactTime(entry.at, i18n.language)}
                </time>
                <span className="font-strong">{t(`training.action_${entry.action}`)}</span>
                {entry.conversation_id !== null && (
                  <Link
                    to="/conversations"
                    search={{ open: entry.conversation_id }}
                    className="font-mono text-accent hover:underline"
                  >
                    {entry.conversation_id.slice(0, 8)}
                  </Link>
                )}
                {entry.bytes !== null && (
                  <span className="text-soft tabular-nums">{fileSize(entry.bytes, i18n.language)}</span>
                )}
                {entry.error !== null && <span className="text-danger">{entry.error}</span>}
              </li>
            ))}
          </ul>
        )}
        <MoreButton query={log} />
      </div>
    </TrainingPage>
  )
}
