/**
 * What becomes of a team conversation when somebody wants to change it or who is in it: pure, and asked under a lock of the
 * conversation, so that what was decided on still holds when it is done.
 *
 * Each function takes the roster and who wants it, and returns the change, or fails: `conversation.forbidden` for whoever
 * is no member, `team.direct` where two people would no longer be two, `team.not_allowed` where the role is too small.
 */
import { AppError } from '#kernel/errors.ts'
import { abilitiesOf, mayRemove, type TeamAbilities } from './access.ts'
import { MAX_MEMBERS, type Role, sentences, type TeamPerson, type TeamType } from './team.ts'

/** The conversation as these rules look at it. */
export interface Roster {
  readonly type: TeamType
  readonly title: string | null
  readonly memberCount: number
  /** The people whom it is about, the actor among them, by id; whoever does not exist is not there. */
  readonly people: ReadonlyMap<string, RosterPerson>
}

export interface RosterPerson extends TeamPerson {
  /** Null for somebody who is not in it, or no longer. */
  readonly role: Role | null
}

/** What is to be done; what is left out stays as it is. */
export interface RosterChange {
  readonly title?: string
  /** Become members. */
  readonly added?: readonly string[]
  /** Is a member no longer. */
  readonly removed?: string
  /** New roles, to be given one after the other: at no moment may a group have two owners. */
  readonly roles?: readonly { readonly personId: string; readonly role: Role }[]
  /** What the conversation says of it. */
  readonly says?: string
  /** It goes, with everything in it. */
  readonly isDeleted?: true
}

const NOTHING: RosterChange = {}

/** The group under another title. */
export const renamed = (roster: Roster, actorId: string, title: string): RosterChange => {
  const actor = allowed(roster, actorId, 'rename')
  return title === roster.title ? NOTHING : { title, says: sentences.renamed(actor.name, title) }
}

/** No group any more. */
export const deleted = (roster: Roster, actorId: string): RosterChange => {
  allowed(roster, actorId, 'delete')
  return { isDeleted: true }
}

/** With more members; who is one already stays as they are. Fails with `person.not_found` and `team.full`. */
export const withAdded = (roster: Roster, actorId: string, personIds: readonly string[]): RosterChange => {
  const actor = allowed(roster, actorId, 'addMembers')
  const people = [...new Set(personIds)].map((id) => roster.people.get(id) ?? fail('person.not_found'))
  const added = people.filter(({ role }) => role === null)
  if (added.length === 0) return NOTHING
  if (roster.memberCount + added.length > MAX_MEMBERS) throw new AppError('team.full')
  const says = sentences.added(
    actor.name,
    added.map(({ name }) => name),
  )
  return { added: added.map(({ id }) => id), says }
}

/**
 * With one member in another role; `owner` hands the group over, and who had it becomes an admin.
 * Fails with `member.not_found`, and with `team.owner_leaves` when the owner would step down without a successor.
 */
export const withRole = (roster: Roster, actorId: string, personId: string, role: Role): RosterChange => {
  const actor = allowed(roster, actorId, role === 'owner' ? 'transfer' : 'changeRoles')
  const member = memberOf(roster, personId) ?? fail('member.not_found')
  if (member.role === role) return NOTHING
  if (member.role === 'owner') {
    throw new AppError('team.owner_leaves', { message: 'A group has an owner: hand it over to somebody else instead.' })
  }
  if (role !== 'owner') return { roles: [{ personId, role }] }
  return {
    roles: [
      { personId: actorId, role: 'admin' },
      { personId, role },
    ],
    says: sentences.transferred(actor.name, member.name),
  }
}

/** Without one member, who may be the actor. Fails with `member.not_found`, and with `team.owner_leaves` for the owner. */
export const withRemoved = (roster: Roster, actorId: string, personId: string): RosterChange => {
  if (personId === actorId) {
    const actor = present(roster, actorId)
    if (actor.role === 'owner') throw new AppError('team.owner_leaves')
    allowed(roster, actorId, 'leave')
    return { removed: personId, says: sentences.left(actor.name) }
  }
  const actor = allowed(roster, actorId, 'removeMembers')
  const member = memberOf(roster, personId) ?? fail('member.not_found')
  if (!mayRemove(actor.role, member.role)) throw new AppError('team.not_allowed')
  return { removed: personId, says: sentences.removed(actor.name, member.name) }
}

/** Abilities that change who is in a conversation, which a direct one does not allow anybody. */
const ABOUT_PEOPLE: ReadonlySet<keyof TeamAbilities> = new Set([
  'addMembers',
  'removeMembers',
  'changeRoles',
  'transfer',
  'leave',
])

type RosterMember = RosterPerson & { readonly role: Role }

const memberOf = ({ people }: Roster, personId: string): RosterMember | undefined => {
  const person = people.get(personId)
  return person && person.role !== null ? { ...person, role: person.role } : undefined
}

const present = (roster: Roster, actorId: string): RosterMember =>
  memberOf(roster, actorId) ?? fail('conversation.forbidden')

const allowed = (roster: Roster, actorId: string, ability: keyof TeamAbilities): RosterMember => {
  const actor = present(roster, actorId)
  if (roster.type === 'direct' && ABOUT_PEOPLE.has(ability)) throw new AppError('team.direct')
  if (!abilitiesOf(roster.type, actor.role)[ability]) throw new AppError('team.not_allowed')
  return actor
}

const fail = (code: 'conversation.forbidden' | 'member.not_found' | 'person.not_found'): never => {
  throw new AppError(code)
}
