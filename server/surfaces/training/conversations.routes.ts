/** Training conversations: found, read, reviewed and changed. */
import type { z } from 'zod'
import * as contract from '#contract/training/index.ts'
import type { ConsultantProfile, TrainingDesk, TrainingFilter, Trainings } from '../../features/training/index.ts'
import type { Serve } from '../shared/serve.ts'
import { readImported } from './imported.ts'
import { presentReview, presentTraining, presentTurns } from './present.ts'
import { inCamelCase, inSnakeCase } from './spelling.ts'
import { readTrainingPlace, writeTrainingPlace } from './training-place.ts'

export interface ConversationRoutesNeeds {
  readonly desk: TrainingDesk
  readonly trainings: Pick<Trainings, 'remove'>
}

export const registerConversationRoutes = (serve: Serve, { desk, trainings }: ConversationRoutesNeeds): void => {
  serve(contract.listTrainingConversations, async ({ actor, query }) => {
    const { sort, direction, limit, cursor, requires_manual_review: flagged, ...filter } = query
    const { items, next, total, totalIsExact } = await desk.list(actor, {
      filter: filterOf({ ...filter, requires_manual_review: flagged === undefined ? undefined : flagged === 'true' }),
      sort,
      direction,
      limit,
      after: cursor === undefined ? undefined : readTrainingPlace(cursor),
    })
    return {
      conversations: items.map(presentTraining),
      total,
      total_is_exact: totalIsExact,
      limit,
      next_cursor: next ? writeTrainingPlace(next) : null,
    }
  })

  serve(contract.readTrainingStats, async ({ actor }) => {
    const stats = await desk.stats(actor)
    return {
      total: stats.total,
      mean_quality: stats.meanQuality,
      by_status: stats.byStatus,
      by_tier: stats.byTier,
    }
  })

  serve(contract.readTrainingConversation, async ({ actor, params }) => {
    const { record, content, history } = await desk.read(actor, params.conversationId)
    return {
      conversation: presentTraining(record),
      turns: presentTurns(content),
      history: history.map(({ at, action, actorId, details }) => ({
        at: at.toISOString(),
        action,
        actor_id: actorId,
        details: details === null ? null : { ...details },
      })),
    }
  })

  serve(contract.listTurns, async ({ actor, params, query }) => {
    const { record, content } = await desk.readContent(actor, params.conversationId, query.revision)
    return { conversation_id: record.id, revision: query.revision ?? record.revision, turns: presentTurns(content) }
  })

  serve(contract.updateTrainingConversation, async ({ actor, params, body }) =>
    presentTraining(await desk.change(actor, params.conversationId, body)),
  )

  serve(contract.deleteTrainingConversation, ({ actor, params }) => trainings.remove(actor, params.conversationId))

  serve(contract.readReviewStatus, async ({ actor, params }) =>
    presentReview(await desk.get(actor, params.conversationId)),
  )

  serve(contract.changeReviewStatus, async ({ actor, params, body }) =>
    presentReview(await desk.review(actor, params.conversationId, body.status, body.review_notes ?? null)),
  )

  serve(contract.changeTurn, async ({ actor, params, body }) => {
    const { conversationId, turnNumber } = params
    const { revision: from, ...change } = body
    const { revision, content } = await desk.changeTurn(actor, conversationId, turnNumber, { revision: from, change })
    const turns = presentTurns(content).filter((turn) => turn.turn_number === turnNumber)
    return { conversation_id: conversationId, revision, turns }
  })

  serve(contract.scoreConversation, async ({ actor, params, body }) =>
    presentTraining(await desk.score(actor, params.conversationId, body)),
  )

  serve(contract.judgeConversation, async ({ actor, params, body }) => {
    const { record, content } = await desk.judge(actor, params.conversationId, body.model)
    return { conversation: presentTraining(record), turns: presentTurns(content) }
  })

  serve(contract.listRevisions, async ({ actor, params, query }) => ({
    revisions: (await desk.listRevisions(actor, params.conversationId, query)).map((each) => ({
      revision: each.revision,
      reason: each.reason,
      changed_by: each.changedBy,
      created_at: each.createdAt.toISOString(),
    })),
  }))

  serve(contract.restoreRevision, async ({ actor, params, body }) => {
    const { revision, content } = await desk.restore(actor, params.conversationId, body.revision)
    return { conversation_id: params.conversationId, revision, turns: presentTurns(content) }
  })

  serve(contract.importConversations, async ({ actor, body }) => {
    const { ids, refused } = await desk.importMany(actor, body.tier, body.conversations.map(readImported))
    return { conversation_ids: ids, refused }
  })

  serve(contract.changeManyConversations, async ({ actor, body }) => {
    const choice = { ids: body.ids, filter: body.filter && filterOf(body.filter) }
    const { changed, unchanged, notFound, more } = await desk.changeMany(actor, choice, actionOf(body))
    return { changed, unchanged, not_found: notFound, more }
  })

  serve(contract.readProfile, async ({ actor }) => presentProfile(await desk.getProfile(actor)))

  serve(contract.saveProfile, async ({ actor, body }) => {
    await desk.saveProfile(actor, inCamelCase(body))
    return body
  })
}

const filterOf = ({
  q,
  ...filter
}: z.output<typeof contract.selectionFilter> & {
  processing_status?: TrainingFilter['processingStatus']
}): TrainingFilter => ({ ...inCamelCase(filter), text: q })

/** The contract has seen to it that what an action needs is there. */
const actionOf = ({ action, reason, tier }: z.output<NonNullable<typeof contract.changeManyConversations.body>>) => {
  switch (action) {
    case 'reject':
      return { action, reason: reason! }
    case 'set_tier':
      return { action, tier: tier! }
    default:
      return { action }
  }
}

const presentProfile = (profile: ConsultantProfile): contract.ConsultantProfile => ({
  ...inSnakeCase(profile),
  principles: [...profile.principles],
  techniques: [...profile.techniques],
  avoid: [...profile.avoid],
})
