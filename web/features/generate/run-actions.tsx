/** What can be done about a run now. */
import { Pause, Play, RotateCw } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { GenerationRun } from '#contract/training/index.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmButton } from '../../ui/confirm-button.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { typedNumber } from './figures.ts'
import { canCancel, canPause, canResume, canRetry } from './run-state.ts'
import type { Steering } from './steer-generation.ts'

export const RunActions = ({
  run,
  isPending,
  onSteer,
}: {
  readonly run: GenerationRun
  readonly isPending: boolean
  readonly onSteer: (steering: Steering) => void
}) => {
  const { t } = useTranslation()
  const [cap, setCap] = useState('')
  const typed = typedNumber(cap, 0, 1_000_000)
  if (!canCancel(run) && !canRetry(run)) return null
  return (
    <div className="flex flex-wrap items-end gap-2">
      {canResume(run) && run.cost_cap !== null && (
        <TextField
          label={t('generate.newCap')}
          className="w-48"
          inputMode="decimal"
          placeholder={String(run.cost_cap)}
          error={typed === undefined ? t('generate.numberWrong', { least: 0, most: 1_000_000 }) : null}
          value={cap}
          onChange={(event) => setCap(event.target.value)}
        />
      )}
      {canResume(run) && (
        <Button
          look="primary"
          icon={Play}
          disabled={isPending || typed === undefined}
          onClick={() => {
            onSteer({ to: 'resume', cap: typed ?? undefined })
            setCap('')
          }}
        >
          {t('generate.resume')}
        </Button>
      )}
      {canPause(run) && (
        <Button icon={Pause} disabled={isPending} onClick={() => onSteer({ to: 'pause' })}>
          {t('generate.pause')}
        </Button>
      )}
      {canRetry(run) && (
        <Button icon={RotateCw} disabled={isPending} onClick={() => onSteer({ to: 'retry' })}>
          {t('generate.retryFailed', { count: run.progress.failed })}
        </Button>
      )}
      {canCancel(run) && (
        <ConfirmButton
          label={t('generate.cancelRun')}
          question={t('generate.cancelConfirm')}
          disabled={isPending}
          onConfirm={() => onSteer({ to: 'cancel' })}
        />
      )}
    </div>
  )
}
