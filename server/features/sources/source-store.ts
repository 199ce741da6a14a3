/** Where real conversations are found, and where it is kept whose words became training data: the port. */
import type { Actor } from '#kernel/actor.ts'
import type { FoundSource, SourceKind } from './source.ts'

/** A place in a list: behind the item of this moment with this id. */
export interface Place {
  readonly at: Date
  readonly id: string
}

export interface Page {
  readonly limit: number
  readonly after?: Place | undefined
}

export interface ListedSource {
  readonly id: string
  readonly kind: SourceKind
  readonly title: string
  readonly messageCount: number
  readonly activeAt: Date
  /** How many training conversations the actor has taken from it. */
  readonly takenCount: number
  readonly lastTakenAt: Date | null
}

/** Which messages, first and last; absent: from the beginning, to the end. */
export interface SourceRange {
  readonly from?: string | undefined
  readonly to?: string | undefined
}

export interface NewWords {
  /** The training conversation, which is the actor's. */
  readonly trainingId: string
  readonly sourceId: string
  readonly words: readonly { readonly turnNumber: number; readonly messageId: string; readonly personId: string }[]
  readonly now: Date
}

/** Words of the actor's in a training conversation. */
export interface HeldWords {
  readonly trainingId: string
  readonly owner: { readonly id: string; readonly name: string }
  /** Null when it is gone, or the actor is no longer in it. */
  readonly source: { readonly id: string; readonly title: string } | null
  readonly messageCount: number
  readonly takenAt: Date
}

export interface Held {
  readonly trainingId: string
  readonly ownerId: string
}

/** Turns that are to go from one revision, so that another follows it. */
export interface PlannedErasure extends Held {
  readonly basedOn: number
  /** What the following revision says. */
  readonly contentHash: Buffer
  readonly turnNumbers: readonly number[]
  /** Redactions of the turns that stay. */
  readonly sealedMap: string | undefined
}

export interface SourceStore {
  /** What the actor may take, latest activity first: their own conversations, or team conversations that they lead. */
  list(actor: Actor, kind: SourceKind, page: Page): Promise<ListedSource[]>
  /**
   * A conversation that the actor may take, with what was said in a range of it; at most one message or so many characters more
   * than may be taken. `unknown_message`: the range names a message that is not there.
   */
  read(actor: Actor, id: string, range: SourceRange): Promise<FoundSource | 'unknown_message' | undefined>

  /**
   * Notes whose words the training conversation is about to hold. False, and nothing is noted, when a message is gone by now, or
   * somebody has not consented, or does no longer.
   */
  holdWords(actor: Actor, words: NewWords): Promise<boolean>
  /** Which training conversations hold words of the actor's, latest first. */
  listHeld(actor: Actor, page: Page): Promise<HeldWords[]>
  /** The actor's words are to go from a training conversation of anybody's; undefined where there are none. */
  doomHeld(actor: Actor, trainingId: string, now: Date): Promise<Held | undefined>

  // For erasures, whoever's they are.

  /** At most `limit` training conversations that hold words which are to go. */
  listDoomed(limit: number): Promise<Held[]>
  /** Turns that are to go, each once; undefined when the conversation is at another revision. */
  findDoomed(trainingId: string, revision: number): Promise<number[] | undefined>
  /** What the next revision of reason `erased` carries out, if it says just that. */
  planErasure(plan: PlannedErasure): Promise<void>
  /** Writes into the owner's log that a conversation went because of an erasure. */
  noteRemoval(owner: Actor, trainingId: string, now: Date): Promise<void>
  /** At most `limit` training conversations that were begun an hour ago or earlier and never got what they were to say. */
  listHalfTaken(limit: number): Promise<Held[]>

  /** What was redacted in a conversation of the actor's, sealed. */
  findSealedMap(actor: Actor, trainingId: string): Promise<string | undefined>
  saveSealedMap(actor: Actor, trainingId: string, sealedMap: string): Promise<void>
}
