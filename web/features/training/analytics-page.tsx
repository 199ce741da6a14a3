/** What left the server, day by day. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ReplyOf } from '#contract/endpoint.ts'
import type { readAnalytics as endpoint } from '#contract/training/index.ts'
import { Choice } from '../../ui/choice.tsx'
import { EmptyState, ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { fileSize } from '../files/describe-file.ts'
import { whole } from '../generate/figures.ts'
import { readAnalytics } from './read-analytics.ts'
import { TrainingPage } from './training-page.tsx'

const spans = ['7', '30', '90', '365'] as const

type Analytics = ReplyOf<typeof endpoint>
type Day = Analytics['days'][number]

export const AnalyticsPage = () => {
  const { t } = useTranslation()
  const [span, setSpan] = useState<(typeof spans)[number]>('30')
  const { data, error, refetch } = useQuery(readAnalytics(Number(span)))
  return (
    <TrainingPage name="analytics" title={t('training.analytics')}>
      <div className="flex max-w-[64rem] flex-col gap-8 px-4 pt-4 pb-24 desk:px-6">
        <Choice
          label={t('training.span')}
          value={span}
          options={spans.map((value) => ({ value, label: t('training.days', { count: Number(value) }) }))}
          onChange={setSpan}
        />
        {!data && !error && (
          <Loading>
            <Skeleton className="h-48 w-full" />
          </Loading>
        )}
        {!data && error && (
          <ErrorState compact title={t('training.analyticsFailed')} error={error} onRetry={() => void refetch()} />
        )}
        {data && <Figures analytics={data} />}
      </div>
    </TrainingPage>
  )
}

const Figures = ({ analytics }: { readonly analytics: Analytics }) => {
  const { t, i18n } = useTranslation()
  const { totals, days } = analytics
  if (totals.downloads + totals.failures + totals.exports === 0) {
    return <EmptyState>{t('training.noAnalytics')}</EmptyState>
  }
  const number = (value: number) => whole(value, i18n.language)
  const bytes = (value: number) => fileSize(value, i18n.language)
  return (
    <>
      <dl className="grid grid-cols-2 gap-4 desk:grid-cols-5">
        {(
          [
            ['downloads', number(totals.downloads)],
            ['failuresCount', number(totals.failures)],
            ['exportsCount', number(totals.exports)],
            ['bytesLinked', bytes(totals.bytes_linked)],
            ['bytesServed', bytes(totals.bytes_served)],
          ] as const
        ).map(([name, value]) => (
          <div key={name}>
            <dt className="text-small text-soft">{t(`training.${name}`)}</dt>
            <dd className="text-title font-strong tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      <Chart title={t('training.downloads')} days={days} value={(day) => day.downloads} format={number} />
      <Chart title={t('training.bytesServed')} days={days} value={(day) => day.bytes_served} format={bytes} />
      {analytics.failures.length > 0 && (
        <section className="flex flex-col gap-3">
          <h2 className="font-strong">{t('training.failuresCount')}</h2>
          <ul className="flex flex-col gap-1">
            {analytics.failures.map((failure) => (
              <li key={failure.error} className="flex gap-4">
                <span className="w-12 text-end tabular-nums">{number(failure.count)}</span>
                <code className="font-mono text-small break-all">{failure.error}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
      {analytics.top_conversations.length > 0 && (
        <section className="flex flex-col gap-3">
          <h2 className="font-strong">{t('training.mostDownloaded')}</h2>
          <ol className="flex flex-col gap-1">
            {analytics.top_conversations.map(({ conversation_id: id, title, downloads }) => (
              <li key={id} className="flex gap-4">
                <span className="w-12 text-end tabular-nums">{number(downloads)}</span>
                {title === null ? (
                  <span className="text-soft">{t('training.deletedOne')}</span>
                ) : (
                  <Link to="/conversations" search={{ open: id }} className="text-accent hover:underline">
                    {title}
                  </Link>
                )}
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  )
}

/** Bars for the eye; the same numbers as a table for everybody. */
const Chart = ({
  title,
  days,
  value,
  format,
}: {
  readonly title: string
  readonly days: readonly Day[]
  readonly value: (day: Day) => number
  readonly format: (value: number) => string
}) => {
  const { t, i18n } = useTranslation()
  const most = Math.max(1, ...days.map(value))
  const named = new Intl.DateTimeFormat(i18n.language, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const busy = days.filter((day) => value(day) > 0)
  return (
    <section className="flex flex-col gap-2">
      <h2 className="font-strong">{title}</h2>
      <div className="flex h-32 items-end gap-px border-b border-edge" aria-hidden>
        {days.map((day) => (
          <span
            key={day.date}
            title={`${named.format(Date.parse(day.date))}: ${format(value(day))}`}
            className="min-w-0 flex-1 bg-accent"
            style={{ height: `${(value(day) / most) * 100}%` }}
          />
        ))}
      </div>
      <p className="flex justify-between text-small text-soft tabular-nums" aria-hidden>
        <span>{days[0] && named.format(Date.parse(days[0].date))}</span>
        <span>{t('training.most', { value: format(most) })}</span>
        <span>{days.at(-1) && named.format(Date.parse(days.at(-1)!.date))}</span>
      </p>
      <details>
        <summary className="cursor-pointer text-small text-soft">{t('training.asTable')}</summary>
        <table className="mt-2 text-small tabular-nums">
          <caption className="sr-only">{title}</caption>
          <tbody>
            {busy.map((day) => (
              <tr key={day.date}>
                <th scope="row" className="pe-6 text-start font-normal text-soft">
                  {named.format(Date.parse(day.date))}
                </th>
                <td className="text-end">{format(value(day))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  )
}
