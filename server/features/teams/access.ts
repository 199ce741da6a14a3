/** Who may do what in a team conversation, as pure rules. */
import type { Role, TeamType } from './team.ts'

/** What a member may do; the page shows exactly this. */
export interface TeamAbilities {
  readonly rename: boolean
  readonly addMembers: boolean
  /** Some of them: see `mayRemove`. */
  readonly removeMembers: boolean
  readonly changeRoles: boolean
  readonly transfer: boolean
  readonly leave: boolean
  readonly delete: boolean
}

/** In a direct conversation nobody may do any of it. */
export const abilitiesOf = (type: TeamType, role: Role): TeamAbilities => {
  const owns = type === 'group' && role === 'owner'
  const leads = owns || (type === 'group' && role === 'admin')
  return {
    rename: leads,
    addMembers: leads,
    removeMembers: leads,
    changeRoles: owns,
    transfer: owns,
    leave: type === 'group' && !owns,
    delete: owns,
  }
}

/** Whether one member of a group may remove another: the owner anybody, an admin those who are neither owner nor admin. */
export const mayRemove = (role: Role, other: Role): boolean =>
  other !== 'owner' && (role === 'owner' || (role === 'admin' && other === 'member'))
