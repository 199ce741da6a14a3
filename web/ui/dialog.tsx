/** A dialog over the page: keeps the focus inside, gives it back, and closes on Esc. */
import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { iconButtonLook } from './button.tsx'

export const Dialog = ({
  open,
  onClose,
  title,
  children,
}: {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  readonly children: ReactNode
}) => {
  const { t } = useTranslation()
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fade fixed inset-0 z-40 bg-scrim" />
        <Base.Popup className="float-in fixed inset-x-4 top-[12vh] z-50 mx-auto max-h-[76vh] max-w-md overflow-y-auto rounded border border-hairline bg-raised p-6 shadow-float outline-none">
          <div className="mb-4 flex items-start justify-between gap-4">
            <Base.Title className="text-title font-strong">{title}</Base.Title>
            <Base.Close aria-label={t('common.close')} className={iconButtonLook('soft', true)}>
              <X size={18} strokeWidth={1.75} aria-hidden />
            </Base.Close>
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
