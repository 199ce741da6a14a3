/** A target: whom it is for and what it loses; once it is chosen, its options and the report. */
import { useTranslation } from 'react-i18next'
import { SelectField } from '../../ui/select-field.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { whole } from '../generate/figures.ts'
import { CheckField } from './check-field.tsx'
import type { Target } from './list-targets.ts'
import type { VersionKey } from './read-version.ts'
import { TargetReportView } from './target-report.tsx'
import { type Chosen, optionNames, optionValues, usual } from './targets.ts'

export const TargetCard = ({
  version,
  target,
  chosen,
  onChange,
}: {
  readonly version: VersionKey
  readonly target: Target
  readonly chosen: Chosen | null
  readonly onChange: (chosen: Chosen | null) => void
}) => {
  const { t, i18n } = useTranslation()
  const list = new Intl.ListFormat(i18n.language)
  return (
    <li className="border-b border-hairline py-1" data-target={target.id}>
      <CheckField
        label={
          <>
            <span className="font-strong">{target.name}</span>
            <span className="block text-small">{t(`datasets.target_${target.id}`)}</span>
          </>
        }
        hint={
          <>
            <span className="block">{t('datasets.forTrainers', { trainers: list.format(target.trainers) })}</span>
            <span className="block">{t('datasets.loses', { what: t(`datasets.loses_${target.id}`) })}</span>
          </>
        }
        checked={chosen !== null}
        onChange={(isChosen) => onChange(isChosen ? usual : null)}
      />
      {chosen !== null && (
        <div className="mt-2 mb-4 flex flex-col gap-4 ps-7">
          <Options target={target} chosen={chosen} onChange={onChange} />
          <TargetReportView version={version} target={target} chosen={chosen} onChange={onChange} />
        </div>
      )}
    </li>
  )
}

const Options = ({
  target,
  chosen,
  onChange,
}: {
  readonly target: Target
  readonly chosen: Chosen
  readonly onChange: (chosen: Chosen) => void
}) => {
  const { t, i18n } = useTranslation()
  const { defaults } = target
  const set = (name: string, value: string | boolean) =>
    onChange({ ...chosen, options: { ...chosen.options, [name]: value } })
  const isLimitWrong = chosen.limit.trim() !== '' && !/^[1-9]\d{0,6}$/.test(chosen.limit.trim())
  return (
    <div className="grid max-w-[48rem] gap-3 desk:grid-cols-2">
      {optionNames
        .filter((name) => defaults[name] !== undefined)
        .map((name) => (
          <SelectField
            key={name}
            label={t(`datasets.option_${name}`)}
            value={String(chosen.options[name] ?? defaults[name])}
            options={optionValues[name].map((value) => ({
              value,
              label: t(`datasets.${name}_${value}` as never),
            }))}
            onChange={(value) => set(name, value)}
          />
        ))}
      <TextField
        label={t('datasets.option_limit')}
        inputMode="numeric"
        placeholder={defaults.limit === undefined ? t('datasets.noLimit') : whole(defaults.limit, i18n.language)}
        error={isLimitWrong ? t('datasets.limitWrong') : null}
        value={chosen.limit}
        onChange={(event) => onChange({ ...chosen, limit: event.target.value })}
      />
      {defaults.spreadsheet !== undefined && (
        <div className="desk:col-span-2">
          <CheckField
            label={t('datasets.option_spreadsheet')}
            hint={t('datasets.option_spreadsheetHint')}
            checked={chosen.options.spreadsheet === true}
            onChange={(isOn) => set('spreadsheet', isOn)}
          />
        </div>
      )}
    </div>
  )
}
