/**
 * The pipeline of one call (contracts, 0.5): ask, store raw, refuse what was cut off, parse, validate, store the final file. Each
 * step may be done again after a server died in the middle of it, and none but the first asks the model.
 */
import type { Actor } from '#kernel/actor.ts'
import { type AppError, type ErrorCode, toAppError } from '#kernel/errors.ts'
import { collectText, DEMO, type LanguageModel, type ModelChoice } from '../replies/index.ts'
import type { Trainings, TrainingStore } from '../training/index.ts'
import type { Answer, AttemptCost, CallQueue, LeasedCall } from './call-queue.ts'
import { demoWriter } from './demo-writer.ts'
import { type CallFailure, costOf, MAX_TRIES, titleOf } from './generation.ts'
import { type ParsedAnswer, parseAnswer } from './parse-answer.ts'
import { validateAnswer, type ValidationReport } from './validate-answer.ts'

export interface WriterNeeds {
  readonly queue: CallQueue
  readonly resolveModel: (userId: string, choice: ModelChoice) => Promise<LanguageModel>
  readonly trainings: Pick<Trainings, 'storeRaw' | 'keepContent' | 'fail' | 'writeFile'>
  readonly trainingStore: Pick<TrainingStore, 'find'>
  /** A call will wait again in so many seconds. */
  readonly onLater: (seconds: number) => void
  readonly onError: (error: unknown, what: string) => void
  /** Tests are in more of a hurry. */
  readonly keepAgainMs?: number
}

/** Longest that a model may take for one conversation, in milliseconds. */
const ANSWER_MS = 10 * 60_000
/** How often an answer is tried to be kept, and how much longer each time is waited, in milliseconds; within a lease. */
const KEEP_TRIES = 6
const KEEP_AGAIN_MS = 1_000
/** Longest that a provider can make us wait, in seconds. */
const MOST_WAIT = 600

/** The key, the account or the model is the reason: every other call of the run would fail of it too. */
const hopeless: readonly ErrorCode[] = [
  'model.key_rejected',
  'model.no_funds',
  'model.not_available',
  'model.not_configured',
  'provider_key.unreadable',
]
/** Refused before a word was written. */
const unpaid: readonly ErrorCode[] = ['model.rate_limited', 'model.unreachable']

const CUT_OFF = 'The model was cut off before the end of the conversation. Allow it more tokens.'
const FILTERED = "The provider's filter ended the answer."
const GARBLED = 'The answer is no JSON, and could not be made any.'

export const makeWriteConversation = (needs: WriterNeeds) => {
  const { queue, trainings } = needs

  /** Undefined where the call is settled without an answer. */
  const ask = async (call: LeasedCall, signal: AbortSignal): Promise<Answer | undefined> => {
    try {
      const model = call.choice === DEMO ? demoWriter(call.cell) : await needs.resolveModel(call.ownerId, call)
      const answered = await collectText(model, [{ role: 'user', content: call.cell.prompt }], {
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
        maxTokens: call.maxTokens,
        temperature: call.cell.temperature,
      })
      const answer = { ...answered, cost: paidFor(call, answered) }
      return (await keepPaid(call, answer, signal)) ? answer : undefined
    } catch (error) {
      if (signal.aborted) return undefined
      await settleFailure(call, toAppError(error))
      return undefined
    }
  }

  /** It is paid: a database that is away for a moment does not lose it. */
  const keepPaid = async (call: LeasedCall, answer: Answer, signal: AbortSignal): Promise<boolean> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await queue.keepAnswer(call, answer)
      } catch (error) {
        if (attempt === KEEP_TRIES || signal.aborted || toAppError(error).code !== 'server.unavailable') throw error
        await sleep(attempt * (needs.keepAgainMs ?? KEEP_AGAIN_MS))
      }
    }
  }

  const settleFailure = async (call: LeasedCall, error: AppError): Promise<unknown> => {
    // The database is away: the lease runs out, and somebody goes on.
    if (error.kind === 'unavailable') throw error
    if (error.code === 'server.internal') needs.onError(error, 'generation.ask')
    if (hopeless.includes(error.code)) return queue.pauseRun(call, error.message)
    const cost: AttemptCost = unpaid.includes(error.code) ? 'nothing' : 'unknown'
    if (error.retryable && error.code !== 'server.internal' && call.tries < MAX_TRIES) {
      const seconds = waitOf(call, error)
      await queue.askLater(call, seconds, cost)
      return needs.onLater(seconds)
    }
    return queue.fail(call, { type: 'api_error', reason: error.message }, cost)
  }

  /** Everything after the answer. Nothing of it costs anything. */
  const keep = async (call: LeasedCall, answer: Answer): Promise<unknown> => {
    const actor: Actor = { userId: call.ownerId, subject: call.ownerId }
    const { conversationId: id, cell } = call
    const parsed: ParsedAnswer = answer.reason === 'length' ? { kind: 'cut-off' } : parseAnswer(answer.text)
    const parseMethod = parsed.kind === 'parsed' ? parsed.method : 'direct'
    // A server that died here had kept the conversation already, but maybe not its final file.
    if (((await needs.trainingStore.find(actor, id))?.revision ?? 0) > 0) {
      await trainings.writeFile(actor, id)
      return queue.complete(call, parseMethod)
    }

    const given = {
      id,
      title: titleOf(cell.scaffolding),
      tier: call.tier,
      origin: 'generated' as const,
      scaffolding: cell.scaffolding,
      model: answer.model,
    }
    if (!(await trainings.storeRaw(actor, given, Buffer.from(answer.text)))) return queue.drop(call)

    const fail = async (failure: CallFailure, report?: ValidationReport) => {
      const status = failure.type === 'parse_error' ? 'parse_failed' : 'failed'
      await trainings.fail(actor, id, status, report && { ...report })
      return queue.fail(call, failure)
    }
    if (answer.reason === 'content-filter') return fail({ type: 'api_error', reason: FILTERED })
    if (parsed.kind === 'cut-off') return fail({ type: 'truncation', reason: CUT_OFF })
    if (parsed.kind === 'garbled') return fail({ type: 'parse_error', reason: GARBLED })
    const { report, content } = validateAnswer(parsed.value, cell)
    if (content === undefined) {
      return fail({ type: 'validation_error', reason: report.blockers[0]!.message }, report)
    }
    try {
      await trainings.keepContent(actor, id, content, {
        reason: 'generated',
        parseMethod,
        requiresManualReview: parseMethod === 'jsonrepair',
        validationReport: { ...report },
        promptTokens: answer.promptTokens ?? undefined,
        completionTokens: answer.completionTokens ?? undefined,
        cost: answer.cost ?? undefined,
      })
    } catch (error) {
      const { code, message } = toAppError(error)
      if (code === 'conversation.not_found') return queue.drop(call)
      if (code === 'training.wrong_content') return fail({ type: 'validation_error', reason: message }, report)
      throw error
    }
    return queue.complete(call, parseMethod)
  }

  /** Does a call and says in the queue what became of it; says nothing once `signal` is aborted. */
  return async (call: LeasedCall, signal: AbortSignal): Promise<void> => {
    const answer = call.answer ?? (await ask(call, signal))
    if (answer !== undefined && !signal.aborted) await keep(call, answer)
  }
}

/** Null where prices are not known; where the provider counts nothing, the most that it can be. */
const paidFor = (
  { prices, mostCost }: LeasedCall,
  { promptTokens, completionTokens }: Pick<Answer, 'promptTokens' | 'completionTokens'>,
): number | null => {
  if (prices === null) return null
  return promptTokens === null || completionTokens === null ? mostCost : costOf(prices, promptTokens, completionTokens)
}

/** In seconds: what the provider asks for, else longer each time. */
const waitOf = ({ tries }: LeasedCall, { retryAfterSeconds }: AppError): number =>
  Math.min(MOST_WAIT, retryAfterSeconds ?? 2 ** tries)

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
