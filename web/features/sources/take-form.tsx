/** Takes what is shown: under which title, of which tier, and whether that waits for those who have not answered yet. */
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { Button } from '../../ui/button.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { FormError } from '../../ui/states.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'
import { type Tier, tiers } from '../training/dashboard-search.ts'
import type { stretchesOf } from './marks.ts'
import type { Preview } from './preview-source.ts'
import type { Reading } from './reading.ts'
import { useTakeSource } from './take-source.ts'

export const TakeForm = ({
  preview,
  reading,
  shownTitle,
  redactions,
  isReading,
  onReadAgain,
}: {
  readonly preview: Preview
  readonly reading: Reading
  /** Offered as long as no other is typed. */
  readonly shownTitle: string
  readonly redactions: ReturnType<typeof stretchesOf>
  readonly isReading: boolean
  readonly onReadAgain: () => void
}) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const take = useTakeSource(preview.conversation_id)
  const [typed, setTyped] = useState<string | null>(null)
  const title = typed ?? shownTitle
  const [tier, setTier] = useState<Tier>('scenario')
  const [isImpatient, setImpatient] = useState(false)
  const isUseful = preview.turns.some(({ train }) => train)
  const someoneWaits = preview.obstacle === 'consent_missing'
  const canTake = isUseful && (!someoneWaits || isImpatient) && title.trim() !== '' && !take.isPending
  const submit = () =>
    take.mutate(
      {
        ...reading,
        fingerprint: preview.fingerprint,
        title: title.trim(),
        tier,
        wait_for_everybody: !isImpatient,
        redactions,
      },
      {
        onSuccess: ({ conversation_id: open, redaction_count: count }) => {
          showToast({ text: t('sources.takenToast', { count }) })
          void navigate({ to: '/conversations', search: { open } })
        },
      },
    )
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (canTake) submit()
      }}
    >
      <h2 className="font-strong">{t('sources.take')}</h2>
      <div className="flex flex-wrap gap-4">
        <TextField
          className="min-w-48 flex-1 desk:max-w-96"
          label={t('sources.title')}
          hint={t('sources.titleHint')}
          maxLength={255}
          value={title}
          onChange={(event) => setTyped(event.target.value)}
        />
        <SelectField
          className="w-44"
          label={t('training.tier')}
          value={tier}
          options={tiers.map((value) => ({ value, label: t(`training.tier_${value}`) }))}
          onChange={setTier}
        />
      </div>
      {someoneWaits && (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <label className="flex min-h-10 cursor-pointer items-center gap-2">
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-accent"
              checked={isImpatient}
              onChange={(event) => setImpatient(event.target.checked)}
            />
            {t('sources.takeWithout')}
          </label>
          <Button look="quiet" disabled={isReading} onClick={onReadAgain}>
            {t('sources.readAgain')}
          </Button>
        </div>
      )}
      {!isUseful && <p className="text-soft">{t('sources.nothingToLearn')}</p>}
      {take.error && (
        <div className="flex flex-col items-start gap-2">
          <FormError>
            {asRequestError(take.error).status === 409 ? t('sources.changed') : errorText(t, take.error)}
          </FormError>
          {asRequestError(take.error).status === 409 && (
            <Button disabled={isReading} onClick={onReadAgain}>
              {t('sources.readAgain')}
            </Button>
          )}
        </div>
      )}
      <p className="max-w-[72ch] text-small text-soft">{t('sources.takeNote')}</p>
      <Button type="submit" look="primary" className="self-start" disabled={!canTake}>
        {t('sources.takeVerb')}
      </Button>
    </form>
  )
}
