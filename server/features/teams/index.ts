/** The front door of the slice: what a team conversation is, who is in it, and what they do with it. */
export type { Member, Role, TeamConversation, TeamPerson, TeamType, Unread } from './team.ts'
export { abilitiesOf, type TeamAbilities } from './access.ts'
export type { TeamStore } from './team-store.ts'
export { pgTeamStore } from './team-store.pg.ts'
export { makeTeams, type Teams, type TeamsNeeds } from './teams.ts'
