/** A panel beside a conversation; where there is no room for both, it takes the conversation's place. */
import { ArrowLeft, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useFocusOnArrival } from '../../lib/use-focus-on-arrival.ts'
import { IconButton } from '../../ui/button.tsx'

export const SidePanel = ({
  title,
  onClose,
  children,
}: {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
}) => {
  const { t } = useTranslation()
  const heading = useFocusOnArrival<HTMLHeadingElement>(title)
  return (
    <aside
      aria-label={title}
      className="absolute inset-0 z-20 flex min-h-0 flex-col bg-paper min-[74rem]:static min-[74rem]:w-88 min-[74rem]:shrink-0 min-[74rem]:border-s min-[74rem]:border-hairline"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return
        event.preventDefault()
        onClose()
      }}
    >
      <header className="flex h-14 shrink-0 items-center gap-1 border-b border-hairline ps-2 pe-2 min-[74rem]:ps-4">
        <span className="min-[74rem]:hidden">
          <IconButton label={t('common.back')} icon={ArrowLeft} onClick={onClose} />
        </span>
        <h2 ref={heading} tabIndex={-1} className="min-w-0 flex-1 truncate font-strong outline-none">
          {title}
        </h2>
        <span className="hidden min-[74rem]:block">
          <IconButton label={t('common.close')} keys="Esc" icon={X} onClick={onClose} />
        </span>
      </header>
      {children}
    </aside>
  )
}
