/** The slice, put together: one process's share in writing, following and ending replies. */
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import { encodeNotice, type Notice, type NoticeBoard } from '#kernel/notices.ts'
import type { ConversationStore } from '../conversations/index.ts'
import { makeAnswer, makeAnswerInNew, makeAnswerWithPlaceholder } from './answer-at-once.ts'
import { makeAsk, makeAskAgain, makeAskInNew, makeAskInTeam, makeStopReply } from './ask.ts'
import { makeBranchConversation } from './branch-conversation.ts'
import {
  DEMO,
  makeCheckChoice,
  makeChooseByName,
  makeDefaultChoice,
  makeResolveModel,
  makeResolveWithKey,
  type ModelSources,
  PLACEHOLDER,
  parseChoice,
} from './choose-model.ts'
import { makeJournal } from './journal.ts'
import type { ModelTurn } from './language-model.ts'
import { makeListByName, makeListChoices } from './list-choices.ts'
import { makeTitleText } from './make-title.ts'
import { LIVENESS, type Liveness, makeReapReplies } from './reap-replies.job.ts'
import type { Reply } from './reply.ts'
import { makeReplyFeeds } from './reply-feeds.ts'
import type { ReplyStore } from './reply-store.ts'
import { makeReplyWriter } from './write-replies.ts'

export interface RepliesNeeds {
  readonly store: ReplyStore
  readonly conversations: ConversationStore
  readonly sources: ModelSources
  /** The model that a person has chosen to be asked when none is named. */
  readonly preferredModel: (userId: string) => Promise<string | null>
  readonly notices: NoticeBoard
  readonly clock: Clock
  readonly newId: NewId
  /** This process holds the only server of its database. */
  readonly isAlone: boolean
  /** How it is known which servers live. */
  readonly liveness?: Liveness
  /** A sign-in was ended somewhere. */
  readonly onCredentialRevoked: (credential: string) => void
  readonly onError: (error: unknown, what: string) => void
}

export type Replies = Awaited<ReturnType<typeof startReplies>>

/** Registers this server, closes what dead ones left, and begins to listen. */
export const startReplies = async (needs: RepliesNeeds) => {
  const { store, sources, notices, clock, newId, isAlone, liveness = LIVENESS } = needs
  const serverId = newId()
  const resolveModel = makeResolveModel(sources)
  const chooseByName = makeChooseByName(sources, resolveModel)
  const defaultChoiceOf = makeDefaultChoice(sources)
  const defaultChoice = async (userId: string) => defaultChoiceOf(userId, await needs.preferredModel(userId))

  const feeds = makeReplyFeeds({
    store,
    now: () => clock.now().getTime(),
    onError: (error) => needs.onError(error, 'reply.follow'),
  })
  const journal = makeJournal({ store, serverId, onError: (error) => needs.onError(error, 'reply.journal') })

  const titleReply = async (reply: Reply, turns: readonly ModelTurn[], answer: string, signal: AbortSignal) => {
    const prompt = turns.findLast(({ role }) => role === 'user')?.content ?? answer
    const isReal = reply.modelChoice !== DEMO && reply.modelChoice !== PLACEHOLDER
    const model = isReal
      ? await resolveModel(reply.ownerId, { choice: reply.modelChoice, model: reply.model }).catch(() => undefined)
      : undefined
    const title = await makeTitleText(model, prompt, answer, signal)
    const conversations = [reply.conversationId]
    await store.setTitle(reply, title, encodeNotice({ kind: 'changed', from: serverId, conversations }))
    feeds.changed(conversations)
  }

  const writer = makeReplyWriter({
    store,
    feeds,
    journal,
    resolveWithKey: makeResolveWithKey(sources),
    makeTitle: titleReply,
    clock,
    serverId,
    onError: (error) => needs.onError(error, 'reply.write'),
  })
  const onReapError = (error: unknown) => needs.onError(error, 'reply.reap')
  const reap = makeReapReplies({ store, feeds, writer, clock, serverId, isAlone, liveness, onError: onReapError })
  /** Ends the answers that are waited for, when this server shuts down. */
  const closing = new AbortController()

  const onNotice = (notice: Notice) => {
    // A stop may come before this server has begun with the reply: its own notice tells it once more.
    if (notice.kind === 'stop') return void writer.stop(notice.reply)
    if (!('from' in notice) || notice.from === serverId) return
    switch (notice.kind) {
      case 'progress':
        return feeds.refresh(notice.conversations)
      case 'changed':
        return feeds.changed(notice.conversations)
      case 'deleted':
        writer.abandon(notice.conversations)
        return feeds.deleted(notice.conversations)
      case 'credential-revoked':
        return needs.onCredentialRevoked(notice.credential)
    }
  }

  await reap()
  await notices.listen({ onNotice, onGap: () => feeds.refreshAll() })
  const beat = setInterval(() => void reap().catch(onReapError), liveness.beatMs)

  const asking = { store, writer, checkChoice: makeCheckChoice(sources), clock, newId, serverId }
  const answering = { store, chooseByName, clock, newId, closing: closing.signal }
  return {
    ask: makeAsk(asking),
    askInNew: makeAskInNew(asking),
    askAgain: makeAskAgain(asking),
    team: makeAskInTeam(asking),
    stop: makeStopReply({ ...asking, feeds, notices }),
    answer: makeAnswer(answering),
    answerInNew: makeAnswerInNew(answering),
    answerWithPlaceholder: makeAnswerWithPlaceholder(answering),
    branch: makeBranchConversation({
      conversations: needs.conversations,
      replies: store,
      clock,
      newId,
      summaryModel: async (userId) => {
        const choice = await defaultChoice(userId)
        return resolveModel(userId, choice.choice === PLACEHOLDER ? parseChoice('operator:none') : choice)
      },
    }),
    follow: feeds.attach,
    dismiss: feeds.dismiss,
    findLatest: store.findLatest,
    parseChoice,
    defaultChoice,
    listChoices: makeListChoices(sources),
    listByName: makeListByName(sources),
    /** Tells everybody that a conversation is gone: its reply stops, its streams close. */
    forget(conversationId: string) {
      const conversations = [conversationId]
      writer.abandon(conversations)
      feeds.deleted(conversations)
      void notices
        .post({ kind: 'deleted', from: serverId, conversations })
        .catch((error) => needs.onError(error, 'reply.forget'))
    },
    /** Tells the other servers that a sign-in was ended. */
    announceRevoked(credential: string) {
      void notices
        .post({ kind: 'credential-revoked', from: serverId, credential })
        .catch((error) => needs.onError(error, 'credential.revoked'))
    },
    counts: () => ({ running: writer.runningCount(), readers: feeds.readerCount() }),
    /** Starts nothing more, lets running replies finish for `graceMs`, then keeps what they have. */
    async shutDown(graceMs: number) {
      clearInterval(beat)
      await writer.shutDown(graceMs)
      closing.abort(new AppError('server.unavailable'))
    },
    /** Signs this server off, after `shutDown` and when nobody can ask any more. */
    async leave() {
      await writer.drained()
      await store.leave(serverId)
    },
  }
}
