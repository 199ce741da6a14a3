/** Tier, and the prompt template of it that is used. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { NewGeneration } from '#contract/training/index.ts'
import { SelectField } from '../../ui/select-field.tsx'
import { listTemplates } from './list-templates.ts'

export type Tier = NewGeneration['tier']
export const tiers: readonly Tier[] = ['template', 'scenario', 'edge_case']

export interface Form {
  readonly tier: Tier
  /** Empty: the one that fits best. */
  readonly templateId: string
}

export const TemplateFields = ({
  tier,
  templateId,
  arcKey,
  onChange,
}: Form & {
  /** Templates for other arcs are not offered; null where there are several arcs. */
  readonly arcKey: string | null
  readonly onChange: (form: Form) => void
}) => {
  const { t } = useTranslation()
  const templates = useQuery(listTemplates()).data?.templates ?? []
  const fitting = templates.filter(
    (each) => each.is_active && each.tier === tier && (arcKey === null || (each.arc_key ?? arcKey) === arcKey),
  )
  return (
    <>
      <SelectField
        label={t('generate.tier')}
        value={tier}
        options={tiers.map((each) => ({ value: each, label: t(`generate.tier_${each}`) }))}
        onChange={(next) => onChange({ tier: next, templateId: '' })}
      />
      <SelectField
        label={t('generate.template')}
        value={fitting.some(({ id }) => id === templateId) ? templateId : ''}
        options={[
          { value: '', label: t('generate.templateBest') },
          ...fitting.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={(next) => onChange({ tier, templateId: next })}
      />
    </>
  )
}
