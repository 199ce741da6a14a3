/** Answers that are waited for: the model is asked first, then question and answer are stored together or not at all (seed 4). */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import { type Conversation, previewOf } from '../conversations/index.ts'
import type { Message } from '../messages/index.ts'
import { type makeChooseByName, PLACEHOLDER_TEXT } from './choose-model.ts'
import { collectText, type WholeAnswer } from './collect-text.ts'
import { makeTitleText } from './make-title.ts'
import { DIALOGUE_LENGTH, type Exchange, type ReplyStore } from './reply-store.ts'

interface Needs {
  store: ReplyStore
  chooseByName: ReturnType<typeof makeChooseByName>
  clock: Clock
  newId: NewId
  /** Aborted with what to say when the server shuts down. */
  closing: AbortSignal
}

interface Asked {
  readonly content: string
  /** The provider's own name of the model. */
  readonly model: string
}

/** What was stored. */
export interface Answered {
  readonly conversation: Conversation
  /** The question, then the answer. */
  readonly messages: readonly [Message, Message]
}

/** A new conversation from its first message; a failed call of the model leaves nothing. */
export const makeAnswerInNew =
  (needs: Needs) =>
  async (actor: Actor, { content, model: name }: Asked): Promise<Answered> => {
    const { model, choice } = await needs.chooseByName(actor, name)
    const answer = await collectText(model, [{ role: 'user', content }], { signal: unhurried(needs) })
    const title = await makeTitleText(choice.choice === 'demo' ? undefined : model, content, answer.text, needs.closing)
    return needs.store.storeExchangeInNew(actor, { id: needs.newId(), title }, exchangeOf(needs, content, answer))
  }

/** A further message and its answer. */
export const makeAnswer =
  (needs: Needs) =>
  async (
    actor: Actor,
    conversationId: string,
    { content, model: name }: Asked,
  ): Promise<readonly [Message, Message]> => {
    const { model } = await needs.chooseByName(actor, name)
    const turns = await needs.store.dialogue(actor, conversationId, DIALOGUE_LENGTH - 1)
    if (turns === undefined) throw new AppError('conversation.not_found')
    const answer = await collectText(model, [...turns, { role: 'user', content }], { signal: unhurried(needs) })
    const stored = await needs.store.storeExchange(actor, conversationId, exchangeOf(needs, content, answer))
    if (stored === undefined) throw new AppError('conversation.not_found')
    return stored.messages
  }

/** A new conversation whose first message gets the placeholder: seed 2 where no model is configured (decision 6). */
export const makeAnswerWithPlaceholder =
  (needs: Needs) =>
  (actor: Actor, content: string, title: string | null, metadata: Record<string, unknown> | null): Promise<Answered> =>
    needs.store.storeExchangeInNew(
      actor,
      { id: needs.newId(), title },
      {
        ...exchangeOf(needs, content, {
          text: PLACEHOLDER_TEXT,
          model: '',
          reason: 'stop',
          promptTokens: null,
          completionTokens: null,
        }),
        model: null,
        metadata,
      },
    )

/** Nobody can stop it and the provider has limits of its own, so this only guards against a stream without end. */
const unhurried = ({ closing }: Pick<Needs, 'closing'>): AbortSignal =>
  AbortSignal.any([AbortSignal.timeout(10 * 60_000), closing])

const exchangeOf = ({ newId, clock }: Needs, question: string, answer: WholeAnswer): Exchange => ({
  questionId: newId(),
  answerId: newId(),
  question,
  preview: previewOf(question),
  metadata: null,
  answer: answer.text,
  model: answer.model,
  promptTokens: answer.promptTokens,
  completionTokens: answer.completionTokens,
  answerStatus: answer.reason === 'length' ? 'truncated' : 'complete',
  now: clock.now(),
})
