/** How a prompt template stands in its table. */
import { fragment, statement } from '#db/statement.ts'
import type { Statement } from '#kernel/database.ts'
import type { Tier } from '../training/index.ts'
import type { PromptTemplate } from './prompt-template.ts'

export interface TemplateRow {
  template_id: string
  name: string
  tier: Tier
  arc_key: string | null
  text: string
  version: number
  is_active: boolean
  is_starter: boolean
  created_at: Date
  updated_at: Date
}

export const templateColumns = fragment(
  't.template_id, t.name, t.tier, t.arc_key, t.text, t.version, t.is_active, t.is_starter, t.created_at, t.updated_at',
)

export const toTemplate = (row: TemplateRow): PromptTemplate => ({
  id: row.template_id,
  name: row.name,
  tier: row.tier,
  arcKey: row.arc_key,
  text: row.text,
  version: row.version,
  isActive: row.is_active,
  isStarter: row.is_starter,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

/** A person has `MAX_TEMPLATES` and the starter set at most. */
export const allTemplates = (): Statement<TemplateRow> => statement<TemplateRow>`
  select ${templateColumns} from prompt_templates t where owner_id = (select app_user())`
