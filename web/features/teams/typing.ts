/** Who is writing where, from the events that say so: pure. */
import type { PersonEvent, TeamPerson } from '#contract/messages/team.ts'

/** How long somebody counts as writing after they said so (contract, `sayTyping`), in milliseconds. */
export const TYPING_FOR = 6000
/** A model that has said that it answers and has not is forgotten after this long, in milliseconds. */
const ANSWERING_FOR = 120_000

export interface Writer {
  readonly id: string
  /** Null: a model. */
  readonly name: string | null
  /** Milliseconds of this page's clock. */
  readonly until: number
}

/** By conversation. */
export type Typing = Readonly<Record<string, readonly Writer[]>>

export const MODEL_WRITER = 'model'

const withWriter = (typing: Typing, conversationId: string, writer: Writer): Typing => ({
  ...typing,
  [conversationId]: [...(typing[conversationId] ?? []).filter(({ id }) => id !== writer.id), writer],
})

const withoutWriter = (typing: Typing, conversationId: string, id: string): Typing => {
  const writers = typing[conversationId]
  if (!writers?.some((writer) => writer.id === id)) return typing
  return { ...typing, [conversationId]: writers.filter((writer) => writer.id !== id) }
}

const person = ({ id, name }: TeamPerson, now: number): Writer => ({ id, name, until: now + TYPING_FOR })

export const typingAfter = (typing: Typing, event: PersonEvent, now: number): Typing => {
  switch (event.type) {
    case 'typing':
      return withWriter(typing, event.conversationId, person(event.person, now))
    case 'reply-started':
      return withWriter(typing, event.conversationId, { id: MODEL_WRITER, name: null, until: now + ANSWERING_FOR })
    case 'message-posted':
      return withoutWriter(
        typing,
        event.message.conversationId,
        isFromModel(event.message) ? MODEL_WRITER : event.message.senderId,
      )
    case 'reset':
    case 'connected':
      return {}
    default:
      return typing
  }
}

/** Those who have not said anything for too long are forgotten. The same object while nobody is. */
export const typingAt = (typing: Typing, now: number): Typing => {
  const isOver = ({ until }: Writer) => until <= now
  if (!Object.values(typing).some((writers) => writers.some(isOver))) return typing
  return Object.fromEntries(
    Object.entries(typing).map(([id, writers]) => [id, writers.filter((writer) => !isOver(writer))]),
  )
}

/** Named as the sender where there is no person (contract: a UUID of zeros). */
const NOBODY = '00000000-0000-0000-0000-000000000000'

export const isFromModel = ({ senderId, type }: { readonly senderId: string; readonly type: string }): boolean =>
  senderId === NOBODY && type !== 'system'
