/** Datasets and their versions in PostgreSQL. */
import { raw } from '#db/sql.ts'
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Database } from '#kernel/database.ts'
import { toUnparsedRow, trainingMatches, type TrainingRowRecord, trainingRowColumns } from '../training/index.ts'
import {
  type Dataset,
  type DatasetVersion,
  type DropReason,
  type FrozenFacts,
  MAX_DATASETS,
  MAX_NAMED,
  MAX_UNFINISHED,
  type Selection,
  type Settings,
  type VersionCounts,
  type VersionStatus,
} from './dataset.ts'
import {
  type Change,
  CLUSTER_ITEMS,
  type Cluster,
  type DatasetStore,
  type ListedItem,
  type Member,
  type Preview,
  type SelectionPlace,
  type VersionKey,
} from './dataset-store.ts'
import type { Split } from './targets/target.ts'

const me = fragment('(select app_user())')
const nothing = fragment('')

interface DatasetRow {
  dataset_id: string
  name: string
  description: string | null
  selection: Selection
  settings: Settings
  latest_version: number
  created_at: Date
  updated_at: Date
}
const datasetColumns = fragment(
  'dataset_id, name, description, selection, settings, latest_version, created_at, updated_at',
)
const toDataset = (row: DatasetRow): Dataset => ({
  id: row.dataset_id,
  name: row.name,
  description: row.description,
  selection: row.selection,
  settings: row.settings,
  latestVersion: row.latest_version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

interface VersionRow {
  dataset_id: string
  version: number
  selection: Selection
  settings: Settings
  status: VersionStatus
  done: number
  total: number | null
  counts: VersionCounts | null
  error_code: DatasetVersion['errorCode']
  erased: number
  created_at: Date
  completed_at: Date | null
}
/** `v` is the version. */
const versionColumns =
  fragment(`v.dataset_id, v.version, v.selection, v.settings, v.status, v.done, v.total, v.counts, v.error_code,
  (select count(*)::int from dataset_items i
    where i.dataset_id = v.dataset_id and i.version = v.version and i.revision is null and i.split is not null) as erased,
  v.created_at, v.completed_at`)
const toVersion = (row: VersionRow): DatasetVersion => ({
  datasetId: row.dataset_id,
  version: row.version,
  selection: row.selection,
  settings: row.settings,
  status: row.status,
  done: row.done,
  total: row.total,
  counts: row.counts,
  errorCode: row.error_code,
  erased: row.erased,
  createdAt: row.created_at,
  completedAt: row.completed_at,
})

interface ItemRow {
  conversation_id: string
  revision: number | null
  split: Split | null
  dropped: DropReason | null
  turn_count: number
  token_count: number
  cluster_id: string | null
  similarity: number | null
  title: string | null
}
/** `i` is the item. */
const itemColumns =
  fragment(`i.conversation_id, i.revision, i.split, i.dropped, i.turn_count, i.token_count, i.cluster_id,
  i.similarity, i.facts ->> 'title' as title`)
const toItem = (row: ItemRow): ListedItem => ({
  conversationId: row.conversation_id,
  revision: row.revision,
  split: row.split,
  dropped: row.dropped,
  turnCount: row.turn_count,
  tokenCount: row.token_count,
  clusterId: row.cluster_id,
  similarity: row.similarity,
  title: row.title,
})

const ofVersion = (alias: 'i' | 'v', { datasetId, version }: VersionKey) =>
  raw`${fragment(alias)}.dataset_id = ${datasetId} and ${fragment(alias)}.version = ${version}::integer`

/** Of two changes in one millisecond, too, the second is told apart from the first. */
const laterThanBefore = (now: Date) => raw`greatest(${now}::timestamptz, updated_at + interval '1 millisecond')`

/** Why a change found no row. */
const isThere = (id: string) =>
  statement<{ dataset_id: string }>`select dataset_id from datasets where dataset_id = ${id}`

/** Which conversations `t` a selection has, as they are now. */
const isSelected = ({ filter, include, exclude }: Selection, { onlyApproved }: Settings) => raw`
  t.owner_id = ${me} and t.processing_status = 'completed' and t.revision > 0
  ${onlyApproved ? fragment(`and t.status = 'approved'`) : nothing}
  and (${filter === null ? fragment('false') : trainingMatches(filter)}
    ${include.length === 0 ? nothing : raw`or t.conversation_id = any(${include}::uuid[])`})
  ${exclude.length === 0 ? nothing : raw`and t.conversation_id <> all(${exclude}::uuid[])`}`

/** The moment of the place of `t`, and a place again. */
const createdAtOfPlace = fragment('(extract(epoch from t.created_at) * 1000000)::bigint::text as place')
const placeOf = ({ createdAt, id }: SelectionPlace) =>
  raw`('epoch'::timestamptz + ${createdAt}::bigint * interval '1 microsecond', ${id}::uuid)`

/** Which conversations `t` it leaves out by name. */
const isLeftOut = ({ exclude }: Selection) => raw`
  t.owner_id = ${me} and t.conversation_id = any(${exclude}::uuid[])`

/** A list of the selection `held`, in its order, without those that leave it and with those that come, each once. */
const namedIds = (list: 'include' | 'exclude', coming: readonly string[], leaving: readonly string[]) => raw`
  (select coalesce(jsonb_agg(id order by place), '[]') from (
    select id, min(place) as place from (
      select id::uuid, place
      from jsonb_array_elements_text(held.selection -> ${fragment(`'${list}'`)}) with ordinality present(id, place)
      union all
      select id, ${literalInteger(MAX_NAMED)} + place from unnest(${coming}::uuid[]) with ordinality coming(id, place)
    ) either where id not in (select unnest(${leaving}::uuid[])) group by id) each)`

const behind = (column: string, after: string | undefined) =>
  after === undefined ? nothing : raw`and ${fragment(column)} > ${after}::uuid`

export const pgDatasetStore = (db: Database): DatasetStore => ({
  create: (actor, dataset) =>
    db.as(actor).transaction(async (queries) => {
      const [, [held]] = await queries.batch(
        // One after the other: of many that come at once each could see the same room.
        statement`select pg_advisory_xact_lock(hashtextextended('datasets.' || app_user(), 0))`,
        statement<{ total: number }>`select count(*)::int as total from datasets where owner_id = ${me}`,
      )
      if (held!.total >= MAX_DATASETS) return false
      await queries.query(statement`
        insert into datasets (dataset_id, owner_id, name, description, selection, settings, created_at, updated_at)
        values (${dataset.id}, ${me}, ${dataset.name}, ${dataset.description}, ${JSON.stringify(dataset.selection)}::jsonb,
          ${JSON.stringify(dataset.settings)}::jsonb, ${dataset.createdAt}, ${dataset.updatedAt})`)
      return true
    }),

  async list(actor, { before, limit }) {
    const rows = await db.as(actor).query(statement<DatasetRow>`
      select ${datasetColumns} from datasets where owner_id = ${me}
      ${
        before === undefined
          ? nothing
          : raw`and (created_at, dataset_id) < (${before.at}::timestamptz, ${before.id}::uuid)`
      }
      order by created_at desc, dataset_id desc limit ${literalInteger(limit)}`)
    return rows.map(toDataset)
  },

  async find(actor, id) {
    const [row] = await db.as(actor).query(statement<DatasetRow>`
      select ${datasetColumns} from datasets where dataset_id = ${id}`)
    return row && toDataset(row)
  },

  async change(actor, id, { name, description, selection, settings, from, now }) {
    const [[row], [there]] = await db.as(actor).batch(
      statement<DatasetRow>`
        update datasets set updated_at = ${laterThanBefore(now)}
          ${name === undefined ? nothing : raw`, name = ${name}`}
          ${description === undefined ? nothing : raw`, description = ${description}`}
          ${selection === undefined ? nothing : raw`, selection = ${JSON.stringify(selection)}::jsonb`}
          ${settings === undefined ? nothing : raw`, settings = ${JSON.stringify(settings)}::jsonb`}
        where dataset_id = ${id} ${from === undefined ? nothing : raw`and updated_at = ${from}::timestamptz`}
        returning ${datasetColumns}`,
      isThere(id),
    )
    if (row !== undefined) return toDataset(row)
    return there && 'moved'
  },

  async changeMembers(actor, id, { include, exclude, forget, now }) {
    const [[row], [there]] = await db.as(actor).batch(
      statement<DatasetRow>`
        -- Locked first, so that the lists are made from what whoever came before has written.
        with held as (select selection from datasets where dataset_id = ${id} for update),
        named as materialized (
          select ${namedIds('include', include, [...exclude, ...forget])} as included,
            ${namedIds('exclude', exclude, [...include, ...forget])} as excluded
          from held
        )
        update datasets set
          selection = selection || jsonb_build_object('include', included, 'exclude', excluded),
          updated_at = case when selection -> 'include' = included and selection -> 'exclude' = excluded
            then updated_at else ${laterThanBefore(now)} end
        from named
        where dataset_id = ${id} and jsonb_array_length(included) <= ${literalInteger(MAX_NAMED)}
          and jsonb_array_length(excluded) <= ${literalInteger(MAX_NAMED)}
        returning ${datasetColumns}`,
      isThere(id),
    )
    if (row !== undefined) return toDataset(row)
    return there && 'too_many'
  },

  async remove(actor, id) {
    const rows = await db.as(actor).query(statement<{ dataset_id: string }>`
      delete from datasets where dataset_id = ${id} returning dataset_id`)
    return rows.length > 0
  },

  async listMembers(actor, selection, settings, { leftOut, after, limit }) {
    const rows = await db.as(actor).query(statement<{
      conversation_id: string
      title: string
      status: Member['status']
      turn_count: number
      token_count: number
      is_named: boolean
      place: string
    }>`
      select t.conversation_id, t.title, t.status, t.turn_count, t.token_count,
        t.conversation_id = any(${selection.include}::uuid[]) as is_named, ${createdAtOfPlace}
      from training_conversations t
      where ${leftOut ? isLeftOut(selection) : isSelected(selection, settings)} ${
        after === undefined ? nothing : raw`and (t.created_at, t.conversation_id) < ${placeOf(after)}`
      }
      order by t.created_at desc, t.conversation_id desc limit ${literalInteger(limit)}`)
    return rows.map((row) => ({
      place: { createdAt: row.place, id: row.conversation_id },
      id: row.conversation_id,
      title: row.title,
      status: row.status,
      turnCount: row.turn_count,
      tokenCount: row.token_count,
      isNamed: row.is_named,
    }))
  },

  async preview(actor, selection, settings) {
    const [row] = await db.as(actor).query(statement<{ selected: number; tokens: number } & Preview['dropped']>`
      with judged as (
        select t.token_count, r.content_hash, t.created_at, t.conversation_id, case
            when t.turn_count < ${settings.minTurns}::integer then 'too_few_turns'
            when t.turn_count > ${settings.maxTurns}::integer then 'too_many_turns'
            when t.token_count > ${settings.maxTokens}::integer then 'too_long' end as reason
        from training_conversations t
        join training_revisions r on r.conversation_id = t.conversation_id and r.revision = t.revision
        where ${isSelected(selection, settings)}
      ), ranked as (
        select token_count, reason, reason is null and ${settings.duplicates === 'drop'}::boolean
          and row_number() over (partition by content_hash, reason is null order by created_at, conversation_id) > 1 as is_repeated
        from judged
      )
      select count(*)::int as selected,
        (count(*) filter (where reason = 'too_few_turns'))::int as too_few_turns,
        (count(*) filter (where reason = 'too_many_turns'))::int as too_many_turns,
        (count(*) filter (where reason = 'too_long'))::int as too_long,
        (count(*) filter (where is_repeated))::int as duplicate,
        coalesce(sum(token_count) filter (where reason is null and not is_repeated), 0)::bigint as tokens
      from ranked`)
    const { selected, tokens, ...dropped } = row!
    return { selected, dropped, tokens }
  },

  async countCandidates(actor, selection, settings) {
    const [row] = await db.as(actor).query(statement<{ total: number }>`
      select count(*)::int as total from training_conversations t where ${isSelected(selection, settings)}`)
    return row!.total
  },

  async readCandidates(actor, selection, settings, { after, limit }) {
    const rows = await db.as(actor).query(statement<{
      conversation_id: string
      revision: number
      source_id: string | null
      turn_count: number
      token_count: number
      content_hash: string
      content: string
      place: string
    }>`
      select t.conversation_id, t.revision, t.source_id, t.turn_count, t.token_count, ${createdAtOfPlace},
        encode(r.content_hash, 'hex') as content_hash, r.content::text as content
      from training_conversations t
      join training_revisions r on r.conversation_id = t.conversation_id and r.revision = t.revision
      where ${isSelected(selection, settings)} ${
        after === undefined ? nothing : raw`and (t.created_at, t.conversation_id) > ${placeOf(after)}`
      }
      order by t.created_at, t.conversation_id limit ${literalInteger(limit)}`)
    return rows.map((row) => ({
      place: { createdAt: row.place, id: row.conversation_id },
      id: row.conversation_id,
      revision: row.revision,
      sourceId: row.source_id,
      turnCount: row.turn_count,
      tokenCount: row.token_count,
      contentHash: row.content_hash,
      content: row.content,
    }))
  },

  addVersion: (actor, datasetId, now) =>
    db.as(actor).transaction(async (queries) => {
      const [, [waiting]] = await queries.batch(
        statement`select pg_advisory_xact_lock(hashtextextended('dataset_versions.' || app_user(), 0))`,
        statement<{ total: number }>`
          select count(*)::int as total from dataset_versions
          where owner_id = ${me} and status in ('queued', 'processing')`,
      )
      const [row] = await queries.query(statement<VersionRow>`
        with numbered as (
          update datasets set latest_version = latest_version + 1
          where dataset_id = ${datasetId} and ${waiting!.total < MAX_UNFINISHED}::boolean
          returning dataset_id, latest_version, owner_id, selection, settings
        ), v as (
          insert into dataset_versions (dataset_id, version, owner_id, selection, settings, status, created_at)
          select dataset_id, latest_version, owner_id, selection, settings, 'queued', ${now} from numbered returning *
        )
        select ${versionColumns} from v`)
      if (row !== undefined) return toVersion(row)
      return waiting!.total < MAX_UNFINISHED ? undefined : 'too_many'
    }),

  async listVersions(actor, datasetId, { before, limit }) {
    const rows = await db.as(actor).query(statement<VersionRow>`
      select ${versionColumns} from dataset_versions v where v.dataset_id = ${datasetId}
      ${before === undefined ? nothing : raw`and v.version < ${before}::integer`}
      order by v.version desc limit ${literalInteger(limit)}`)
    return rows.map(toVersion)
  },

  async findVersion(actor, key) {
    const [row] = await db.as(actor).query(statement<VersionRow>`
      select ${versionColumns} from dataset_versions v where ${ofVersion('v', key)}`)
    return row && toVersion(row)
  },

  async cancelVersion(actor, key, now) {
    const [, , [row]] = await db.as(actor).batch(
      statement`
        update dataset_versions v set status = 'cancelled', completed_at = ${now}, lease_id = null, leased_until = null
        where ${ofVersion('v', key)} and v.status in ('queued', 'processing')`,
      removeItems(key),
      statement<VersionRow>`select ${versionColumns} from dataset_versions v where ${ofVersion('v', key)}`,
    )
    return row && toVersion(row)
  },

  async listItems(actor, key, { split, dropped, after, limit }) {
    const rows = await db.as(actor).query(statement<ItemRow>`
      select ${itemColumns} from dataset_items i where ${ofVersion('i', key)} ${behind('i.conversation_id', after)}
        ${split === undefined ? nothing : raw`and i.split = ${split}`}
        ${dropped === undefined ? nothing : raw`and i.dropped = ${dropped}`}
      order by i.conversation_id limit ${literalInteger(limit)}`)
    return rows.map(toItem)
  },

  async listClusters(actor, key, { after, limit }) {
    const rows = await db.as(actor).query(statement<ItemRow & { cluster_id: string; total: number }>`
      with page as (
        select i.cluster_id, count(*)::int as total from dataset_items i
        where ${ofVersion('i', key)} and i.cluster_id is not null ${behind('i.cluster_id', after)}
        group by i.cluster_id order by i.cluster_id limit ${literalInteger(limit)}
      )
      select page.total, items.* from page cross join lateral (
        select ${itemColumns} from dataset_items i where ${ofVersion('i', key)} and i.cluster_id = page.cluster_id
        order by i.conversation_id limit ${literalInteger(CLUSTER_ITEMS)}) items
      order by page.cluster_id, items.conversation_id`)
    const clusters = new Map<string, Cluster & { items: ListedItem[] }>()
    for (const row of rows) {
      const cluster = clusters.get(row.cluster_id) ?? { id: row.cluster_id, total: row.total, items: [] }
      cluster.items.push(toItem(row))
      clusters.set(row.cluster_id, cluster)
    }
    return [...clusters.values()]
  },

  async diff(actor, key, former, { after, limit }) {
    const [changes, [counts]] = await db.as(actor).batch(
      statement<{
        conversation_id: string
        change: Change['change']
        title: string | null
        old_revision: number | null
        old_split: Split | null
        new_revision: number | null
        new_split: Split | null
      }>`
        select * from (${compared(key, former, after)}) compared where change <> 'unchanged'
        order by conversation_id limit ${literalInteger(limit)}`,
      statement<Record<Change['change'] | 'unchanged', number>>`
        select (count(*) filter (where change = 'added'))::int as added,
          (count(*) filter (where change = 'removed'))::int as removed,
          (count(*) filter (where change = 'changed'))::int as changed,
          (count(*) filter (where change = 'moved'))::int as moved,
          (count(*) filter (where change = 'unchanged'))::int as unchanged
        from (${compared(key, former, undefined)}) compared`,
    )
    return {
      counts: counts!,
      changes: changes.map((row) => ({
        conversationId: row.conversation_id,
        change: row.change,
        title: row.title,
        from: row.old_split && { revision: row.old_revision, split: row.old_split },
        to: row.new_split && { revision: row.new_revision, split: row.new_split },
      })),
    }
  },

  async readRows(actor, key, { split, after, limit }) {
    const rows = await db.as(actor).query(statement<
      TrainingRowRecord & { facts: FrozenFacts; split: Split; token_count: number }
    >`
      select ${trainingRowColumns}, i.facts, i.split, i.token_count from (
        -- First the few that are wanted: joined to all of them, each batch would read all revisions up to its own.
        select * from dataset_items i
        where ${ofVersion('i', key)} and i.split ${split === undefined ? fragment('is not null') : raw`= ${split}`}
          and i.revision is not null ${behind('i.conversation_id', after)}
        order by i.conversation_id limit ${literalInteger(limit)}) i
      join training_revisions r on r.conversation_id = i.conversation_id and r.revision = i.revision
      join training_conversations t on t.conversation_id = i.conversation_id
      order by i.conversation_id`)
    return rows.map((row) => ({
      row: { ...toUnparsedRow(row), ...row.facts },
      split: row.split,
      tokens: row.token_count,
    }))
  },
})

/** What a version was not frozen from is of no use to anybody. */
export const removeItems = (key: VersionKey) => statement`
  delete from dataset_items i where ${ofVersion('i', key)} and exists (
    select from dataset_versions v where ${ofVersion('v', key)} and v.status <> 'completed')`

/** What became of each conversation that one of two versions holds. */
const compared = (key: VersionKey, former: number, after: string | undefined) => {
  const kept = (version: number) => raw`
    select i.conversation_id, i.revision, i.split, i.facts ->> 'title' as title from dataset_items i
    where ${ofVersion('i', { datasetId: key.datasetId, version })} and i.split is not null
      ${behind('i.conversation_id', after)}`
  return raw`
    select conversation_id, coalesce(n.title, f.title) as title, f.revision as old_revision, f.split as old_split,
      n.revision as new_revision, n.split as new_split, case
        when f.split is null then 'added'
        when n.split is null then 'removed'
        when n.revision is distinct from f.revision then 'changed'
        when n.split <> f.split then 'moved'
        else 'unchanged' end as change
    from (${kept(key.version)}) n full join (${kept(former)}) f using (conversation_id)`
}
