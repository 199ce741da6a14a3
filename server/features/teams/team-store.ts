/** Where team conversations and their members are kept: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { Roster, RosterChange } from './roster.ts'
import type { Member, TeamConversation, TeamPerson, Unread } from './team.ts'

export interface TeamStore {
  /** The conversation as the actor sees it; undefined when they are no member. */
  find(actor: Actor, id: string): Promise<TeamConversation | undefined>
  /** The actor's conversations, latest activity first, strictly after `after` in that order. */
  list(actor: Actor, page: { limit: number; after?: TeamCursor }): Promise<TeamConversation[]>
  /**
   * Members by name, at most `limit`, strictly after the one with the id `after`; `q` is part of the name.
   * `isReadable` is false when the actor is no member, `isCursorKnown` when `after` has never been one.
   */
  listMembers(
    actor: Actor,
    id: string,
    page: { limit: number; after?: string; q?: string },
  ): Promise<{ members: Member[]; isReadable: boolean; isCursorKnown: boolean }>
  /** Those of these people who are members, by name. */
  findMembers(actor: Actor, id: string, personIds: readonly string[]): Promise<Member[]>
  /** Makes the group with the actor as its owner; false, and nothing is made, when one of the people does not exist. */
  createGroup(actor: Actor, group: NewGroup): Promise<boolean>
  /** The id of the direct conversation of the actor and somebody, made if need be; undefined without such a person. */
  findOrCreateDirect(actor: Actor, direct: { id: string; personId: string; now: Date }): Promise<string | undefined>
  /**
   * Locks the conversation, asks `decide` what is to become of it, and does that, all in one transaction. What `decide`
   * throws is thrown on, and nothing is changed.
   *
   * The log for readers gets, in this order: `conversation-changed` for each person who was added, `conversation-gone`
   * for each who was removed (or, of a deleted conversation, was in it), `conversation-changed` for everybody, and then
   * the messages in which the conversation tells of it. So whoever was removed is told of nothing after that.
   *
   * @returns false when there is no such team conversation
   */
  change(actor: Actor, wish: RosterWish): Promise<boolean>
  /**
   * Moves the actor's read mark forward to a message, or to the end. `unreadable` when they are no member, `unknown`
   * when the conversation has no such message.
   */
  markRead(actor: Actor, id: string, messageId: string | undefined): Promise<Unread | 'unreadable' | 'unknown'>
  /** Others in the actor's conversations whose name contains `q`, by name. */
  findCompanions(actor: Actor, q: string, limit: number): Promise<TeamPerson[]>
  /** Everybody else with exactly this e-mail address, whatever its capitals, by name. */
  findByEmail(actor: Actor, email: string, limit: number): Promise<TeamPerson[]>
}

export interface TeamCursor {
  readonly activeAt: Date
  readonly id: string
}

export interface NewGroup {
  readonly id: string
  readonly title: string
  /** Besides the actor. */
  readonly personIds: readonly string[]
  readonly now: Date
}

export interface RosterWish {
  readonly conversationId: string
  /** People besides the actor whom `decide` wants to see. */
  readonly personIds: readonly string[]
  readonly decide: (roster: Roster) => RosterChange
  /** Of the message in which the conversation tells of it. */
  readonly messageId: string
  readonly now: Date
}
