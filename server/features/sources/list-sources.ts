/** Lists what somebody may take as training data, and where their own words are. */
import type { Actor } from '#kernel/actor.ts'
import type { ConsentQuestion, ConsentStore } from './consent-store.ts'
import type { SourceKind } from './source.ts'
import type { HeldWords, ListedSource, Page, SourceStore } from './source-store.ts'

export interface Source extends ListedSource {
  /** What the actor asked the people in it. */
  readonly question: ConsentQuestion | undefined
}

/** Latest activity first; `next` is the last one where there are more. */
export const makeListSources =
  ({ store, consents }: { store: Pick<SourceStore, 'list'>; consents: Pick<ConsentStore, 'findQuestions'> }) =>
  async (
    actor: Actor,
    kind: SourceKind,
    { limit, after }: Page,
  ): Promise<{ sources: Source[]; next: Source | undefined }> => {
    const found = await store.list(actor, kind, { limit: limit + 1, after })
    const shown = found.slice(0, limit)
    const ids = kind === 'team' ? shown.map(({ id }) => id) : []
    const questions = ids.length === 0 ? [] : await consents.findQuestions(actor, ids)
    const byConversation = new Map(questions.map((question) => [question.conversationId, question]))
    const sources = shown.map((source) => ({ ...source, question: byConversation.get(source.id) }))
    return { sources, next: found.length > limit ? sources.at(-1) : undefined }
  }

/** Latest first; `next` is the last one where there are more. */
export const makeListHeldWords =
  ({ store }: { store: Pick<SourceStore, 'listHeld'> }) =>
  async (actor: Actor, { limit, after }: Page): Promise<{ held: HeldWords[]; next: HeldWords | undefined }> => {
    const found = await store.listHeld(actor, { limit: limit + 1, after })
    const held = found.slice(0, limit)
    return { held, next: found.length > limit ? held.at(-1) : undefined }
  }
