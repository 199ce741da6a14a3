/** The Convert area, for everybody: in the frame of the areas for those who are signed in, in a slim one for guests. */
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { readMe } from '../features/account/read-me.ts'
import { ConvertPage } from '../features/convert/convert-page.tsx'
import { parsePair } from '../features/convert/formats.ts'
import { buttonLook } from '../ui/button.tsx'
import { Frame, OfflineBanner, SkipLink } from './frame.tsx'
import { NotFoundPage } from './pages.tsx'

export const ConvertFrame = () => {
  // Known by now, or refused: the route has asked.
  const me = useQuery({ ...readMe(), enabled: false }).data
  return me ? <Frame /> : <GuestFrame />
}

const GuestFrame = () => {
  const { t } = useTranslation()
  return (
    <div className="relative flex h-dvh flex-col overflow-hidden">
      <SkipLink />
      <OfflineBanner />
      <header className="flex h-14 shrink-0 items-center justify-between border-b border-hairline bg-sunk px-4">
        <p className="flex items-center gap-2 font-strong">
          <img src="/favicon.svg" alt="" width={24} height={24} /> {t('app.name')}
        </p>
        <Link to="/auth/login" search={{ redirect: location.pathname }} className={buttonLook('quiet')}>
          {t('account.signIn')}
        </Link>
      </header>
      <div className="flex min-h-0 flex-1">
        <Outlet />
      </div>
    </div>
  )
}

export const ConvertRoute = () => <ConvertPage />

export const PairRoute = () => {
  const pair = parsePair(useParams({ from: '/convert/$pair' }).pair)
  return pair ? <ConvertPage pair={pair} /> : <NotFoundPage />
}
