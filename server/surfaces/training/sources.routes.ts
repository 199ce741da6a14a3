/** Real conversations as training data: what may be taken, consent, redaction, erasure. */
import * as contract from '#contract/training/index.ts'
import type { BodyOf } from '#contract/endpoint.ts'
import type {
  Consent,
  ConsentQuestion,
  HeldWords,
  Source,
  SourcePreview,
  Sources,
} from '../../features/sources/index.ts'
import { readCursor, readIdCursor, writeCursor } from '../shared/cursor.ts'
import type { Serve } from '../shared/serve.ts'

export interface SourcesRoutesNeeds {
  readonly sources: Sources
}

export const registerSourcesRoutes = (serve: Serve, { sources }: SourcesRoutesNeeds): void => {
  const { consents, redactions } = sources

  serve(contract.listSources, async ({ actor, query }) => {
    const { sources: found, next } = await sources.list(actor, query.kind, pageOf(query))
    return { sources: found.map(presentSource), next_cursor: cursorOf(next && { at: next.activeAt, id: next.id }) }
  })

  serve(contract.previewSource, async ({ actor, params, body }) =>
    presentPreview(await sources.preview(actor, params.conversationId, readingOf(body))),
  )

  serve(contract.takeSource, async ({ actor, params, body }) => {
    const taken = await sources.take(actor, params.conversationId, {
      reading: readingOf(body),
      fingerprint: body.fingerprint,
      title: body.title,
      tier: body.tier,
      waitForEverybody: body.wait_for_everybody,
      redactions: body.redactions.map(({ turn_number, ...stretch }) => ({ ...stretch, turnNumber: turn_number })),
    })
    return {
      success: true as const,
      conversation_id: taken.id,
      turn_count: taken.turnCount,
      redaction_count: taken.redactionCount,
    }
  })

  serve(contract.askForConsent, async ({ actor, params, body }) =>
    presentQuestion(await consents.ask(actor, params.conversationId, body.purpose)),
  )

  serve(contract.listAnswers, async ({ actor, params, query: { limit, cursor } }) => {
    const after = cursor === undefined ? undefined : readIdCursor(cursor)
    const { question, answers, next } = await consents.listAnswers(actor, params.conversationId, { limit, after })
    return {
      question: presentQuestion(question),
      answers: answers.map(({ person, answer, answeredAt }) => ({
        person,
        answer,
        answered_at: answeredAt?.toISOString() ?? null,
      })),
      next_cursor: next ?? null,
    }
  })

  serve(contract.stopAsking, ({ actor, params }) => consents.stopAsking(actor, params.conversationId))

  serve(contract.listConsents, async ({ actor, query }) => {
    const filter = { answer: query.answer, conversationId: query.conversation_id }
    const { consents: found, next } = await consents.list(actor, filter, pageOf(query))
    return { consents: found.map(presentConsent), next_cursor: cursorOf(next && { at: next.askedAt, id: next.id }) }
  })

  serve(contract.answerConsent, async ({ actor, params, body }) =>
    presentConsent(await consents.answer(actor, params.id, body.answer)),
  )

  serve(contract.listHeldWords, async ({ actor, query }) => {
    const { held, next } = await sources.listHeldWords(actor, pageOf(query))
    return { data: held.map(presentHeld), next_cursor: cursorOf(next && { at: next.takenAt, id: next.trainingId }) }
  })

  serve(contract.eraseHeldWords, ({ actor, params }) => sources.eraseHeldWords(actor, params.conversationId))

  serve(contract.listRedactions, async ({ actor, params }) => {
    const { redactions: kept, isFinal } = await redactions.list(actor, params.conversationId)
    return {
      redactions: kept.map(({ turnNumbers, ...rest }) => ({ ...rest, turn_numbers: [...turnNumbers] })),
      is_final: isFinal,
    }
  })

  serve(contract.restoreRedaction, async ({ actor, params, body }) => ({
    conversation_id: params.conversationId,
    revision: await redactions.restore(actor, params.conversationId, body.replacement),
  }))
}

const pageOf = ({ limit, cursor }: { limit: number; cursor?: string | undefined }) => ({
  limit,
  after: cursor === undefined ? undefined : readCursor(cursor),
})

const cursorOf = (place: { at: Date; id: string } | undefined): string | null =>
  place === undefined ? null : writeCursor(place)

const readingOf = (body: BodyOf<typeof contract.previewSource>) => ({
  from: body.from_message_id,
  to: body.to_message_id,
  mergeTurns: body.merge_turns,
  withoutConsent: body.without_consent,
  assistantPersonId: body.assistant_person_id,
  country: body.country,
})

const presentQuestion = (question: ConsentQuestion): contract.ConsentQuestion => ({
  request_id: question.id,
  conversation_id: question.conversationId,
  purpose: question.purpose,
  asked_at: question.askedAt.toISOString(),
  counts: question.counts,
})

const presentSource = (source: Source): contract.Source => ({
  conversation_id: source.id,
  kind: source.kind,
  title: source.title,
  message_count: source.messageCount,
  active_at: source.activeAt.toISOString(),
  taken_count: source.takenCount,
  last_taken_at: source.lastTakenAt?.toISOString() ?? null,
  consent: source.question === undefined ? null : presentQuestion(source.question),
})

const presentPreview = (preview: SourcePreview) => ({
  conversation_id: preview.id,
  kind: preview.kind,
  title: preview.title,
  fingerprint: preview.fingerprint,
  people: preview.people.map(({ letter, messageCount, ...person }): contract.SourcePerson => ({
    ...person,
    pseudonym: `Person ${letter}`,
    message_count: messageCount,
  })),
  turns: preview.turns.map(({ role, name, content, train }, index): contract.SourceTurn => ({
    turn_number: index + 1,
    role,
    name,
    content,
    train,
  })),
  redactions: preview.redactions.map(
    ({ turnNumber, start, end, kind, replacement, confidence }): contract.Redaction => ({
      turn_number: turnNumber,
      start,
      end,
      kind,
      replacement,
      confidence,
    }),
  ),
  left_out: preview.leftOut,
  obstacle: preview.obstacle,
})

const presentConsent = (consent: Consent): contract.Consent => ({
  request_id: consent.id,
  conversation: consent.conversation,
  asker: consent.asker,
  purpose: consent.purpose,
  asked_at: consent.askedAt.toISOString(),
  answer: consent.answer,
  answered_at: consent.answeredAt?.toISOString() ?? null,
})

const presentHeld = (held: HeldWords): contract.HeldWords => ({
  id: held.trainingId,
  owner: held.owner,
  source: held.source,
  message_count: held.messageCount,
  taken_at: held.takenAt.toISOString(),
})
