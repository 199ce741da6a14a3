/** Everything a person can set, on one page with its sections in the list column. */
import { useLocation } from '@tanstack/react-router'
import {
  KeyRound,
  MessageSquareQuote,
  MonitorSmartphone,
  Palette,
  Terminal,
  UserRound,
  type LucideIcon,
} from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useFocusOnArrival } from '../../lib/use-focus-on-arrival.ts'
import { useTitle } from '../../lib/use-title.ts'
import { Content, ListColumn } from '../../ui/column.tsx'
import { WordsSection } from '../sources/words-section.tsx'
import { AccountSection } from './account-section.tsx'
import { AppearanceSection } from './appearance-section.tsx'
import { ModelsSection } from './models-section.tsx'
import { SessionsSection } from './sessions-section.tsx'
import { TokensSection } from './tokens-section.tsx'

const sections: readonly {
  readonly id: 'account' | 'models' | 'sessions' | 'tokens' | 'words' | 'appearance'
  readonly icon: LucideIcon
  readonly Section: () => ReactNode
}[] = [
  { id: 'account', icon: UserRound, Section: AccountSection },
  { id: 'models', icon: KeyRound, Section: ModelsSection },
  { id: 'sessions', icon: MonitorSmartphone, Section: SessionsSection },
  { id: 'tokens', icon: Terminal, Section: TokensSection },
  { id: 'words', icon: MessageSquareQuote, Section: WordsSection },
  { id: 'appearance', icon: Palette, Section: AppearanceSection },
]

export const SettingsPage = () => {
  const { t } = useTranslation()
  const { hash } = useLocation()
  const title = useFocusOnArrival<HTMLHeadingElement>('settings')
  const page = useRef<HTMLDivElement>(null)
  useTitle(t('settings.title'))

  useEffect(() => {
    const section = sections.find(({ id }) => id === hash)
    if (section) page.current?.querySelector(`#${section.id}`)?.scrollIntoView({ block: 'start' })
  }, [hash])

  return (
    <>
      <ListColumn label={t('settings.sections')} title={t('settings.title')} hiddenOnPhone>
        <ul className="px-2">
          {sections.map(({ id, icon: Icon }) => (
            <li key={id}>
              <a
                href={`#${id}`}
                onClick={() => page.current?.querySelector(`#${id}`)?.scrollIntoView({ block: 'start' })}
                className="flex min-h-10 items-center gap-3 rounded px-2 transition-colors hover:bg-hover"
              >
                <Icon size={18} strokeWidth={1.75} className="shrink-0 text-soft" aria-hidden />
                {t(`settings.${id}`)}
              </a>
            </li>
          ))}
        </ul>
      </ListColumn>
      <Content>
        <div ref={page} className="relative min-h-0 flex-1 overflow-y-auto">
          <div className="mx-auto max-w-[40rem] px-4 pt-6 pb-24 desk:pt-2">
            <h1 ref={title} tabIndex={-1} className="text-title font-strong desk:sr-only">
              {t('settings.title')}
            </h1>
            {sections.map(({ id, Section }) => (
              <section
                key={id}
                id={id}
                aria-labelledby={`${id}-title`}
                className="scroll-mt-4 border-b border-hairline py-8 last:border-0"
              >
                <h2 id={`${id}-title`} className="mb-4 font-strong">
                  {t(`settings.${id}`)}
                </h2>
                <Section />
              </section>
            ))}
          </div>
        </div>
      </Content>
    </>
  )
}
