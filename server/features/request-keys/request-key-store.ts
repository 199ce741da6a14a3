/** Where keys of requests are kept, and what a claim is: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { Conversation } from '../conversations/index.ts'
import type { Message } from '../messages/index.ts'

/** How long a key stands for its request, in milliseconds (contracts, 2.4). */
export const KEPT_MS = 24 * 60 * 60_000

/** What a request wrote: a message in the conversation that it named, else a conversation. */
export interface Written {
  readonly conversation?: Conversation
  readonly message?: Message
}

/** A key, and what is to be kept under it when the request has been carried out. */
export interface Claim {
  readonly key: string
  /** SHA-256 of the request: another request can't use the same key. */
  readonly fingerprint: Buffer
  /** The conversation in which the request posts a message, and with which the answer is deleted; null: it makes one. */
  readonly conversationId: string | null
  /** Makes the answer, as JSON knows it, from what was written. */
  readonly answer: (written: Written) => unknown
}

/** An actor in whose name one thing is written, and the claim in the same transaction. */
export interface ClaimingActor extends Actor {
  readonly claim: Claim
}

/** The claim came too late: the key stands for a request already. Nothing was written. */
export class AlreadyClaimed extends Error {
  override readonly name = 'AlreadyClaimed'
}

export interface RequestKeyStore {
  /** What the actor's key stands for, unless it was claimed at `expiredAt` or before. */
  find(actor: Actor, key: string, expiredAt: Date): Promise<{ fingerprint: Buffer; answer: unknown } | undefined>
  /** Removes what was claimed at `expiredAt` or before; returns how many. */
  sweep(expiredAt: Date): Promise<number>
}
