/** What could not be generated, and why; one of them or all that are shown can be tried again. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { GenerationCall } from '#contract/training/index.ts'
import { announce } from '../../lib/announce.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { useNow } from '../../lib/use-now.ts'
import { Button } from '../../ui/button.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { EmptyState, ErrorState, FormError } from '../../ui/states.tsx'
import { modelName } from '../models/choose-model.ts'
import { useModel } from '../models/use-model.ts'
import { TrainingPage } from '../training/training-page.tsx'
import { CallRow } from './call-row.tsx'
import { failureTypes } from './generate-search.ts'
import { listFailures } from './list-failures.ts'
import { RowsWaiting } from '../training/rows-waiting.tsx'
import { useSteerGeneration } from './steer-generation.ts'

export const FailuresPage = () => {
  const { t } = useTranslation()
  const { type } = useSearch({ from: '/conversations/failures' })
  const navigate = useNavigate()
  const failures = useInfiniteQuery(listFailures(type ?? null))
  const all = failures.data?.pages.flatMap(({ failures: page }) => page) ?? []
  const retry = useRetry()
  const body = () => {
    if (failures.error && !failures.data) {
      return (
        <ErrorState
          compact
          title={t('generate.failuresFailed')}
          error={failures.error}
          onRetry={() => void failures.refetch()}
        />
      )
    }
    if (!failures.data) return <RowsWaiting />
    if (all.length === 0) {
      return <EmptyState icon={CircleCheck}>{t(type ? 'generate.noFailuresOfType' : 'generate.noFailures')}</EmptyState>
    }
    return (
      <>
        <ul className="border-t border-hairline">
          {all.map((call) => (
            <CallRow key={call.id} call={call} isBusy={retry.isPending} onRetry={() => void retry.of([call])}>
              <Facts call={call} />
            </CallRow>
          ))}
        </ul>
        <MoreButton query={failures} />
      </>
    )
  }
  return (
    <TrainingPage name="failures" title={t('training.failures')}>
      <div className="flex max-w-[64rem] flex-col gap-4 px-4 pt-4 pb-24 desk:px-6">
        <div className="flex flex-wrap items-end justify-between gap-4">
          <SelectField
            label={t('generate.reason')}
            value={type ?? ''}
            options={[
              { value: '', label: t('generate.anyReason') },
              ...failureTypes.map((each) => ({ value: each, label: t(`generate.failure_${each}`) })),
            ]}
            onChange={(next) =>
              void navigate({ to: '/conversations/failures', search: next === '' ? {} : { type: next } })
            }
            className="w-64"
          />
          {all.length > 1 && (
            <Button disabled={retry.isPending} onClick={() => void retry.of(all)}>
              {t('generate.retryShown', { count: all.length })}
            </Button>
          )}
        </div>
        {retry.error !== null && <FormError>{errorText(t, retry.error)}</FormError>}
        {body()}
      </div>
    </TrainingPage>
  )
}

const Facts = ({ call }: { readonly call: GenerationCall }) => {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const { groups } = useModel()
  return (
    <>
      <span>{modelName(groups, call.model)}</span>
      {call.ended_at !== null && (
        <time dateTime={call.ended_at} title={exactTime(call.ended_at, i18n.language)}>
          {relativeTime(call.ended_at, now, i18n.language)}
        </time>
      )}
      <Link
        to="/conversations/runs/$runId"
        params={{ runId: call.run_id }}
        className="text-accent underline underline-offset-4"
      >
        {t('generate.toRun')}
      </Link>
    </>
  )
}

/** Failures are tried again run by run: each run has its own cap and its own order. */
const useRetry = () => {
  const { t } = useTranslation()
  const steer = useSteerGeneration()
  const [isPending, setIsPending] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const of = async (calls: readonly GenerationCall[]) => {
    setIsPending(true)
    setError(null)
    try {
      const runs = Map.groupBy(calls, (call) => call.run_id)
      for (const [id, ofRun] of runs) {
        await steer.mutateAsync({ id, to: 'retry', callIds: ofRun.map((call) => call.id) })
      }
      announce(t('generate.retried', { count: calls.length }))
    } catch (thrown) {
      setError(thrown)
    } finally {
      setIsPending(false)
    }
  }
  return { of, isPending, error }
}
