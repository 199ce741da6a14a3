/** Where it is kept who was asked for consent, and what they said: the port. */
import type { Actor } from '#kernel/actor.ts'
import type { ConsentAnswer } from './source.ts'
import type { Held, Page } from './source-store.ts'

export interface ConsentQuestion {
  readonly id: string
  readonly conversationId: string
  readonly purpose: string
  readonly askedAt: Date
  /** Of those who are in the conversation or have answered, without the asker. */
  readonly counts: Readonly<Record<ConsentAnswer, number>>
}

export interface NewQuestion {
  readonly id: string
  readonly conversationId: string
  readonly purpose: string
  readonly now: Date
}

interface Person {
  readonly id: string
  readonly name: string
}

export interface PersonsAnswer {
  readonly person: Person
  readonly answer: ConsentAnswer
  readonly answeredAt: Date | null
}

/** What the actor was asked. */
export interface Consent {
  readonly id: string
  readonly conversation: { readonly id: string; readonly title: string }
  readonly asker: Person
  readonly purpose: string
  readonly askedAt: Date
  readonly answer: ConsentAnswer
  readonly answeredAt: Date | null
}

export interface ConsentFilter {
  readonly answer?: ConsentAnswer | undefined
  readonly conversationId?: string | undefined
}

export interface ConsentStore {
  /**
   * Asks everybody in a team conversation that the actor leads; who is there hears that something changed. The same question again
   * changes nothing, another purpose takes the former question back. Undefined: it is none that they lead.
   */
  ask(actor: Actor, question: NewQuestion): Promise<ConsentQuestion | undefined>
  /** What the actor asked in each of these conversations. */
  findQuestions(actor: Actor, conversationIds: readonly string[]): Promise<ConsentQuestion[]>
  /** What everybody said, by name, behind the person `after`. */
  listAnswers(
    actor: Actor,
    conversationId: string,
    page: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<PersonsAnswer[]>
  /** Takes the actor's question back, and with it all answers; false where there is none. */
  stopAsking(actor: Actor, conversationId: string): Promise<boolean>
  /** What the actor was asked, latest first: wherever they are, or were and wrote something. */
  list(actor: Actor, filter: ConsentFilter, page: Page): Promise<Consent[]>
  /**
   * Answers, and dooms the actor's words in what the asker took from the conversation when the answer is `declined`: in one
   * transaction, so that nobody takes them in between. `doomed` says where they are.
   */
  answer(
    actor: Actor,
    requestId: string,
    answer: 'granted' | 'declined',
    now: Date,
  ): Promise<{ consent: Consent; doomed: Held[] } | undefined>
}
