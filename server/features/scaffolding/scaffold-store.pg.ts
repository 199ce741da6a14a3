/** Scaffolds in PostgreSQL. */
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Actor } from '#kernel/actor.ts'
import type { Database, Statement } from '#kernel/database.ts'
import { type AnyScaffold, MAX_SCAFFOLDS, type Scaffold, type ScaffoldDraft, type ScaffoldKind } from './scaffold.ts'
import type { ScaffoldFilter, ScaffoldStore } from './scaffold-store.ts'
import type { StarterSet } from './starter-set.ts'
import { allTemplates, toTemplate } from './template-row.pg.ts'

interface ScaffoldRow {
  scaffold_id: string
  kind: ScaffoldKind
  key: string
  name: string
  details: unknown
  is_active: boolean
  is_starter: boolean
  created_at: Date
  updated_at: Date
}

const columns = fragment(
  's.scaffold_id, s.kind, s.key, s.name, s.details, s.is_active, s.is_starter, s.created_at, s.updated_at',
)

/** `details` are what the domain wrote there for this kind. */
const toScaffold = <Kind extends ScaffoldKind>(row: ScaffoldRow): Scaffold<Kind> => ({
  id: row.scaffold_id,
  kind: row.kind as Kind,
  key: row.key,
  name: row.name,
  details: row.details as Scaffold<Kind>['details'],
  isActive: row.is_active,
  isStarter: row.is_starter,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

const toAnyScaffold = (row: ScaffoldRow): AnyScaffold => toScaffold(row) as AnyScaffold

/** One row for who was given the starter set. */
export const isGiven = (): Statement => statement`select from starter_sets where owner_id = (select app_user())`

/** Makes everything that counts what a person has wait for each other. */
export const lockedOwner = (): Statement =>
  statement`select from users where user_id = (select app_user()) for no key update`

export const pgScaffoldStore = (db: Database): ScaffoldStore => ({
  async list<Kind extends ScaffoldKind>(actor: Actor, kind: Kind, filter: ScaffoldFilter) {
    const [given, rows] = await db.as(actor).batch(
      isGiven(),
      statement<ScaffoldRow>`
        select ${columns} from scaffolds s
        where owner_id = (select app_user()) and kind = ${kind}
          and is_active = coalesce(${filter.isActive ?? null}, is_active)
          and (${filter.complexityLevel ?? null}::text is null or details ->> 'complexityLevel' = ${filter.complexityLevel ?? null})
          and (${filter.category ?? null}::text is null or details ->> 'category' = ${filter.category ?? null})`,
    )
    return given.length === 0 ? undefined : rows.map(toScaffold<Kind>)
  },

  async findParts(actor, ids, withActive) {
    const [given, scaffolds, templates] = await db.as(actor).batch(
      isGiven(),
      statement<ScaffoldRow>`
        select ${columns} from scaffolds s
        where owner_id = (select app_user()) and (scaffold_id = any(${[...ids]}::uuid[]) or is_active and ${withActive})`,
      allTemplates(),
    )
    return {
      scaffolds: scaffolds.map(toAnyScaffold),
      templates: templates.map(toTemplate),
      hasStarter: given.length > 0,
    }
  },

  async create<Kind extends ScaffoldKind>(
    actor: Actor,
    kind: Kind,
    { id, key, name, details, now }: ScaffoldDraft<Kind> & { readonly id: string; readonly now: Date },
  ) {
    const [, [check], [row]] = await db.as(actor).batch(
      lockedOwner(),
      statement<{ is_full: boolean }>`
        select count(*) >= ${literalInteger(MAX_SCAFFOLDS)} as is_full from scaffolds
        where owner_id = (select app_user()) and kind = ${kind}`,
      statement<ScaffoldRow>`
        insert into scaffolds as s (scaffold_id, owner_id, kind, key, name, details, created_at, updated_at)
        select ${id}, app_user(), ${kind}, ${key}, ${name}, ${JSON.stringify(details)}::jsonb, ${now}, ${now}
        where (select count(*) from scaffolds where owner_id = (select app_user()) and kind = ${kind})
          < ${literalInteger(MAX_SCAFFOLDS)}
        on conflict (owner_id, kind, key) do nothing
        returning ${columns}`,
    )
    if (row !== undefined) return toScaffold<Kind>(row)
    return check?.is_full ? 'full' : 'taken'
  },

  change<Kind extends ScaffoldKind>(
    actor: Actor,
    kind: Kind,
    id: string,
    change: (scaffold: Scaffold<Kind>) => Scaffold<Kind>,
  ) {
    return db.as(actor).transaction(async (queries) => {
      const [row] = await queries.query(statement<ScaffoldRow>`
        select ${columns} from scaffolds s where scaffold_id = ${id} and kind = ${kind} for no key update`)
      if (row === undefined) return undefined
      const changed = change(toScaffold<Kind>(row))
      await queries.query(statement`
        update scaffolds set name = ${changed.name}, details = ${JSON.stringify(changed.details)}::jsonb,
          is_active = ${changed.isActive}, updated_at = ${changed.updatedAt}
        where scaffold_id = ${id}`)
      return changed
    })
  },

  async remove(actor, kind, id) {
    const rows = await db.as(actor).query(statement<{ scaffold_id: string }>`
      delete from scaffolds where scaffold_id = ${id} and kind = ${kind} returning scaffold_id`)
    return rows.length > 0
  },

  async giveStarter(actor, set, newId, now) {
    const entries = entriesOf(set, newId)
    await db.as(actor).query(statement`
      with given as (
        insert into starter_sets (owner_id, given_at) values (app_user(), ${now}) on conflict do nothing returning owner_id
      ), scaffolds_given as (
        insert into scaffolds (scaffold_id, owner_id, kind, key, name, details, is_starter, created_at, updated_at)
        select e.id, given.owner_id, e.kind, e.key, e.name, e.details, true, ${now}, ${now}
        from given, jsonb_to_recordset(${entries.scaffolds}::jsonb) as e (id uuid, kind text, key text, name text, details jsonb)
        on conflict do nothing
      )
      insert into prompt_templates (template_id, owner_id, name, tier, arc_key, text, is_starter, created_at, updated_at)
      select e.id, given.owner_id, e.name, e.tier, e."arcKey", e.text, true, ${now}, ${now}
      from given, jsonb_to_recordset(${entries.templates}::jsonb) as e (id uuid, name text, tier text, "arcKey" text, text text)
      on conflict do nothing`)
  },

  async restoreStarter(actor, set, newId, now) {
    const entries = entriesOf(set, newId)
    await db.as(actor).batch(
      lockedOwner(),
      statement`
        insert into starter_sets (owner_id, given_at) values (app_user(), ${now}) on conflict do nothing`,
      statement`
        insert into scaffolds as s (scaffold_id, owner_id, kind, key, name, details, is_starter, created_at, updated_at)
        select e.id, app_user(), e.kind, e.key, e.name, e.details, true, ${now}, ${now}
        from jsonb_to_recordset(${entries.scaffolds}::jsonb) as e (id uuid, kind text, key text, name text, details jsonb)
        on conflict (owner_id, kind, key) do update
          set name = excluded.name, details = excluded.details, is_active = true, is_starter = true,
            updated_at = excluded.updated_at
          where (s.name, s.details, s.is_active, s.is_starter) <> (excluded.name, excluded.details, true, true)`,
      statement`
        insert into prompt_templates as t
          (template_id, owner_id, name, tier, arc_key, text, is_starter, created_at, updated_at)
        select e.id, app_user(), e.name, e.tier, e."arcKey", e.text, true, ${now}, ${now}
        from jsonb_to_recordset(${entries.templates}::jsonb)
          as e (id uuid, name text, tier text, "arcKey" text, text text)
        on conflict (owner_id, name) do update
          set tier = excluded.tier, arc_key = excluded.arc_key, text = excluded.text, is_active = true, is_starter = true,
            version = t.version + (t.text <> excluded.text)::integer, updated_at = excluded.updated_at
          where (t.tier, t.arc_key, t.text, t.is_active, t.is_starter)
            is distinct from (excluded.tier, excluded.arc_key, excluded.text, true, true)`,
    )
  },
})

/** As JSON, each with an id of its own. */
const entriesOf = ({ scaffolds, templates }: StarterSet, newId: () => string) => {
  const withIds = (entries: readonly object[]) => JSON.stringify(entries.map((entry) => ({ id: newId(), ...entry })))
  return { scaffolds: withIds(scaffolds), templates: withIds(templates) }
}
