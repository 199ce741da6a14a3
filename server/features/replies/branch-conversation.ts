/** Branches a conversation at one of its messages: with the messages, or with a model's summary of them (contracts, 4.3). */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { Conversation, ConversationStore, NewBranch } from '../conversations/index.ts'
import { collectText } from './collect-text.ts'
import type { LanguageModel } from './language-model.ts'
import type { ReplyStore } from './reply-store.ts'

/** How much of a conversation is summarised, in messages. */
const SUMMARISED = 200

const INSTRUCTION =
  'Summarise the conversation so far, in its own language, so that it can be continued from the summary alone: ' +
  'what was asked, what was found or decided, and what is open. Leave out greetings.'

export const makeBranchConversation =
  ({
    conversations,
    replies,
    summaryModel,
    clock,
    newId,
  }: {
    conversations: ConversationStore
    replies: Pick<ReplyStore, 'dialogueUpTo'>
    /** The model that summarises for a person; fails with `model.not_configured`. */
    summaryModel: (userId: string) => Promise<LanguageModel>
    clock: Clock
    newId: NewId
  }) =>
  async (actor: Actor, conversationId: string, messageId: string, type: 'full' | 'summary'): Promise<Conversation> => {
    const branch: NewBranch = {
      id: newId(),
      parentId: conversationId,
      sourceMessageId: messageId,
      now: clock.now(),
    }
    const child =
      type === 'full'
        ? await conversations.branchWithMessages(actor, branch)
        : await conversations.branchWithSummary(actor, {
            ...branch,
            messageId: newId(),
            summary: await summarise(actor, conversationId, messageId),
          })
    return child ?? missing(actor, conversationId)

    async function summarise(person: Actor, id: string, upTo: string): Promise<string> {
      const turns = await replies.dialogueUpTo(person, id, SUMMARISED, upTo)
      if (turns === undefined) return missing(person, id)
      const model = await summaryModel(person.userId)
      const { text } = await collectText(model, [...turns, { role: 'user', content: INSTRUCTION }], {
        signal: AbortSignal.timeout(2 * 60_000),
      })
      return text
    }

    async function missing(person: Actor, id: string): Promise<never> {
      const found = await conversations.find(person, id)
      throw new AppError(found === undefined ? 'conversation.not_found' : 'message.not_found')
    }
  }
