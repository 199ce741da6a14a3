/** Which address shows what, and who may see it. */
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
  Outlet,
  redirect,
  useLocation,
  useRouter,
} from '@tanstack/react-router'
import type { AuthSearch } from '../features/account/auth-page.tsx'
import { HOME, localPath } from '../features/account/local-path.ts'
import { readMe } from '../features/account/read-me.ts'
import { readSetup } from '../features/account/read-setup.ts'
import { listMessages } from '../features/chat/list-messages.ts'
import { fetchMarkdown } from '../features/chat/use-markdown.ts'
import { ConversationPage, NewConversationPage } from '../features/chat/conversation-page.tsx'
import { ConversationList } from '../features/conversations/conversation-list.tsx'
import { listConversations } from '../features/conversations/list-conversations.ts'
import { readConversation } from '../features/conversations/read-conversation.ts'
import { datasetsSearch, versionSearch } from '../features/datasets/datasets-search.ts'
import { failuresSearch, generateSearch, scaffoldingSearch } from '../features/generate/generate-search.ts'
import { listModels } from '../features/models/list-models.ts'
import { sourcesSearch } from '../features/sources/reading.ts'
import { listMembers } from '../features/teams/list-members.ts'
import { listTeamMessages } from '../features/teams/list-team-messages.ts'
import { listTeams } from '../features/teams/list-teams.ts'
import { readTeam } from '../features/teams/read-team.ts'
import { teamSearch } from '../features/teams/team-search.ts'
import { dashboardSearch, logSearch } from '../features/training/dashboard-search.ts'
import { loadTrainingWords } from '../lib/i18n/index.ts'
import { later } from '../lib/later.ts'
import { asRequestError } from '../lib/request-error.ts'
import { Toasts } from '../ui/toast.tsx'
import { Tooltips } from '../ui/tooltip.tsx'
import { Announcer } from './announcer.tsx'
import { Frame } from './frame.tsx'
import { BrokenPage, NotFoundPage, StartingPage } from './pages.tsx'

interface Context {
  readonly queries: QueryClient
}

const root = createRootRouteWithContext<Context>()({
  component: () => (
    <>
      <Outlet />
      <Toasts />
      <Tooltips />
      <Announcer />
    </>
  ),
  notFoundComponent: NotFoundPage,
})

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: HOME, replace: true })
  },
})

const authSearch = (search: Record<string, unknown>): AuthSearch => {
  const path = search.redirect === undefined ? undefined : localPath(search.redirect)
  return {
    ...(path !== undefined && path !== HOME ? { redirect: path } : {}),
    ...(search.ended === true ? { ended: true } : {}),
  }
}

const login = createRoute({
  getParentRoute: () => root,
  path: '/auth/login',
  validateSearch: authSearch,
  beforeLoad: async ({ context, search }) => {
    const setup = await context.queries.fetchQuery({ ...readSetup(), retry: false }).catch(() => null)
    if (setup?.hasAccounts === false) throw redirect({ to: '/auth/register', search, replace: true })
  },
  component: lazyRouteComponent(() => import('./auth-routes.tsx'), 'LoginRoute'),
})

const register = createRoute({
  getParentRoute: () => root,
  path: '/auth/register',
  validateSearch: authSearch,
  beforeLoad: ({ context }) =>
    context.queries.ensureQueryData(readSetup()).then(
      () => {},
      () => {},
    ),
  component: lazyRouteComponent(() => import('./auth-routes.tsx'), 'RegisterRoute'),
})

/** Leads to the sign-in and back where nobody is signed in. */
const requirePerson = async ({ context, location }: { context: Context; location: { href: string } }) => {
  try {
    await context.queries.ensureQueryData(readMe())
    void context.queries.prefetchQuery(listModels())
  } catch (thrown) {
    if (asRequestError(thrown).status !== 401) throw thrown
    throw redirect({ to: '/auth/login', search: authSearch({ redirect: location.href }), replace: true })
  }
}

const app = createRoute({
  getParentRoute: () => root,
  path: '/app',
  beforeLoad: requirePerson,
  pendingComponent: StartingPage,
  pendingMinMs: 0,
  component: Frame,
})

const appIndex = createRoute({
  getParentRoute: () => app,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: HOME, replace: true })
  },
})

const ConversationsArea = () => {
  const { pathname } = useLocation()
  return (
    <>
      <ConversationList hiddenOnPhone={!/^\/app\/conversations\/?$/.test(pathname)} />
      <Outlet />
    </>
  )
}

const conversations = createRoute({
  getParentRoute: () => app,
  path: 'conversations',
  loader: ({ context }) => void context.queries.prefetchInfiniteQuery(listConversations()),
  component: ConversationsArea,
})

/** On a phone the list has the screen; beside it, where there is room, a conversation can begin. */
const conversationsIndex = createRoute({
  getParentRoute: () => conversations,
  path: '/',
  component: () => <NewConversationPage hiddenOnPhone />,
})

const newConversation = createRoute({
  getParentRoute: () => conversations,
  path: 'new',
  component: () => <NewConversationPage />,
})

const conversation = createRoute({
  getParentRoute: () => conversations,
  path: '$conversationId',
  // Everything at once, and nothing waited for: the page shows what is there.
  loader: ({ context: { queries }, params }) => {
    fetchMarkdown()
    void queries.prefetchQuery(listMessages(queries, params.conversationId))
    void queries.prefetchQuery(readConversation(queries, params.conversationId))
  },
  component: () => {
    const { conversationId } = conversation.useParams()
    return <ConversationPage key={conversationId} id={conversationId} />
  },
})

const fetchTeamRoutes = later(() => import('./team-routes.tsx'))

const teams = createRoute({
  getParentRoute: () => app,
  path: 'teams',
  loader: ({ context }) => void context.queries.prefetchInfiniteQuery(listTeams()),
  component: lazyRouteComponent(fetchTeamRoutes, 'TeamsRoute'),
})

const teamsIndex = createRoute({
  getParentRoute: () => teams,
  path: '/',
  component: lazyRouteComponent(fetchTeamRoutes, 'NoTeamPage'),
})

const newTeam = createRoute({
  getParentRoute: () => teams,
  path: 'new',
  component: lazyRouteComponent(fetchTeamRoutes, 'NewTeamPage'),
})

const starred = createRoute({
  getParentRoute: () => teams,
  path: 'starred',
  component: lazyRouteComponent(fetchTeamRoutes, 'StarredPage'),
})

const team = createRoute({
  getParentRoute: () => teams,
  path: '$teamId',
  validateSearch: teamSearch,
  loader: ({ context: { queries }, params: { teamId } }) => {
    fetchMarkdown()
    void queries.prefetchQuery(readTeam(queries, teamId))
    void queries.prefetchQuery(listTeamMessages(queries, { conversationId: teamId, threadId: null }))
    void queries.prefetchInfiniteQuery(listMembers(teamId))
  },
  component: lazyRouteComponent(fetchTeamRoutes, 'TeamRoute'),
})

const settings = createRoute({
  getParentRoute: () => app,
  path: 'settings',
  component: lazyRouteComponent(
    later(() => import('../features/settings/settings-page.tsx')),
    'SettingsPage',
  ),
})

const fetchConvertRoutes = later(() => import('./convert-routes.tsx'))

/** How long it is believed that nobody is signed in, in milliseconds. */
const GUEST_FOR = 60_000

/** Open to everybody; who is signed in stays in their frame. */
const convert = createRoute({
  getParentRoute: () => root,
  path: '/convert',
  beforeLoad: async ({ context: { queries } }) => {
    const known = queries.getQueryState(readMe().queryKey)
    if (known?.status === 'error' && Date.now() - known.errorUpdatedAt < GUEST_FOR) return
    await queries.ensureQueryData(readMe()).catch(() => {})
  },
  component: lazyRouteComponent(fetchConvertRoutes, 'ConvertFrame'),
})

const convertIndex = createRoute({
  getParentRoute: () => convert,
  path: '/',
  component: lazyRouteComponent(fetchConvertRoutes, 'ConvertRoute'),
})

const convertPair = createRoute({
  getParentRoute: () => convert,
  path: '$pair',
  component: lazyRouteComponent(fetchConvertRoutes, 'PairRoute'),
})

const fetchTrainingRoutes = later(() => loadTrainingWords().then(() => import('./training-routes.tsx')))

/** Seed 0 has its pages here (contracts, 0.5 and 0.7). */
const training = createRoute({
  getParentRoute: () => root,
  path: '/conversations',
  beforeLoad: requirePerson,
  pendingComponent: StartingPage,
  pendingMinMs: 0,
  component: lazyRouteComponent(fetchTrainingRoutes, 'TrainingRoute'),
})

const trainingPage = <const Path extends string>(
  path: Path,
  component: Exclude<keyof typeof import('./training-routes.tsx'), 'TrainingRoute'>,
) =>
  createRoute({
    getParentRoute: () => training,
    path,
    component: lazyRouteComponent(fetchTrainingRoutes, component),
  })

const trainingPages = [
  createRoute({
    getParentRoute: () => training,
    path: '/',
    validateSearch: dashboardSearch,
    component: lazyRouteComponent(fetchTrainingRoutes, 'DashboardPage'),
  }),
  createRoute({
    getParentRoute: () => training,
    path: 'generate',
    validateSearch: generateSearch,
    component: lazyRouteComponent(fetchTrainingRoutes, 'GeneratePage'),
  }),
  trainingPage('runs', 'RunsPage'),
  trainingPage('runs/$runId', 'RunRoute'),
  createRoute({
    getParentRoute: () => training,
    path: 'failures',
    validateSearch: failuresSearch,
    component: lazyRouteComponent(fetchTrainingRoutes, 'FailuresPage'),
  }),
  createRoute({
    getParentRoute: () => training,
    path: 'scaffolding',
    validateSearch: scaffoldingSearch,
    component: lazyRouteComponent(fetchTrainingRoutes, 'ScaffoldingPage'),
  }),
  createRoute({
    getParentRoute: () => training,
    path: 'datasets',
    validateSearch: datasetsSearch,
    component: lazyRouteComponent(fetchTrainingRoutes, 'DatasetsPage'),
  }),
  trainingPage('datasets/$datasetId', 'DatasetRoute'),
  createRoute({
    getParentRoute: () => training,
    path: 'datasets/$datasetId/versions/$version',
    validateSearch: versionSearch,
    component: lazyRouteComponent(fetchTrainingRoutes, 'VersionRoute'),
  }),
  trainingPage('exports', 'ExportsPage'),
  createRoute({
    getParentRoute: () => training,
    path: 'sources',
    validateSearch: sourcesSearch,
    component: lazyRouteComponent(fetchTrainingRoutes, 'SourcesPage'),
  }),
  trainingPage('sources/$sourceId', 'SourceRoute'),
  trainingPage('analytics', 'AnalyticsPage'),
  createRoute({
    getParentRoute: () => training,
    path: 'log',
    validateSearch: logSearch,
    component: lazyRouteComponent(fetchTrainingRoutes, 'LogPage'),
  }),
] as const

const routes = root.addChildren([
  index,
  login,
  register,
  app.addChildren([
    appIndex,
    conversations.addChildren([conversationsIndex, newConversation, conversation]),
    teams.addChildren([teamsIndex, newTeam, starred, team]),
    settings,
  ]),
  convert.addChildren([convertIndex, convertPair]),
  training.addChildren([...trainingPages]),
])

const Broken = ({ error, reset }: ErrorComponentProps) => {
  const router = useRouter()
  return (
    <BrokenPage
      error={error}
      reset={() => {
        reset()
        void router.invalidate()
      }}
    />
  )
}

export const makeRouter = (queries: QueryClient) =>
  createRouter({
    routeTree: routes,
    context: { queries },
    defaultPreload: 'intent',
    // The query cache decides what is fresh.
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 300,
    defaultErrorComponent: Broken,
    scrollRestoration: false,
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
