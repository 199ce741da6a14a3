/** Redacts further words wherever they stand: typed, or selected in a turn. Stays in view while the turns are read. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { RedactionKind, SourceTurn } from '#contract/training/index.ts'
import { Button } from '../../ui/button.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { countPlaces } from './marks.ts'
import { redactionKinds } from './reading.ts'

export const AddRedaction = ({
  turns,
  words,
  onWords,
  onAdd,
}: {
  readonly turns: readonly SourceTurn[]
  readonly words: string
  readonly onWords: (words: string) => void
  readonly onAdd: (kind: RedactionKind) => void
}) => {
  const { t } = useTranslation()
  const [kind, setKind] = useState<RedactionKind>('name')
  const count = countPlaces(turns, words)
  return (
    <form
      className="sticky bottom-0 z-10 -mx-4 flex flex-wrap items-end gap-x-3 gap-y-2 border-y border-hairline bg-paper px-4 py-3 desk:-mx-6 desk:px-6"
      onSubmit={(event) => {
        event.preventDefault()
        if (count > 0) onAdd(kind)
      }}
    >
      <TextField
        className="min-w-48 flex-1 desk:max-w-96"
        label={t('sources.redactMore')}
        placeholder={t('sources.redactMoreHint')}
        autoComplete="off"
        maxLength={500}
        value={words}
        onChange={(event) => onWords(event.target.value)}
      />
      <SelectField
        className="w-44"
        hideLabel
        label={t('sources.redactAs')}
        value={kind}
        options={redactionKinds.map((value) => ({ value, label: t(`sources.kindOf_${value}`) }))}
        onChange={setKind}
      />
      <Button type="submit" disabled={count === 0}>
        {words.trim() === '' ? t('sources.redactVerb') : t('sources.redactPlaces', { count })}
      </Button>
    </form>
  )
}
