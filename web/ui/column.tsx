/** The parts that every area is set in: a list column, a content column, and the header that both have. */
import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../lib/class-names.ts'
import { useIsPhone } from '../lib/use-is-phone.ts'
import { IconButton } from './button.tsx'

/** `hiddenOnPhone`: the content has the screen. */
export const ListColumn = ({
  label,
  title,
  action,
  hiddenOnPhone,
  children,
}: {
  readonly label: string
  readonly title: string
  readonly action?: ReactNode
  readonly hiddenOnPhone: boolean
  readonly children: ReactNode
}) => {
  // Where the list has the screen, it is the content.
  const isContent = useIsPhone() && !hiddenOnPhone
  const Heading = isContent ? 'h1' : 'h2'
  const list = (
    <nav
      aria-label={label}
      className={cx(
        'min-h-0 min-w-0 flex-col border-e border-hairline bg-sunk max-desk:flex-1 desk:flex desk:w-64 desk:shrink-0 wide:w-72',
        hiddenOnPhone ? 'hidden' : 'flex',
      )}
    >
      <div className="flex h-14 shrink-0 items-center justify-between gap-2 ps-4 pe-2">
        <Heading className="truncate font-strong">{title}</Heading>
        {action}
      </div>
      {children}
    </nav>
  )
  return isContent ? (
    <main id="content" tabIndex={-1} className="contents">
      {list}
    </main>
  ) : (
    list
  )
}

export const Content = ({
  hiddenOnPhone = false,
  children,
}: {
  readonly hiddenOnPhone?: boolean
  readonly children: ReactNode
}) => (
  <main
    id={hiddenOnPhone ? undefined : 'content'}
    tabIndex={-1}
    className={cx('relative min-h-0 min-w-0 flex-1 flex-col bg-paper', hiddenOnPhone ? 'hidden desk:flex' : 'flex')}
  >
    {children}
  </main>
)

export const ContentHeader = ({
  onBack,
  children,
  actions,
}: {
  readonly onBack?: () => void
  readonly children: ReactNode
  readonly actions?: ReactNode
}) => {
  const { t } = useTranslation()
  return (
    <header className="flex h-14 shrink-0 items-center gap-1 border-b border-hairline ps-2 pe-2 desk:ps-6 desk:pe-4">
      {onBack && (
        <span className="desk:hidden">
          <IconButton label={t('common.back')} icon={ArrowLeft} onClick={onBack} />
        </span>
      )}
      <div className="min-w-0 flex-1">{children}</div>
      {actions && <div className="flex shrink-0 items-center gap-1">{actions}</div>}
    </header>
  )
}
