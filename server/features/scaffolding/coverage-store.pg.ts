/** Coverage in PostgreSQL. */
import { literalInteger, offsetOf, statement } from '#db/statement.ts'
import type { Database, Statement } from '#kernel/database.ts'
import { type AxisItem, type CellCount, type CoveragePage, MAX_AXIS } from './coverage.ts'
import type { CoverageStore } from './coverage-store.ts'
import type { ScaffoldKind } from './scaffold.ts'
import { isGiven } from './scaffold-store.pg.ts'

/** The active ones of a kind in the order of their names. */
const axis = (kind: ScaffoldKind, limit: number, offset: number): Statement<AxisItem> => statement<AxisItem>`
  select scaffold_id as id, key, name from scaffolds
  where owner_id = (select app_user()) and kind = ${kind} and is_active
  order by lower(name), key limit ${literalInteger(limit)} ${offsetOf(offset)}`

export const pgCoverageStore = (db: Database): CoverageStore => ({
  async read(actor, { tier = null, status = null, offset, limit }) {
    const [given, personas, arcs, topics, [totals], counts] = await db.as(actor).batch(
      isGiven(),
      axis('persona', MAX_AXIS, 0),
      axis('arc', MAX_AXIS, 0),
      axis('topic', limit, offset),
      statement<CoveragePage['totals']>`
        select (count(*) filter (where kind = 'persona'))::integer as personas,
          (count(*) filter (where kind = 'arc'))::integer as arcs, (count(*) filter (where kind = 'topic'))::integer as topics
        from scaffolds where owner_id = (select app_user()) and is_active`,
      // The first by training_by_cell alone: 5 ms for 15,000 conversations. The second are the calls of runs that have not
      // ended: what has no conversation yet.
      statement<CellCount>`
        with topics as (
          select key from scaffolds where owner_id = (select app_user()) and kind = 'topic' and is_active
          order by lower(name), key limit ${literalInteger(limit)} ${offsetOf(offset)}
        ), made (persona, arc, topic, total) as (
          select persona_key, arc_key, topic_key, count(*) from training_conversations
          where owner_id = (select app_user()) and topic_key in (select key from topics)
            and processing_status not in ('failed', 'parse_failed')
            and (${tier}::text is null or tier = ${tier})
            and (status = ${status} or ${status}::text is null and status in ('pending_review', 'approved'))
          group by 1, 2, 3
          union all
          select e.scaffolding #>> '{persona,key}', e.scaffolding #>> '{arc,key}', e.scaffolding #>> '{topic,key}', count(*)
          from generation_runs r join generation_calls c using (run_id) join generation_cells e using (run_id, cell)
          where r.owner_id = (select app_user()) and r.status in ('queued', 'processing', 'paused')
            and c.status in ('queued', 'processing') and e.scaffolding #>> '{topic,key}' in (select key from topics)
            and (${tier}::text is null or r.tier = ${tier}) and coalesce(${status}, 'pending_review') = 'pending_review'
          group by 1, 2, 3
        )
        select persona as "personaKey", arc as "arcKey", topic as "topicKey", sum(total)::integer as total
        from made where persona is not null and arc is not null group by 1, 2, 3`,
    )
    if (given.length === 0) return undefined
    return { personas, arcs, topics, totals: totals!, counts }
  },
})
