/** Starts the page: words first, then everything else. */
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { makeQueries } from './app/queries.ts'
import { makeRouter } from './app/router.tsx'
import { onSignedOut } from './lib/client.ts'
import { startLanguage } from './lib/i18n/index.ts'
import { watchNetwork } from './lib/reachability.ts'
import { doPending } from './lib/undoable.ts'
import './styles.css'

const queries = makeQueries()
const router = makeRouter(queries)

// The server no longer knows who this is: to the sign-in page, and back to the same place afterwards. Drafts are stored.
onSignedOut(() => {
  const { href, pathname } = router.state.location
  if (!pathname.startsWith('/app') || router.state.status === 'pending') return
  void router.navigate({ to: '/auth/login', search: { redirect: href, ended: true } }).then(() => queries.clear())
})
watchNetwork()
addEventListener('pagehide', doPending)

const element = document.getElementById('root')
if (!element) throw new Error('index.html has no #root')
await startLanguage()
createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
