/** Posts a message in a team conversation, and calls a model into it where the message asks for one. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import { previewOf } from '../conversations/index.ts'
import { type ExplainHidden, unknownMessage } from './list-messages.ts'
import type { TeamMessage } from './message.ts'
import type { Refusal, TeamMessageStore } from './team-message-store.ts'

/** How a model is called into a team conversation, by the choice that a person made. */
export interface CallModel {
  /** Fails where the model could not answer; asked before the message is stored. */
  check(actor: Actor, choice: string): Promise<void>
  /** Begins the answer to the actor's message, unless that was done before. */
  ask(actor: Actor, conversationId: string, messageId: string, choice: string): Promise<void>
}

interface Needs {
  store: TeamMessageStore
  explainHidden: ExplainHidden
  clock: Clock
  newId: NewId
  /** Without it no model is available. */
  callModel?: CallModel
}

export interface TeamMessageDraft {
  /** The client's own choice, so that sending again does not post twice. */
  readonly id?: string | undefined
  /** May be blank with files. */
  readonly content: string
  readonly fileIds: readonly string[]
  readonly mentions: readonly string[]
  readonly threadId?: string | undefined
  readonly workTypeId?: string | undefined
  /** Which model answers. */
  readonly model?: string | undefined
}

/**
 * Stores the message with everything that belongs to it, or nothing. The same message sent again, by its id, is answered
 * with what was stored then. Fails with `message.exists` when the id is another message's, `file.not_found`,
 * `work_type.not_found`, and `request.invalid` for people who are no members and for what can't carry a thread.
 */
export const makePostTeamMessage =
  ({ store, explainHidden, clock, newId, callModel }: Needs) =>
  async (actor: Actor, conversationId: string, draft: TeamMessageDraft): Promise<TeamMessage> => {
    const { model } = draft
    if (model !== undefined) {
      if (callModel === undefined) throw new AppError('model.not_available')
      await callModel.check(actor, model)
    }
    const content = draft.content.trim() === '' ? '' : draft.content
    const posted = await store.post(actor, {
      id: draft.id ?? newId(),
      conversationId,
      content,
      preview: previewOf(content),
      fileIds: eachOnce(draft.fileIds),
      mentions: eachOnce(draft.mentions),
      threadId: draft.threadId ?? null,
      workTypeId: draft.workTypeId ?? null,
      now: clock.now(),
    })
    if ('refused' in posted) {
      throw posted.refused === 'unreadable' ? await explainHidden(conversationId) : refusalOf(posted)
    }
    // Also for a message that is sent again: the first time may have ended before its model was asked.
    if (model !== undefined) await callModel?.ask(actor, conversationId, posted.id, model)
    return posted
  }

export const eachOnce = (ids: readonly string[]): string[] => [...new Set(ids)]

/** What a person is told of a refusal. */
export const refusalOf = (refusal: Refusal): AppError => {
  switch (refusal.refused) {
    case 'unreadable':
      return new AppError('message.not_found')
    case 'forbidden':
      return new AppError('team.not_allowed', { message: 'Only who wrote a message can change it.' })
    case 'unknown-thread':
      return unknownMessage('body', 'threadId')
    case 'unknown-work-type':
      return new AppError('work_type.not_found')
    case 'unknown-files':
      return new AppError('file.not_found')
    case 'strangers':
      return notMembers('mentions', refusal.personIds)
    case 'taken-id':
      return new AppError('message.exists')
  }
}

/** The refusal of people who would have to be in the conversation. */
export const notMembers = (name: string, personIds: readonly string[]): AppError =>
  new AppError('request.invalid', {
    issues: [
      {
        part: 'body',
        path: [name],
        rule: 'other',
        message: `must be in this conversation, which is not true of ${personIds.join(', ')}`,
      },
    ],
  })
