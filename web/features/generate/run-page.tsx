/** One run: how far it is, what it has cost, what is done about it, and each of its conversations. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { CircleX } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallStatus, GenerationRun } from '#contract/training/index.ts'
import { announce } from '../../lib/announce.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { exactTime } from '../../lib/relative-time.ts'
import { buttonLook } from '../../ui/button.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { EmptyState, ErrorState, FormError, Loading, Skeleton } from '../../ui/states.tsx'
import { modelName } from '../models/choose-model.ts'
import { useModel } from '../models/use-model.ts'
import { TrainingPage } from '../training/training-page.tsx'
import { CallRow } from './call-row.tsx'
import { Fact, Facts } from './facts.tsx'
import { dollars, duration, whole } from './figures.ts'
import { listGenerationCalls } from './list-generation-calls.ts'
import { readGeneration } from './read-generation.ts'
import { RunActions } from './run-actions.tsx'
import { callStatuses, isUnderWay } from './run-state.ts'
import { StatusMark } from './status-mark.tsx'
import { type Steering, useSteerGeneration } from './steer-generation.ts'

export const RunPage = ({ id }: { readonly id: string }) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const run = useQuery(readGeneration(id))
  const body = () => {
    if (run.data) return <Run run={run.data} />
    if (run.error && [400, 404].includes(asRequestError(run.error).status)) {
      return (
        <EmptyState
          icon={CircleX}
          action={
            <Link to="/conversations/runs" className={buttonLook()}>
              {t('generate.toRuns')}
            </Link>
          }
        >
          {t('generate.noSuchRun')}
        </EmptyState>
      )
    }
    if (run.error) {
      return <ErrorState title={t('generate.runFailed')} error={run.error} onRetry={() => void run.refetch()} />
    }
    return (
      <Loading>
        <div className="flex flex-col gap-4 px-4 pt-6 desk:px-6">
          <Skeleton className="h-6 w-[30%]" />
          <Skeleton className="h-2 w-full" />
          <Skeleton className="h-24 w-full" />
        </div>
      </Loading>
    )
  }
  return (
    <TrainingPage
      name={`run ${id}`}
      title={t('generate.run')}
      onBack={() => void navigate({ to: '/conversations/runs' })}
    >
      {body()}
    </TrainingPage>
  )
}

const Run = ({ run }: { readonly run: GenerationRun }) => {
  const { t, i18n } = useTranslation()
  const { groups } = useModel()
  const steer = useSteerGeneration()
  useAnnouncedEnd(run)
  const { progress } = run
  const number = (value: number) => whole(value, i18n.language)
  const money = (amount: number | null) => (amount === null ? t('generate.unknown') : dollars(amount, i18n.language))
  const onSteer = (steering: Steering) => steer.mutate({ ...steering, id: run.id })
  return (
    <div className="flex max-w-[64rem] flex-col gap-6 px-4 pt-4 pb-24 desk:px-6">
      <section aria-label={t('generate.progress')} className="flex flex-col gap-3">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4">
          <p className="text-title font-strong tabular-nums">
            {t('generate.doneOf', { done: number(progress.completed), total: number(progress.total) })}
          </p>
          <StatusMark status={run.status} />
        </div>
        <ProgressBar
          label={t('generate.progress')}
          value={progress.completed}
          failed={progress.failed}
          max={progress.total}
        />
        {run.reason !== null && (
          <p role="status" className="rounded bg-danger-wash px-3 py-2">
            {run.reason}
          </p>
        )}
        <RunActions run={run} isPending={steer.isPending} onSteer={onSteer} />
        {steer.error && <FormError>{errorText(t, steer.error)}</FormError>}
        <Facts>
          <Fact name={t('generate.successful')}>{number(progress.successful)}</Fact>
          <Fact name={t('generate.failed')}>{number(progress.failed)}</Fact>
          {progress.cancelled > 0 && <Fact name={t('generate.cancelled')}>{number(progress.cancelled)}</Fact>}
          {isUnderWay(run) && (
            <Fact name={t('generate.timeLeft')}>
              {run.eta_seconds === null
                ? t('generate.notYetKnown')
                : t('generate.about', { time: duration(run.eta_seconds, i18n.language) })}
            </Fact>
          )}
          <Fact name={t('generate.spent')}>{money(run.spent)}</Fact>
          {run.reserved !== null && run.reserved > 0 && (
            <Fact name={t('generate.reserved')}>{money(run.reserved)}</Fact>
          )}
          {run.uncertain !== null && run.uncertain > 0 && (
            <Fact name={t('generate.uncertain')}>{money(run.uncertain)}</Fact>
          )}
          <Fact name={t('generate.set_cap')}>
            {run.cost_cap === null ? t('generate.noCap') : dollars(run.cost_cap, i18n.language)}
          </Fact>
          <Fact name={t('generate.tokens')}>
            {t('generate.tokensDone', { read: number(run.prompt_tokens), written: number(run.completion_tokens) })}
          </Fact>
          <Fact name={t('generate.model')}>{modelName(groups, run.model)}</Fact>
          <Fact name={t('generate.tier')}>{t(`generate.tier_${run.tier}`)}</Fact>
          <Fact name={t('generate.set_concurrency')}>{number(run.concurrency)}</Fact>
          <Fact name={t('generate.started')}>{exactTime(run.created_at, i18n.language)}</Fact>
        </Facts>
      </section>
      <Calls run={run} isSteering={steer.isPending} onSteer={onSteer} />
    </div>
  )
}

/** Says it when a run ends that was seen to go on. */
const useAnnouncedEnd = ({ status, progress }: GenerationRun) => {
  const { t } = useTranslation()
  const before = useRef(status)
  useEffect(() => {
    if (isUnderWay({ status: before.current }) && !isUnderWay({ status })) {
      announce(
        t('generate.announceEnd', {
          status: t(`generate.status_${status}`),
          done: progress.successful,
          total: progress.total,
        }),
      )
    }
    before.current = status
  }, [status, progress, t])
}

const Calls = ({
  run,
  isSteering,
  onSteer,
}: {
  readonly run: GenerationRun
  readonly isSteering: boolean
  readonly onSteer: (steering: Steering) => void
}) => {
  const { t } = useTranslation()
  const [status, setStatus] = useState<CallStatus | ''>('')
  const calls = useInfiniteQuery(listGenerationCalls(run, status || null))
  // What is counted is listed: the two are read at different times.
  const { refetch } = calls
  const { status: runStatus, progress } = run
  useEffect(() => void refetch(), [runStatus, progress.completed, refetch])
  const all = calls.data?.pages.flatMap(({ calls: page }) => page) ?? []
  return (
    <section aria-labelledby="calls-title" className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 id="calls-title" className="font-strong">
          {t('training.conversations')}
        </h2>
        <SelectField
          hideLabel
          label={t('generate.status')}
          value={status}
          options={[
            { value: '', label: t('generate.anyStatus') },
            ...callStatuses.map((each) => ({ value: each, label: t(`generate.status_${each}`) })),
          ]}
          onChange={setStatus}
          className="w-44"
        />
      </div>
      {calls.error && !calls.data ? (
        <ErrorState
          compact
          title={t('generate.callsFailed')}
          error={calls.error}
          onRetry={() => void calls.refetch()}
        />
      ) : !calls.data ? (
        <Loading>
          <Skeleton className="h-40 w-full" />
        </Loading>
      ) : all.length === 0 ? (
        <p className="py-3 text-soft">{t('generate.noCalls')}</p>
      ) : (
        <>
          <ul className="border-t border-hairline">
            {all.map((call) => (
              <CallRow
                key={call.id}
                call={call}
                isBusy={isSteering}
                onRetry={() => onSteer({ to: 'retry', callIds: [call.id] })}
              />
            ))}
          </ul>
          <MoreButton query={calls} />
        </>
      )}
    </section>
  )
}
