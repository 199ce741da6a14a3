/** What was converted in this browser, also in sessions that are over. */
import { ArrowRight } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { useNow } from '../../lib/use-now.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmButton } from '../../ui/confirm-button.tsx'
import { forgetHistory } from './conversions.ts'
import { downloadText } from './download.ts'
import { shortFormatName } from './formats.ts'
import type { HistoryRecord } from './history.ts'
import type { Queue } from './queue.ts'

/** Shown until more is asked for. */
const FEW = 8

/** `queue`: the files of this session are shown in their rows, and are not said twice. */
export const HistorySection = ({
  records,
  queue,
}: {
  readonly records: readonly HistoryRecord[]
  readonly queue: Queue
}) => {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const [all, setAll] = useState(false)
  const past = records.filter(({ job_id }) => queue.every(({ id }) => id !== job_id))
  if (past.length === 0) return null
  const statusOf = ({ status }: HistoryRecord) =>
    t(status === 'completed' ? 'convert.completed' : status === 'failed' ? 'convert.failed' : 'convert.unfinished')
  return (
    <section aria-labelledby="history-title" className="border-t border-hairline pt-6">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 id="history-title" className="font-strong">
          {t('convert.history')}
        </h2>
        <span className="flex gap-2">
          <Button
            onClick={() =>
              downloadText('parlance-conversions.json', 'application/json', `${JSON.stringify(records, null, 2)}\n`)
            }
          >
            {t('convert.export')}
          </Button>
          <ConfirmButton
            label={t('convert.clear')}
            question={t('convert.clearConfirm')}
            onConfirm={() => void forgetHistory()}
          />
        </span>
      </div>
      <p className="mt-1 text-small text-soft">{t('convert.historyNote')}</p>
      <ul className="mt-2">
        {past.slice(0, all ? undefined : FEW).map((record) => (
          <li
            key={record.job_id}
            className="flex min-h-10 flex-wrap items-center justify-between gap-x-4 border-b border-hairline py-2 text-small last:border-0"
          >
            <span className="flex min-w-0 flex-1 basis-60 items-center gap-2">
              <span className="truncate" title={record.original_filename}>
                {record.original_filename}
              </span>
              {record.target_format !== null && (
                <>
                  <ArrowRight size={14} strokeWidth={1.75} className="shrink-0 text-soft" aria-hidden />
                  <span className="shrink-0">{shortFormatName(record.target_format)}</span>
                </>
              )}
            </span>
            <span className="shrink-0 text-soft">
              {statusOf(record)}
              {' · '}
              <time dateTime={record.timestamp} title={exactTime(record.timestamp, i18n.language)}>
                {relativeTime(record.timestamp, now, i18n.language)}
              </time>
            </span>
          </li>
        ))}
      </ul>
      {!all && past.length > FEW && (
        <Button look="quiet" onClick={() => setAll(true)}>
          {t('convert.showAll', { total: past.length })}
        </Button>
      )}
    </section>
  )
}
