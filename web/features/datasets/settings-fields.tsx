/** What becomes of the chosen conversations: splits, duplicates, limits. */
import { useTranslation } from 'react-i18next'
import { Choice } from '../../ui/choice.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { CheckField } from './check-field.tsx'
import { type SettingsField, splitNames, type TypedSettings } from './settings.ts'

/** Similarities that are offered; nothing: the very same only. */
const thresholds = [0.8, 0.85, 0.9, 0.95] as const

export const SettingsFields = ({
  typed,
  wrong,
  onChange,
}: {
  readonly typed: TypedSettings
  readonly wrong: ReadonlySet<SettingsField>
  readonly onChange: (typed: TypedSettings) => void
}) => {
  const { t, i18n } = useTranslation()
  const set = (change: Partial<TypedSettings>) => onChange({ ...typed, ...change })
  const percent = (share: number) => new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(share)
  const threshold = typed.near_duplicate_threshold
  const similarities = [...new Set([...thresholds, ...(threshold === null ? [] : [threshold])])].toSorted(
    (a, b) => a - b,
  )
  return (
    <div className="flex flex-col gap-6">
      <CheckField
        label={t('datasets.onlyApproved')}
        checked={typed.only_approved}
        onChange={(only_approved) => set({ only_approved })}
      />
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-2 font-strong">{t('datasets.splits')}</legend>
        <div className="grid max-w-[28rem] grid-cols-3 gap-3">
          {splitNames.map((split) => (
            <TextField
              key={split}
              label={t(`datasets.split_${split}`)}
              inputMode="decimal"
              aria-invalid={wrong.has('splits') || undefined}
              aria-describedby="splits-note"
              value={typed.splits[split]}
              onChange={(event) => set({ splits: { ...typed.splits, [split]: event.target.value } })}
            />
          ))}
        </div>
        <p id="splits-note" className={wrong.has('splits') ? 'text-small text-danger' : 'text-small text-soft'}>
          {t(wrong.has('splits') ? 'datasets.splitsWrong' : 'datasets.splitsHint')}
        </p>
        <TextField
          label={t('datasets.seed')}
          hint={t('datasets.seedHint')}
          maxLength={100}
          className="mt-2 max-w-[28rem]"
          value={typed.seed}
          onChange={(event) => set({ seed: event.target.value })}
        />
      </fieldset>
      <div className="flex flex-col gap-4">
        <Choice
          label={t('datasets.duplicates')}
          value={typed.duplicates}
          options={[
            { value: 'drop', label: t('datasets.duplicatesDrop') },
            { value: 'keep', label: t('datasets.duplicatesKeep') },
          ]}
          onChange={(duplicates) => set({ duplicates })}
        />
        <SelectField
          label={t('datasets.similarity')}
          hint={t('datasets.similarityHint')}
          className="max-w-[28rem]"
          value={threshold === null ? '' : String(threshold)}
          options={[
            { value: '', label: t('datasets.onlyTheSame') },
            ...similarities.map((share) => ({
              value: String(share),
              label: t('datasets.similarFrom', { share: percent(share) }),
            })),
          ]}
          onChange={(share) => set({ near_duplicate_threshold: share === '' ? null : Number(share) })}
        />
      </div>
      <fieldset>
        <legend className="mb-2 font-strong">{t('datasets.limits')}</legend>
        <div className="grid gap-3 desk:grid-cols-3">
          <NumberField
            label={t('datasets.minTurns')}
            value={typed.minTurns}
            isWrong={wrong.has('minTurns')}
            onChange={(minTurns) => set({ minTurns })}
          />
          <NumberField
            label={t('datasets.maxTurns')}
            value={typed.maxTurns}
            isWrong={wrong.has('maxTurns')}
            onChange={(maxTurns) => set({ maxTurns })}
          />
          <NumberField
            label={t('datasets.maxTokens')}
            value={typed.maxTokens}
            isWrong={wrong.has('maxTokens')}
            onChange={(maxTokens) => set({ maxTokens })}
          />
        </div>
        <p className="mt-2 text-small text-soft">{t('datasets.limitsHint')}</p>
      </fieldset>
    </div>
  )
}

const NumberField = ({
  label,
  value,
  isWrong,
  onChange,
}: {
  readonly label: string
  readonly value: string
  readonly isWrong: boolean
  readonly onChange: (value: string) => void
}) => {
  const { t } = useTranslation()
  return (
    <TextField
      label={label}
      inputMode="numeric"
      placeholder={t('datasets.noLimit')}
      error={isWrong ? t('datasets.limitWrong') : null}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
