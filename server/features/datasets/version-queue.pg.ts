/** The queue of versions that are to be frozen, in PostgreSQL: claims skip what others hold, and its clock ends leases. */
import { raw } from '#db/sql.ts'
import { fragment, literalInteger, statement } from '#db/statement.ts'
import type { Actor } from '#kernel/actor.ts'
import type { Database } from '#kernel/database.ts'
import { LEASE_SECONDS } from '#kernel/leased-work.ts'
import { type DropReason, DROP_REASONS, type Selection, type Settings, type VersionCounts } from './dataset.ts'
import { removeItems } from './dataset-store.pg.ts'
import type { LeasedVersion, VersionQueue } from './dataset-store.ts'
import { type Split, SPLITS } from './targets/target.ts'

/** After so many workers that died over it, it has failed. */
const MOST_LOSSES = 3
const LEASE = fragment(`interval '${LEASE_SECONDS} seconds'`)
const me = fragment('(select app_user())')

/** Whose work it is: all that is read and written is theirs. */
const personOf = ({ ownerId }: Pick<LeasedVersion, 'ownerId'>): Actor => ({ userId: ownerId, subject: ownerId })

const isHeld = ({ datasetId, version, leaseId }: LeasedVersion) => raw`
  dataset_id = ${datasetId} and version = ${version}::integer and lease_id = ${leaseId} and leased_until > now()`

export const pgVersionQueue = (db: Database): VersionQueue => ({
  async claim(leaseId) {
    // Of the person who has the fewest being frozen, the one that has waited longest.
    const [row] = await db.asSystem('dataset.claim').query(statement<{
      dataset_id: string
      version: number
      owner_id: string
      selection: Selection
      settings: Settings
    }>`
      update dataset_versions v set status = 'processing', lease_id = ${leaseId}, leased_until = now() + ${LEASE}, done = 0
      where (v.dataset_id, v.version) = (
        select q.dataset_id, q.version from dataset_versions q where q.status = 'queued'
        order by (select count(*) from dataset_versions p where p.status = 'processing' and p.owner_id = q.owner_id),
          q.created_at, q.dataset_id, q.version
        limit 1 for update of q skip locked)
      returning v.dataset_id, v.version, v.owner_id, v.selection, v.settings`)
    if (row === undefined) return undefined
    const version: LeasedVersion = {
      datasetId: row.dataset_id,
      version: row.version,
      ownerId: row.owner_id,
      leaseId,
      selection: row.selection,
      settings: row.settings,
    }
    await db.as(personOf(version)).query(removeItems(version))
    return version
  },

  async renew(leaseIds) {
    const rows = await db.asSystem('dataset.renew').query(statement<{ lease_id: string }>`
      update dataset_versions set leased_until = now() + ${LEASE}
      where lease_id = any(${leaseIds}::uuid[]) and leased_until > now() returning lease_id`)
    return rows.map((row) => row.lease_id)
  },

  async putBack(version) {
    await db.asSystem('dataset.put_back').query(statement`
      update dataset_versions set status = 'queued', lease_id = null, leased_until = null where ${isHeld(version)}`)
  },

  async tellProgress(version, { done, total }) {
    await db.asSystem('dataset.progress').query(statement`
      update dataset_versions set done = ${done}, total = ${total} where ${isHeld(version)}`)
  },

  async findFormer(version) {
    const [row] = await db.as(personOf(version)).query(statement<{ version: number }>`
      select version from dataset_versions
      where dataset_id = ${version.datasetId} and version < ${version.version}::integer and status = 'completed'
      order by version desc limit 1`)
    return row?.version
  },

  async listFormerGroups(version, former, { after, limit }) {
    const rows = await db.as(personOf(version)).query(statement<{
      conversation_id: string
      group_id: string
    }>`
      select conversation_id, group_id from dataset_items
      where dataset_id = ${version.datasetId} and version = ${former}::integer
        and conversation_id > coalesce(${after ?? null}::uuid, '00000000-0000-0000-0000-000000000000')
      order by conversation_id limit ${literalInteger(limit)}`)
    return rows.map((row) => ({ id: row.conversation_id, groupId: row.group_id }))
  },

  async addItems(version, items) {
    const column = <Value>(of: (item: (typeof items)[number]) => Value) => items.map(of)
    const [row] = await db.as(personOf(version)).query(statement<{ is_held: boolean }>`
      with held as (
        -- Whoever cancels it comes before this or after it, and then finds what this has added.
        select true as is_held from dataset_versions where ${isHeld(version)} for share
      ), added as (
        insert into dataset_items (dataset_id, version, owner_id, conversation_id, revision, split, dropped, facts,
          turn_count, token_count, group_id, cluster_id, similarity)
        select ${version.datasetId}, ${version.version}, ${me}, t.conversation_id, r.revision, i.split, i.dropped,
          jsonb_build_object('title', t.title, 'tier', t.tier, 'status', t.status, 'qualityScore', t.quality_score,
            'scores', jsonb_strip_nulls(jsonb_build_object('empathy', t.empathy_score, 'clarity', t.clarity_score,
              'appropriateness', t.appropriateness_score, 'brand_voice', t.brand_voice_alignment)),
            'isReviewed', t.reviewed_at is not null, 'reviewNotes', t.review_notes),
          i.turn_count, i.token_count, i.group_id, i.cluster_id, i.similarity
        from held, unnest(${column(({ id }) => id)}::uuid[], ${column(({ revision }) => revision)}::integer[],
          ${column(({ split }) => split)}::text[], ${column(({ dropped }) => dropped)}::text[],
          ${column(({ turnCount }) => turnCount)}::integer[], ${column(({ tokenCount }) => tokenCount)}::integer[],
          ${column(({ groupId }) => groupId)}::uuid[], ${column(({ clusterId }) => clusterId)}::uuid[],
          ${column(({ similarity }) => similarity)}::real[])
          as i (conversation_id, revision, split, dropped, turn_count, token_count, group_id, cluster_id, similarity)
        join training_conversations t on t.conversation_id = i.conversation_id
        join training_revisions r on r.conversation_id = i.conversation_id and r.revision = i.revision
        returning 1
      )
      select exists (select from held) as is_held`)
    return row!.is_held
  },

  complete: (version, { former, contextSizes }) =>
    db.as(personOf(version)).transaction(async (queries) => {
      const ofVersion = raw`dataset_id = ${version.datasetId} and version = ${version.version}::integer`
      const [fates, [whole], longer, [compared]] = await queries.batch(
        statement<{
          split: Split | null
          dropped: DropReason | null
          conversations: number
          turns: number
          tokens: number
        }>`
          select split, dropped, count(*)::int as conversations, sum(turn_count)::bigint as turns,
            sum(token_count)::bigint as tokens
          from dataset_items where ${ofVersion} group by split, dropped`,
        statement<{ selected: number; clusters: number; longest: number }>`
          select count(*)::int as selected, count(distinct cluster_id)::int as clusters,
            coalesce(max(token_count) filter (where split is not null), 0) as longest
          from dataset_items where ${ofVersion}`,
        statement<{ tokens: number; conversations: number }>`
          select size as tokens, (select count(*)::int from dataset_items
            where ${ofVersion} and split is not null and token_count > size) as conversations
          from unnest(${contextSizes}::integer[]) size order by size`,
        statement<{ moved: number }>`
          select count(*)::int as moved from dataset_items n join dataset_items f using (dataset_id, conversation_id)
          where n.dataset_id = ${version.datasetId} and n.version = ${version.version}::integer
            and f.version = ${former ?? 0}::integer and n.split <> f.split`,
      )
      const split = (name: Split) => {
        const { conversations = 0, turns = 0, tokens = 0 } = fates.find((fate) => fate.split === name) ?? {}
        return { conversations, turns, tokens }
      }
      const drops = DROP_REASONS.map((reason): [DropReason, number] => [
        reason,
        fates.find((fate) => fate.dropped === reason)?.conversations ?? 0,
      ])
      const counts: VersionCounts = {
        selected: whole!.selected,
        dropped: Object.fromEntries(drops) as Record<DropReason, number>,
        splits: Object.fromEntries(SPLITS.map((name) => [name, split(name)])) as VersionCounts['splits'],
        clusters: whole!.clusters,
        moved: compared!.moved,
        longestTokens: whole!.longest,
        longerThan: longer,
      }
      const rows = await queries.query(statement<{ version: number }>`
        update dataset_versions set status = 'completed', lease_id = null, leased_until = null, completed_at = now(),
          counts = ${JSON.stringify(counts)}::jsonb, done = ${counts.selected}, total = ${counts.selected}
        where ${isHeld(version)} returning version`)
      return rows.length > 0
    }),

  async fail(version, errorCode) {
    await db.as(personOf(version)).batch(
      statement`
        update dataset_versions set status = 'failed', error_code = ${errorCode}, completed_at = now(), lease_id = null,
          leased_until = null
        where ${isHeld(version)}`,
      removeItems(version),
    )
  },

  async reap({ all = false } = {}) {
    const rows = await db.asSystem('dataset.reap').query(statement<{
      dataset_id: string
      version: number
      owner_id: string
    }>`
      update dataset_versions set losses = losses + 1, lease_id = null, leased_until = null,
        status = case when losses + 1 < ${MOST_LOSSES}::integer then 'queued' else 'failed' end,
        error_code = case when losses + 1 < ${MOST_LOSSES}::integer then null else 'dataset.lost' end,
        completed_at = case when losses + 1 < ${MOST_LOSSES}::integer then null else now() end
      where (dataset_id, version) in (
        select dataset_id, version from dataset_versions
        where status = 'processing' and (leased_until <= now() or ${all}::boolean)
        order by leased_until limit 100 for update skip locked)
      returning dataset_id, version, owner_id`)
    for (const { dataset_id: datasetId, version, owner_id: ownerId } of rows)
      await db.as(personOf({ ownerId })).query(removeItems({ datasetId, version }))
    return rows.length
  },
})
