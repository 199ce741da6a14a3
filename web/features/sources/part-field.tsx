/** Whether all of a conversation is taken, or only its latest messages. */
import { useTranslation } from 'react-i18next'
import { SelectField } from '../../ui/select-field.tsx'
import { type Part, parts } from './find-part.ts'

export const PartField = ({
  part,
  onChange,
}: {
  readonly part: Part | null
  readonly onChange: (part: Part | null) => void
}) => {
  const { t } = useTranslation()
  return (
    <SelectField
      label={t('sources.part')}
      value={part ?? 'all'}
      options={[
        { value: 'all', label: t('sources.wholePart') },
        ...parts.map((value) => ({ value, label: t('sources.latestPart', { number: value }) })),
      ]}
      onChange={(value) => onChange(parts.find((each) => each === value) ?? null)}
    />
  )
}
