/** The frame around every area: the rail (a bar on a phone), the banner when the server is away, and what is announced. */
import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { PanelLeftClose, PanelLeftOpen, WifiOff } from 'lucide-react'
import { type ReactNode, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../features/account/read-me.ts'
import { followTeams } from '../features/teams/follow-teams.ts'
import { cx } from '../lib/class-names.ts'
import { fetchLaterParts } from '../lib/later.ts'
import { followPersonEvents } from '../lib/person-events.ts'
import { useReachable } from '../lib/reachability.ts'
import { readSaved, save } from '../lib/saved.ts'
import { createStore, useStore } from '../lib/store.ts'
import { tip } from '../ui/tooltip.tsx'
import { areas, type Area } from './areas.ts'
import { Shortcuts } from './shortcuts.tsx'

const wordless = createStore(readSaved('rail') === 'icons')

const toggleWords = () => {
  wordless.set((present) => !present)
  save('rail', wordless.get() ? 'icons' : null)
}

/** Without `children`: what the route has inside. */
export const Frame = ({ children = <Outlet /> }: { readonly children?: ReactNode }) => {
  const { pathname } = useLocation()
  useEffect(fetchLaterParts, [])
  usePersonEvents()
  // An open conversation needs the height of a phone for itself; its way back leads to the list, where the bar is.
  const isConversation = /^\/app\/(conversations|teams)\/.+/.test(pathname)
  return (
    <div className="relative flex h-dvh flex-col overflow-hidden">
      <SkipLink />
      <OfflineBanner />
      <div className="flex min-h-0 flex-1">
        <Rail />
        {children}
      </div>
      {!isConversation && <BottomBar />}
      <Shortcuts />
    </div>
  )
}

export const SkipLink = () => {
  const { t } = useTranslation()
  return (
    <a
      href="#content"
      className="sr-only focus:not-sr-only focus:absolute focus:start-2 focus:top-2 focus:z-50 focus:rounded focus:bg-raised focus:px-4 focus:py-2 focus:shadow-float"
    >
      {t('app.skip')}
    </a>
  )
}

export const OfflineBanner = () => {
  const { t } = useTranslation()
  const reachable = useReachable()
  return (
    <div role="status">
      {!reachable && (
        <p className="flex items-center justify-center gap-2 border-b border-hairline bg-danger-wash px-4 py-2 text-small">
          <WifiOff size={16} strokeWidth={1.75} className="shrink-0 text-danger" aria-hidden />
          {t('app.offline')}
        </p>
      )}
    </div>
  )
}

/** One stream for everything that happens around the person, for as long as they are signed in. */
const usePersonEvents = () => {
  const queries = useQueryClient()
  const { id, name } = useMe()
  useEffect(() => {
    const stopTeams = followTeams(queries, { id, name })
    const disconnect = followPersonEvents()
    return () => {
      disconnect()
      stopTeams()
    }
  }, [queries, id, name])
}

const AreaIcon = ({ area: { icon: Icon, Badge } }: { readonly area: Area }) => (
  <span className="relative">
    <Icon size={20} strokeWidth={1.75} aria-hidden />
    {Badge && <Badge className="start-3 -top-2" />}
  </span>
)

const isIn = (area: Area, pathname: string) => pathname.startsWith(area.under)

const Rail = () => {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  const iconsOnly = useStore(wordless)
  const label = t(iconsOnly ? 'app.showWords' : 'app.hideWords')
  const Toggle = iconsOnly ? PanelLeftOpen : PanelLeftClose
  return (
    <nav
      aria-label={t('app.areas')}
      className={cx(
        'hidden shrink-0 flex-col items-stretch gap-1 border-e border-hairline bg-sunk px-2 py-3 desk:flex',
        iconsOnly ? 'w-14' : 'w-[4.75rem]',
      )}
    >
      <img src="/favicon.svg" alt="" width={28} height={28} className="mx-auto mb-3" />
      {areas
        .filter((area) => !area.atFoot)
        .map((area) => (
          <RailLink key={area.id} area={area} active={isIn(area, pathname)} iconsOnly={iconsOnly} />
        ))}
      <span className="flex-1" />
      {areas
        .filter((area) => area.atFoot)
        .map((area) => (
          <RailLink key={area.id} area={area} active={isIn(area, pathname)} iconsOnly={iconsOnly} />
        ))}
      <button
        type="button"
        aria-label={label}
        onClick={toggleWords}
        className="flex h-9 items-center justify-center rounded text-soft transition-colors hover:bg-hover hover:text-ink"
        {...tip(label, { beside: true })}
      >
        <Toggle size={18} strokeWidth={1.75} aria-hidden />
      </button>
    </nav>
  )
}

const RailLink = ({
  area,
  active,
  iconsOnly,
}: {
  readonly area: Area
  readonly active: boolean
  readonly iconsOnly: boolean
}) => {
  const { t } = useTranslation()
  const word = t(`app.${area.id}`)
  return (
    <Link
      to={area.to}
      aria-label={iconsOnly ? word : undefined}
      aria-current={active ? 'page' : undefined}
      className={cx(
        'flex flex-col items-center justify-center gap-0.5 rounded transition-colors',
        iconsOnly ? 'h-10' : 'min-h-13 py-1.5',
        active ? 'bg-wash text-accent' : 'text-soft hover:bg-hover hover:text-ink',
      )}
      {...(iconsOnly ? tip(word, { beside: true }) : {})}
    >
      <AreaIcon area={area} />
      {!iconsOnly && <span className="text-center text-small leading-tight">{word}</span>}
    </Link>
  )
}

const BottomBar = () => {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  return (
    <nav
      aria-label={t('app.areas')}
      className="flex shrink-0 border-t border-hairline bg-sunk pb-[env(safe-area-inset-bottom)] desk:hidden"
    >
      {areas.map((area) => (
        <Link
          key={area.id}
          to={area.toOnPhone ?? area.to}
          aria-current={isIn(area, pathname) ? 'page' : undefined}
          className={cx(
            'flex min-h-14 flex-1 flex-col items-center justify-center gap-0.5 text-small',
            isIn(area, pathname) ? 'text-accent' : 'text-soft',
          )}
        >
          <AreaIcon area={area} />
          {t(`app.${area.id}`)}
        </Link>
      ))}
    </nav>
  )
}
