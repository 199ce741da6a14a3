/** The pages of the Teams area with what their addresses say; loaded after the first page. */
import { Outlet, useLocation, useParams, useSearch } from '@tanstack/react-router'
import { NewTeamPage } from '../features/teams/new-team-page.tsx'
import { StarredPage } from '../features/teams/starred-page.tsx'
import { TeamList } from '../features/teams/team-list.tsx'
import { NoTeamPage, TeamPage } from '../features/teams/team-page.tsx'

export const TeamsRoute = () => {
  const { pathname } = useLocation()
  return (
    <>
      <TeamList hiddenOnPhone={!/^\/app\/teams\/?$/.test(pathname)} />
      <Outlet />
    </>
  )
}

export const TeamRoute = () => {
  const { teamId } = useParams({ from: '/app/teams/$teamId' })
  const search = useSearch({ from: '/app/teams/$teamId' })
  return <TeamPage key={teamId} id={teamId} {...search} />
}

export { NewTeamPage, NoTeamPage, StarredPage }
