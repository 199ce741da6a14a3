/** The states that every area has: nothing yet, still coming, went wrong. One look for all of them. */
import { CircleAlert, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../lib/class-names.ts'
import { errorText } from '../lib/i18n/error-text.ts'
import { Button } from './button.tsx'

/** One sentence and the one action that ends it. */
export const EmptyState = ({
  icon: Icon,
  title,
  children,
  action,
}: {
  readonly icon?: LucideIcon
  readonly title?: string
  readonly children: ReactNode
  readonly action?: ReactNode
}) => (
  <div className="flex flex-col items-start gap-3 p-6">
    {Icon && <Icon size={24} strokeWidth={1.5} className="text-soft" aria-hidden />}
    {title && <h1 className="text-title font-strong">{title}</h1>}
    <p className="max-w-[48ch] text-soft">{children}</p>
    {action}
  </div>
)

/** What happened, and what to do. */
export const ErrorState = ({
  title,
  error,
  onRetry,
  compact = false,
}: {
  readonly title: string
  readonly error: unknown
  readonly onRetry?: () => void
  readonly compact?: boolean
}) => {
  const { t } = useTranslation()
  return (
    <div role="alert" className={cx('flex flex-col items-start gap-3', compact ? 'py-3' : 'p-6')}>
      <p className="flex gap-2">
        <CircleAlert size={20} strokeWidth={1.75} className="mt-0.5 shrink-0 text-danger" aria-hidden />
        <span>
          <span className="font-strong">{title}</span> <span className="text-soft">{errorText(t, error)}</span>
        </span>
      </p>
      {onRetry && <Button onClick={onRetry}>{t('common.retry')}</Button>}
    </div>
  )
}

/** Grey shapes in the place of what is coming; they appear only when it takes long enough to notice. */
export const Skeleton = ({ className }: { readonly className?: string }) => (
  <div className={cx('skeleton', className)} aria-hidden />
)

export const Loading = ({ children }: { readonly children: ReactNode }) => {
  const { t } = useTranslation()
  return (
    <div role="status">
      <span className="sr-only">{t('common.loading')}</span>
      {children}
    </div>
  )
}

/** A sentence about what went wrong in a form, said aloud when it appears. */
export const FormError = ({ children }: { readonly children: ReactNode }) => (
  <p role="alert" className="flex gap-2 rounded bg-danger-wash px-3 py-2 text-danger">
    <CircleAlert size={18} strokeWidth={1.75} className="mt-[3px] shrink-0" aria-hidden />
    <span>{children}</span>
  </p>
)
