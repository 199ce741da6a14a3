/** Prompt templates in PostgreSQL. */
import { literalInteger, statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import { MAX_TEMPLATES } from './prompt-template.ts'
import { isGiven, lockedOwner } from './scaffold-store.pg.ts'
import { allTemplates, templateColumns, type TemplateRow, toTemplate } from './template-row.pg.ts'
import type { TemplateStore } from './template-store.ts'

/** Whether there is no room, no arc of that key, or another template of that name. */
const checks = (arcKey: string | null) => statement<{ is_full: boolean; lacks_arc: boolean }>`
  select count(*) >= ${literalInteger(MAX_TEMPLATES)} as is_full,
    ${arcKey}::text is not null and not exists (
      select from scaffolds where owner_id = (select app_user()) and kind = 'arc' and key = ${arcKey}) as lacks_arc
  from prompt_templates where owner_id = (select app_user())`

export const pgTemplateStore = (db: Database): TemplateStore => ({
  async list(actor) {
    const [given, rows] = await db.as(actor).batch(isGiven(), allTemplates())
    return given.length === 0 ? undefined : rows.map(toTemplate)
  },

  create(actor, { id, name, tier, arcKey, text, now }) {
    return db.as(actor).transaction(async (queries) => {
      const [, [check]] = await queries.batch(lockedOwner(), checks(arcKey))
      if (check?.lacks_arc) return 'no arc'
      if (check?.is_full) return 'full'
      const [row] = await queries.query(statement<TemplateRow>`
        insert into prompt_templates as t (template_id, owner_id, name, tier, arc_key, text, created_at, updated_at)
        values (${id}, app_user(), ${name}, ${tier}, ${arcKey}, ${text}, ${now}, ${now})
        on conflict (owner_id, name) do nothing
        returning ${templateColumns}`)
      return row === undefined ? 'taken' : toTemplate(row)
    })
  },

  change(actor, id, change) {
    return db.as(actor).transaction(async (queries) => {
      const [, [row]] = await queries.batch(
        lockedOwner(),
        statement<TemplateRow>`select ${templateColumns} from prompt_templates t where template_id = ${id}`,
      )
      if (row === undefined) return undefined
      const former = toTemplate(row)
      const changed = change(former)
      const [[check], [other]] = await queries.batch(
        checks(changed.arcKey),
        statement`
          select from prompt_templates
          where owner_id = (select app_user()) and name = ${changed.name} and template_id <> ${id}`,
      )
      // The arc that it was for may be gone meanwhile: only another one has to be there.
      if (check?.lacks_arc && changed.arcKey !== former.arcKey) return 'no arc'
      if (other !== undefined) return 'taken'
      await queries.query(statement`
        update prompt_templates set name = ${changed.name}, tier = ${changed.tier}, arc_key = ${changed.arcKey},
          text = ${changed.text}, version = ${changed.version}, is_active = ${changed.isActive},
          updated_at = ${changed.updatedAt}
        where template_id = ${id}`)
      return changed
    })
  },

  async remove(actor, id) {
    const rows = await db.as(actor).query(statement<{ template_id: string }>`
      delete from prompt_templates where template_id = ${id} returning template_id`)
    return rows.length > 0
  },
})
