/** What a team conversation is, who is in it, and the sentences in which it tells what happened; pure. */

/** `group`: named, with roles. `direct`: two people, for good. */
export type TeamType = 'group' | 'direct'

/** A group has exactly one owner. Both people of a direct conversation are `member`. */
export type Role = 'owner' | 'admin' | 'member'

/** Most people in one group. */
export const MAX_MEMBERS = 5_000

/** Unread messages are counted up to here. */
export const MAX_UNREAD = 100

/** Somebody as others know them. */
export interface TeamPerson {
  readonly id: string
  readonly name: string
}

export interface Member extends TeamPerson {
  readonly role: Role
  readonly joinedAt: Date
  /** The read mark: everything up to this moment has been seen. */
  readonly readAt: Date
}

/** A team conversation as one of its members sees it. */
export interface TeamConversation extends Unread {
  readonly id: string
  readonly type: TeamType
  /** Of a group, as it was named; of a direct conversation, the other person's name. */
  readonly title: string
  /** The other person of a direct conversation; null in groups. */
  readonly otherPerson: TeamPerson | null
  readonly role: Role
  readonly memberCount: number
  readonly messageCount: number
  /** The latest message of a person, at most 100 characters; null before the first. */
  readonly preview: string | null
  readonly createdAt: Date
  /** When the latest message came, or `createdAt` while there is none. */
  readonly activeAt: Date
}

/** What a member has not seen. What the system said is nobody's message and never unread. */
export interface Unread {
  readonly readAt: Date
  /** Messages of others after the read mark; counted to `MAX_UNREAD`. */
  readonly unreadCount: number
  /** Those that mention the member. */
  readonly mentionCount: number
}

/** Names that one sentence tells; the rest are counted. */
const MAX_NAMED = 10

/** What the conversation says of itself, in a message of type `system`. */
export const sentences = {
  renamed: (actor: string, title: string) => `${actor} renamed the group to “${title}”.`,
  added: (actor: string, names: readonly string[]) => `${actor} added ${listed(names)}.`,
  removed: (actor: string, name: string) => `${actor} removed ${name}.`,
  left: (name: string) => `${name} left.`,
  transferred: (actor: string, name: string) => `${actor} handed the group over to ${name}.`,
}

/** `Ada`, `Ada and Bo`, `Ada, Bo and Cy`; of more than ten the rest are counted. */
const listed = (names: readonly string[]): string => {
  const rest = names.length - MAX_NAMED
  const parts = rest > 1 ? [...names.slice(0, MAX_NAMED), `${rest} others`] : names
  const last = parts.at(-1)!
  return parts.length === 1 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`
}
