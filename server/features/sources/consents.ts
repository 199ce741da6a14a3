/** Asks people for consent, and hears what they say. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { Consent, ConsentFilter, ConsentQuestion, ConsentStore, PersonsAnswer } from './consent-store.ts'
import type { Erasures } from './erasures.ts'
import type { Page } from './source-store.ts'

interface Needs {
  readonly store: ConsentStore
  readonly erasures: Pick<Erasures, 'carryOut'>
  readonly clock: Clock
  readonly newId: NewId
}

export const makeConsents = ({ store, erasures, clock, newId }: Needs) => ({
  /** Fails with `conversation.not_found` where the actor may not ask. */
  async ask(actor: Actor, conversationId: string, purpose: string): Promise<ConsentQuestion> {
    const question = await store.ask(actor, { id: newId(), conversationId, purpose, now: clock.now() })
    if (question === undefined) throw new AppError('conversation.not_found')
    return question
  },

  /** What the actor asked, and at most `limit` answers, by name. Fails with `consent.not_found`. */
  async listAnswers(
    actor: Actor,
    conversationId: string,
    { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<{ question: ConsentQuestion; answers: PersonsAnswer[]; next: string | undefined }> {
    const [[question], found] = await Promise.all([
      store.findQuestions(actor, [conversationId]),
      store.listAnswers(actor, conversationId, { limit: limit + 1, after }),
    ])
    if (question === undefined) throw new AppError('consent.not_found')
    const answers = found.slice(0, limit)
    return { question, answers, next: found.length > limit ? answers.at(-1)?.person.id : undefined }
  },

  /** Fails with `consent.not_found`. */
  async stopAsking(actor: Actor, conversationId: string): Promise<void> {
    if (!(await store.stopAsking(actor, conversationId))) throw new AppError('consent.not_found')
  },

  /** What the actor was asked, latest first. */
  async list(
    actor: Actor,
    filter: ConsentFilter,
    { limit, after }: Page,
  ): Promise<{ consents: Consent[]; next: Consent | undefined }> {
    const found = await store.list(actor, filter, { limit: limit + 1, after })
    const consents = found.slice(0, limit)
    return { consents, next: found.length > limit ? consents.at(-1) : undefined }
  },

  /** `declined` erases what was taken of the actor's words. Fails with `consent.not_found`. */
  async answer(actor: Actor, id: string, answer: 'granted' | 'declined'): Promise<Consent> {
    const answered = await store.answer(actor, id, answer, clock.now())
    if (answered === undefined) throw new AppError('consent.not_found')
    await erasures.carryOut(answered.doomed)
    return answered.consent
  },
})
