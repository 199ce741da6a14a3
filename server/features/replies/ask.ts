/** Asking for a reply that streams: in a conversation, in a new one, again, and stopping it. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import { previewOf } from '../conversations/index.ts'
import { type makeCheckChoice, type ModelChoice, PLACEHOLDER } from './choose-model.ts'
import type { NoticeBoard } from '#kernel/notices.ts'
import type { Reply } from './reply.ts'
import type { ReplyFeeds } from './reply-feeds.ts'
import type { Asked, Brief, Question, ReplyStore } from './reply-store.ts'
import type { ReplyWriter } from './write-replies.ts'

interface Needs {
  store: ReplyStore
  writer: ReplyWriter
  checkChoice: ReturnType<typeof makeCheckChoice>
  clock: Clock
  newId: NewId
  serverId: string
}

/** What is asked, and of which model. */
export interface Prompt {
  readonly content: string
  readonly choice: ModelChoice
  readonly metadata?: Record<string, unknown> | null
  /** Whether the conversation gets its title from this exchange. */
  readonly makesTitle: boolean
}

/**
 * Posts a message and starts its reply, or queues it behind the one that is being written. What can be known beforehand
 * fails before anything is stored: `model.not_configured`, `model.not_available`, `conversation.not_found`,
 * `server.unavailable` while this server shuts down.
 */
export const makeAsk =
  (needs: Needs) =>
  async (actor: Actor, conversationId: string, prompt: Prompt): Promise<Asked> => {
    refuseWhenClosing(needs)
    await needs.checkChoice(prompt.choice)
    const stored = await needs.store.ask(actor, conversationId, questionOf(needs, prompt), needs.serverId)
    if (stored === undefined) throw new AppError('conversation.not_found')
    if (stored === 'no-key') throw new AppError('model.not_configured')
    return begun(needs, stored)
  }

/** The same in a new conversation. */
export const makeAskInNew =
  (needs: Needs) =>
  async (actor: Actor, prompt: Prompt, title: string | null = null): Promise<Asked> => {
    refuseWhenClosing(needs)
    await needs.checkChoice(prompt.choice)
    const conversation = { id: needs.newId(), title }
    const stored = await needs.store.askInNew(actor, conversation, questionOf(needs, prompt), needs.serverId)
    if (stored === 'no-key') throw new AppError('model.not_configured')
    return begun(needs, stored)
  }

/** Asks again for a reply to the person's latest message; `reply.nothing_to_answer` while one is being written. */
export const makeAskAgain =
  (needs: Needs) =>
  async (actor: Actor, conversationId: string, choice: ModelChoice): Promise<Reply> => {
    refuseWhenClosing(needs)
    await needs.checkChoice(choice)
    const again = {
      replyId: needs.newId(),
      replyMessageId: needs.newId(),
      model: choice.model,
      modelChoice: choice.choice,
      now: needs.clock.now(),
    }
    const stored = await needs.store.askAgain(actor, conversationId, again, needs.serverId)
    if (stored === undefined) throw new AppError('conversation.not_found')
    if (stored === 'no-key') throw new AppError('model.not_configured')
    if (stored === 'nothing-to-answer') throw new AppError('reply.nothing_to_answer')
    const { reply, brief } = stored
    if (reply.status === 'running') needs.writer.start(reply, brief)
    return reply
  }

/** A model that is called into a team conversation: in the name, and under the key, of whoever calls it. */
export const makeAskInTeam = (needs: Needs) => ({
  /** Fails with `model.not_configured` or `model.not_available` where the model could not answer: to be asked before the message is posted. */
  async check(actor: Actor, choice: ModelChoice): Promise<void> {
    refuseWhenClosing(needs)
    if (choice.choice === PLACEHOLDER) throw new AppError('model.not_available')
    await needs.checkChoice(choice)
    if (!(await needs.store.hasKeyFor(actor, choice.choice))) throw new AppError('model.not_configured')
  },
  /**
   * Starts, or queues, a reply to one's own message, unless it was asked about before or is gone. Fails as `check` does.
   */
  async ask(actor: Actor, conversationId: string, messageId: string, choice: ModelChoice): Promise<void> {
    refuseWhenClosing(needs)
    const asked = {
      replyId: needs.newId(),
      replyMessageId: needs.newId(),
      model: choice.model,
      modelChoice: choice.choice,
      now: needs.clock.now(),
    }
    const stored = await needs.store.askInTeam(actor, conversationId, messageId, asked, needs.serverId)
    if (stored === 'no-key') throw new AppError('model.not_configured')
    if (stored?.reply.status === 'running') needs.writer.start(stored.reply, stored.brief)
  },
})

/** Stops the reply that is being written, wherever it is written, and those that wait behind it. What was written stays. */
export const makeStopReply =
  ({
    store,
    writer,
    feeds,
    notices,
    clock,
    serverId,
  }: Needs & { feeds: Pick<ReplyFeeds, 'refresh'>; notices: NoticeBoard }) =>
  async (actor: Actor, conversationId: string): Promise<void> => {
    const found = await store.findLatest(actor, conversationId)
    if (found === undefined) throw new AppError('conversation.not_found')
    const hadQueued = await store.stopQueued(actor, conversationId, clock.now())
    const running = await store.findRunning(actor, conversationId)
    if (running !== undefined) {
      // Readers hear of those that waited when this one has ended.
      if (!writer.stop(running.id)) await notices.post({ kind: 'stop', from: serverId, reply: running.id })
    } else if (hadQueued) {
      feeds.refresh([conversationId])
      await notices.post({ kind: 'progress', from: serverId, conversations: [conversationId] })
    }
  }

/** Whoever is asked to wait for a server that is about to end gets no answer. */
const refuseWhenClosing = ({ writer }: Needs): void => {
  if (!writer.isOpen) throw new AppError('server.unavailable')
}

const questionOf = ({ newId, clock }: Needs, prompt: Prompt): Question => ({
  messageId: newId(),
  replyId: newId(),
  replyMessageId: newId(),
  content: prompt.content,
  preview: previewOf(prompt.content),
  metadata: prompt.metadata ?? null,
  model: prompt.choice.model,
  modelChoice: prompt.choice.choice,
  makesTitle: prompt.makesTitle,
  now: clock.now(),
})

const begun = ({ writer }: Needs, { asked, brief }: { asked: Asked; brief: Brief }): Asked => {
  if (asked.reply.status === 'running') writer.start(asked.reply, brief)
  return asked
}
