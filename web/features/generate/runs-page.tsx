/** Every run, latest first. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { GenerationRun } from '#contract/training/index.ts'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { useNow } from '../../lib/use-now.ts'
import { buttonLook } from '../../ui/button.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { EmptyState, ErrorState } from '../../ui/states.tsx'
import { modelName } from '../models/choose-model.ts'
import { useModel } from '../models/use-model.ts'
import { RowsWaiting } from '../training/rows-waiting.tsx'
import { TrainingPage } from '../training/training-page.tsx'
import { dollars, whole } from './figures.ts'
import { listGenerations } from './list-generations.ts'
import { StatusMark } from './status-mark.tsx'

export const RunsPage = () => {
  const { t } = useTranslation()
  const runs = useInfiniteQuery(listGenerations())
  const all = runs.data?.pages.flatMap(({ generations }) => generations) ?? []
  const body = () => {
    if (runs.error && !runs.data) {
      return <ErrorState title={t('generate.runsFailed')} error={runs.error} onRetry={() => void runs.refetch()} />
    }
    if (!runs.data) return <RowsWaiting />
    if (all.length === 0) {
      return (
        <EmptyState
          icon={Play}
          action={
            <Link to="/conversations/generate" search={{ view: 'many' }} className={buttonLook('primary')}>
              {t('generate.toGenerate')}
            </Link>
          }
        >
          {t('generate.noRuns')}
        </EmptyState>
      )
    }
    return (
      <div className="flex flex-col gap-4 px-4 pt-2 pb-24 desk:px-6">
        <ul>
          {all.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </ul>
        <MoreButton query={runs} />
      </div>
    )
  }
  return (
    <TrainingPage name="runs" title={t('training.runs')}>
      {body()}
    </TrainingPage>
  )
}

const RunRow = ({ run }: { readonly run: GenerationRun }) => {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const { groups } = useModel()
  const { progress } = run
  const number = (value: number) => whole(value, i18n.language)
  const facts = [
    modelName(groups, run.model),
    t(`generate.tier_${run.tier}`),
    ...(run.spent === null ? [] : [dollars(run.spent, i18n.language)]),
  ]
  return (
    <li className="border-b border-hairline">
      <Link
        to="/conversations/runs/$runId"
        params={{ runId: run.id }}
        className="-mx-2 flex flex-col gap-1.5 rounded px-2 py-3 hover:bg-hover"
      >
        <span className="flex flex-wrap items-baseline justify-between gap-x-4">
          <span className="font-strong tabular-nums">
            {t('generate.conversationCount', { count: progress.total, total: number(progress.total) })}
          </span>
          <span className="text-small">
            <StatusMark status={run.status} />
          </span>
        </span>
        <ProgressBar
          label={t('generate.progress')}
          value={progress.completed}
          failed={progress.failed}
          max={progress.total}
        />
        <span className="flex flex-wrap justify-between gap-x-4 text-small text-soft tabular-nums">
          <span>
            {t('generate.doneOf', { done: number(progress.successful), total: number(progress.total) })}
            {progress.failed > 0 && (
              <span className="text-danger"> · {t('generate.failedCount', { count: progress.failed })}</span>
            )}
            {' · '}
            {facts.join(' · ')}
          </span>
          <time dateTime={run.created_at} title={exactTime(run.created_at, i18n.language)}>
            {relativeTime(run.created_at, now, i18n.language)}
          </time>
        </span>
      </Link>
    </li>
  )
}
