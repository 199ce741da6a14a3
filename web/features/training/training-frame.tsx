/** What every page of the Training area has around it: its sections, beside the page or, on a phone, above it. */
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import {
  ChartColumn,
  CircleX,
  Database,
  Download,
  ListChecks,
  type LucideIcon,
  MessagesSquare,
  Play,
  ScrollText,
  Shapes,
  Users,
} from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'
import { ListColumn } from '../../ui/column.tsx'

const sections = [
  { id: 'conversations', to: '/conversations', icon: ListChecks },
  { id: 'generate', to: '/conversations/generate', icon: MessagesSquare },
  { id: 'runs', to: '/conversations/runs', icon: Play },
  { id: 'failures', to: '/conversations/failures', icon: CircleX },
  { id: 'scaffolding', to: '/conversations/scaffolding', icon: Shapes },
  { id: 'sources', to: '/conversations/sources', icon: Users },
  { id: 'datasets', to: '/conversations/datasets', icon: Database },
  { id: 'exports', to: '/conversations/exports', icon: Download },
  { id: 'analytics', to: '/conversations/analytics', icon: ChartColumn },
  { id: 'log', to: '/conversations/log', icon: ScrollText },
] as const satisfies readonly { readonly id: string; readonly to: string; readonly icon: LucideIcon }[]

export const TrainingFrame = () => {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  const bar = useRef<HTMLUListElement>(null)
  // On a phone the sections are wider than the screen.
  useEffect(() => {
    bar.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [pathname])
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col desk:flex-row">
      <ListColumn label={t('training.sections')} title={t('training.title')} hiddenOnPhone>
        <ul className="min-h-0 flex-1 overflow-y-auto px-2 pb-2">
          <SectionLinks look="min-h-10 gap-3 px-2" />
        </ul>
      </ListColumn>
      <nav aria-label={t('training.sections')} className="shrink-0 border-b border-hairline bg-sunk desk:hidden">
        <ul ref={bar} className="flex overflow-x-auto px-2">
          <SectionLinks look="min-h-11 gap-2 px-3 whitespace-nowrap" />
        </ul>
      </nav>
      <Outlet />
    </div>
  )
}

const SectionLinks = ({ look }: { readonly look: string }) => {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  return sections.map(({ id, to, icon: Icon }) => {
    const isHere = to === '/conversations' ? /^\/conversations\/?$/.test(pathname) : pathname.startsWith(to)
    return (
      <li key={id}>
        <Link
          to={to}
          // Every section lies below the first one, and only where one is shall be current.
          activeOptions={{ exact: to === '/conversations', includeSearch: false }}
          aria-current={isHere ? 'page' : undefined}
          className={cx(
            'flex items-center rounded transition-colors hover:bg-hover',
            look,
            isHere && 'bg-wash text-accent',
          )}
        >
          <Icon size={18} strokeWidth={1.75} className={cx('shrink-0', !isHere && 'text-soft')} aria-hidden />
          {t(`training.${id}`)}
        </Link>
      </li>
    )
  })
}
