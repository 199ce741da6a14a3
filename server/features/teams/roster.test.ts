import { describe, expect, test } from 'vitest'
import type { AppError } from '#kernel/errors.ts'
import { abilitiesOf, mayRemove, type TeamAbilities } from './access.ts'
import { deleted, renamed, type Roster, type RosterChange, withAdded, withRemoved, withRole } from './roster.ts'
import { MAX_MEMBERS, type Role, sentences } from './team.ts'

const ROLES = ['owner', 'admin', 'member'] as const

describe('abilities', () => {
  const none: TeamAbilities = {
    rename: false,
    addMembers: false,
    removeMembers: false,
    changeRoles: false,
    transfer: false,
    leave: false,
    delete: false,
  }
  const leads = { rename: true, addMembers: true, removeMembers: true }

  test('the owner may do everything but leave', () =>
    expect(abilitiesOf('group', 'owner')).toEqual({
      ...leads,
      changeRoles: true,
      transfer: true,
      leave: false,
      delete: true,
    }))
  test('an admin renames, adds, removes and may leave', () =>
    expect(abilitiesOf('group', 'admin')).toEqual({ ...none, ...leads, leave: true }))
  test('a member may only leave', () => expect(abilitiesOf('group', 'member')).toEqual({ ...none, leave: true }))
  test.each(ROLES)('in a direct conversation nobody may do anything: %s', (role) =>
    expect(abilitiesOf('direct', role)).toEqual(none),
  )

  test.each<[Role, Role, boolean]>([
    ['owner', 'admin', true],
    ['owner', 'member', true],
    ['owner', 'owner', false],
    ['admin', 'member', true],
    ['admin', 'admin', false],
    ['admin', 'owner', false],
    ['member', 'member', false],
    ['member', 'admin', false],
    ['member', 'owner', false],
  ])('%s may remove %s: %s', (role, other, may) => expect(mayRemove(role, other)).toBe(may))
})

const roster = (over: Partial<Roster> = {}): Roster => ({
  type: 'group',
  title: 'Engines',
  memberCount: 4,
  people: new Map(
    [
      { id: 'ada', name: 'Ada', role: 'owner' as const },
      { id: 'bo', name: 'Bo', role: 'admin' as const },
      { id: 'cy', name: 'Cy', role: 'member' as const },
      { id: 'di', name: 'Di', role: 'admin' as const },
      { id: 'ed', name: 'Ed', role: null },
    ].map((person) => [person.id, person]),
  ),
  ...over,
})
const direct = roster({
  type: 'direct',
  title: null,
  memberCount: 2,
  people: new Map(['ada', 'bo'].map((id) => [id, { id, name: id, role: 'member' }])),
})

/** The code with which something fails, or what it returns. */
const outcomeOf = (decide: () => RosterChange): RosterChange | string => {
  try {
    return decide()
  } catch (error) {
    return (error as AppError).code
  }
}

describe('whoever is no member is forbidden everything', () => {
  test.each(['ed', 'nobody'])('%s', (who) => {
    for (const given of [roster(), direct]) {
      expect(outcomeOf(() => renamed(given, who, 'X'))).toBe('conversation.forbidden')
      expect(outcomeOf(() => deleted(given, who))).toBe('conversation.forbidden')
      expect(outcomeOf(() => withAdded(given, who, ['ed']))).toBe('conversation.forbidden')
      expect(outcomeOf(() => withRole(given, who, 'bo', 'owner'))).toBe('conversation.forbidden')
      expect(outcomeOf(() => withRemoved(given, who, 'bo'))).toBe('conversation.forbidden')
      expect(outcomeOf(() => withRemoved(given, who, who))).toBe('conversation.forbidden')
    }
  })
})

describe('a direct conversation keeps its two people', () => {
  test('nobody is added, removed, given a role, or leaves', () => {
    expect(outcomeOf(() => withAdded(direct, 'ada', ['ed']))).toBe('team.direct')
    expect(outcomeOf(() => withRole(direct, 'ada', 'bo', 'admin'))).toBe('team.direct')
    expect(outcomeOf(() => withRole(direct, 'ada', 'bo', 'owner'))).toBe('team.direct')
    expect(outcomeOf(() => withRemoved(direct, 'ada', 'bo'))).toBe('team.direct')
    expect(outcomeOf(() => withRemoved(direct, 'ada', 'ada'))).toBe('team.direct')
  })
  test('and has neither a name to change nor an owner to delete it', () => {
    expect(outcomeOf(() => renamed(direct, 'ada', 'X'))).toBe('team.not_allowed')
    expect(outcomeOf(() => deleted(direct, 'ada'))).toBe('team.not_allowed')
  })
})

describe('a new title', () => {
  test.each(['ada', 'bo'])('is given by %s', (who) =>
    expect(renamed(roster(), who, 'Looms')).toMatchObject({ title: 'Looms' }),
  )
  test('is told', () => expect(renamed(roster(), 'ada', 'Looms').says).toBe('Ada renamed the group to “Looms”.'))
  test('is not given by a member', () =>
    expect(outcomeOf(() => renamed(roster(), 'cy', 'Looms'))).toBe('team.not_allowed'))
  test('that is the old one changes nothing and is not told', () =>
    expect(renamed(roster(), 'ada', 'Engines')).toEqual({}))
})

describe('the end of a group', () => {
  test('is its owner’s to decide', () => expect(deleted(roster(), 'ada')).toEqual({ isDeleted: true }))
  test.each(['bo', 'cy'])('and not %s’s', (who) =>
    expect(outcomeOf(() => deleted(roster(), who))).toBe('team.not_allowed'),
  )
})

describe('new members', () => {
  test.each(['ada', 'bo'])('are added by %s', (who) =>
    expect(withAdded(roster(), who, ['ed'])).toMatchObject({ added: ['ed'] }),
  )
  test('are told', () => expect(withAdded(roster(), 'bo', ['ed']).says).toBe('Bo added Ed.'))
  test('are not added by a member', () =>
    expect(outcomeOf(() => withAdded(roster(), 'cy', ['ed']))).toBe('team.not_allowed'))
  test('who are members already stay as they are, and each comes once', () => {
    expect(withAdded(roster(), 'ada', ['ed', 'bo', 'ed', 'ada'])).toMatchObject({ added: ['ed'] })
    expect(withAdded(roster(), 'ada', ['bo', 'ada'])).toEqual({})
  })
  test('all exist, or none is added', () =>
    expect(outcomeOf(() => withAdded(roster(), 'ada', ['ed', 'nobody']))).toBe('person.not_found'))
  test('have room, or none is added', () => {
    expect(withAdded(roster({ memberCount: MAX_MEMBERS - 1 }), 'ada', ['ed'])).toMatchObject({ added: ['ed'] })
    expect(outcomeOf(() => withAdded(roster({ memberCount: MAX_MEMBERS }), 'ada', ['ed']))).toBe('team.full')
    expect(withAdded(roster({ memberCount: MAX_MEMBERS }), 'ada', ['bo'])).toEqual({})
  })
})

describe('a role', () => {
  test('is given by the owner', () => {
    expect(withRole(roster(), 'ada', 'cy', 'admin')).toEqual({ roles: [{ personId: 'cy', role: 'admin' }] })
    expect(withRole(roster(), 'ada', 'bo', 'member')).toEqual({ roles: [{ personId: 'bo', role: 'member' }] })
    expect(withRole(roster(), 'ada', 'bo', 'admin')).toEqual({})
  })
  test.each(['bo', 'cy'])('is not given by %s, not even to themselves', (who) => {
    for (const role of ROLES) {
      expect(outcomeOf(() => withRole(roster(), who, 'di', role))).toBe('team.not_allowed')
      expect(outcomeOf(() => withRole(roster(), who, who, role))).toBe('team.not_allowed')
    }
  })
  test('is for members', () => {
    expect(outcomeOf(() => withRole(roster(), 'ada', 'ed', 'admin'))).toBe('member.not_found')
    expect(outcomeOf(() => withRole(roster(), 'ada', 'nobody', 'owner'))).toBe('member.not_found')
  })
  test('of the owner goes to somebody: first the old one steps down, so that there are never two', () =>
    expect(withRole(roster(), 'ada', 'cy', 'owner')).toEqual({
      roles: [
        { personId: 'ada', role: 'admin' },
        { personId: 'cy', role: 'owner' },
      ],
      says: 'Ada handed the group over to Cy.',
    }))
  test('of the owner is not laid down', () => {
    expect(outcomeOf(() => withRole(roster(), 'ada', 'ada', 'admin'))).toBe('team.owner_leaves')
    expect(withRole(roster(), 'ada', 'ada', 'owner')).toEqual({})
  })
})

describe('a removal', () => {
  test.each<[string, string, RosterChange | string]>([
    ['ada', 'bo', { removed: 'bo', says: 'Ada removed Bo.' }],
    ['ada', 'cy', { removed: 'cy', says: 'Ada removed Cy.' }],
    ['bo', 'cy', { removed: 'cy', says: 'Bo removed Cy.' }],
    ['bo', 'di', 'team.not_allowed'],
    ['bo', 'ada', 'team.not_allowed'],
    ['cy', 'bo', 'team.not_allowed'],
    ['cy', 'ed', 'team.not_allowed'],
    ['ada', 'ed', 'member.not_found'],
    ['bo', 'nobody', 'member.not_found'],
    ['bo', 'bo', { removed: 'bo', says: 'Bo left.' }],
    ['cy', 'cy', { removed: 'cy', says: 'Cy left.' }],
    ['ada', 'ada', 'team.owner_leaves'],
  ])('%s removes %s', (who, whom, outcome) =>
    expect(outcomeOf(() => withRemoved(roster(), who, whom))).toEqual(outcome),
  )
})

describe('a sentence', () => {
  const named = (count: number) => Array.from({ length: count }, (_, index) => `P${index + 1}`)
  test.each<[string[], string]>([
    [named(1), 'Ada added P1.'],
    [named(2), 'Ada added P1 and P2.'],
    [named(3), 'Ada added P1, P2 and P3.'],
    [named(11), 'Ada added P1, P2, P3, P4, P5, P6, P7, P8, P9, P10 and P11.'],
    [named(100), 'Ada added P1, P2, P3, P4, P5, P6, P7, P8, P9, P10 and 90 others.'],
  ])('of %j', (names, sentence) => expect(sentences.added('Ada', names)).toBe(sentence))
})
