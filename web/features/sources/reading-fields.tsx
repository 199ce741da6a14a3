/** How the conversation is read. What does not concern its kind is not asked. */
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Source, SourcePerson } from '#contract/training/index.ts'
import { SelectField } from '../../ui/select-field.tsx'
import { TextField } from '../../ui/text-field.tsx'
import type { Reading } from './reading.ts'

export const ReadingFields = ({
  reading,
  kind,
  people,
  part,
  onChange,
}: {
  readonly reading: Reading
  readonly kind: Source['kind']
  readonly people: readonly SourcePerson[]
  /** Asks for the part that is read. */
  readonly part: ReactNode
  readonly onChange: (reading: Reading) => void
}) => {
  const { t } = useTranslation()
  const { assistant_person_id: assistant, ...others } = reading
  return (
    <details open={reading.from_message_id !== undefined || undefined}>
      <summary className="w-fit cursor-pointer font-strong">{t('sources.reading')}</summary>
      <div className="mt-4 grid max-w-[48rem] gap-4 desk:grid-cols-2">
        {part}
        {kind === 'team' && (
          <>
            <SelectField
              label={t('sources.withoutConsent')}
              value={reading.without_consent}
              options={[
                { value: 'leave_out', label: t('sources.leaveOut') },
                { value: 'placeholder', label: t('sources.placeholder') },
              ]}
              onChange={(without_consent) => onChange({ ...reading, without_consent })}
            />
            <SelectField
              label={t('sources.assistantPerson')}
              hint={t('sources.assistantPersonHint')}
              value={assistant ?? ''}
              options={[
                { value: '', label: t('sources.nobody') },
                ...people.map(({ id, name }) => ({ value: id, label: name })),
              ]}
              onChange={(id) => onChange(id === '' ? others : { ...others, assistant_person_id: id })}
            />
          </>
        )}
        <CountryField reading={reading} onChange={onChange} />
        <label className="flex min-h-10 cursor-pointer items-center gap-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={reading.merge_turns}
            onChange={(event) => onChange({ ...reading, merge_turns: event.target.checked })}
          />
          {t('sources.mergeTurns')}
        </label>
      </div>
    </details>
  )
}

/** Counts when it is left, or on Enter. */
const CountryField = ({
  reading,
  onChange,
}: {
  readonly reading: Reading
  readonly onChange: (reading: Reading) => void
}) => {
  const { t, i18n } = useTranslation()
  const { country, ...others } = reading
  const [typed, setTyped] = useState(country ?? '')
  const isCode = /^[A-Z]{2}$/.test(typed)
  const commit = () => {
    if (typed === '' && country !== undefined) onChange(others)
    if (isCode && typed !== country) onChange({ ...others, country: typed })
  }
  return (
    <TextField
      label={t('sources.country')}
      hint={
        isCode
          ? (new Intl.DisplayNames(i18n.language, { type: 'region' }).of(typed) ?? typed)
          : t('sources.countryHint')
      }
      maxLength={2}
      autoComplete="off"
      value={typed}
      onChange={(event) => setTyped(event.target.value.toUpperCase())}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit()
      }}
    />
  )
}
