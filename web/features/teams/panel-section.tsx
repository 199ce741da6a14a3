/** A section of the information panel: its heading with a count, and what it shows while it loads, fails or is empty. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'

export const PanelSection = ({
  title,
  count,
  action,
  children,
}: {
  readonly title: string
  readonly count?: number | undefined
  readonly action?: ReactNode
  readonly children: ReactNode
}) => (
  <section aria-label={title} className="border-b border-hairline px-4 py-3">
    <div className="flex min-h-9 items-center gap-2">
      <h3 className="min-w-0 flex-1 truncate font-strong">
        {title}
        {count !== undefined && count > 0 && (
          <span className="ms-2 text-small font-normal text-soft tabular-nums">{count}</span>
        )}
      </h3>
      {action}
    </div>
    {children}
  </section>
)

export const SectionState = ({
  query,
  isEmpty,
  empty,
  children,
}: {
  readonly query: {
    readonly isPending: boolean
    readonly data: unknown
    readonly error: unknown
    readonly refetch: () => unknown
  }
  readonly isEmpty: boolean
  readonly empty: string
  readonly children: ReactNode
}) => {
  const { t } = useTranslation()
  if (query.isPending) {
    return (
      <Loading>
        <Skeleton className="mt-2 h-4 w-[70%]" />
        <Skeleton className="mt-3 h-4 w-[50%]" />
      </Loading>
    )
  }
  if (query.data === undefined) {
    return (
      <ErrorState compact title={t('settings.loadFailed')} error={query.error} onRetry={() => void query.refetch()} />
    )
  }
  return isEmpty ? <p className="text-small text-soft">{empty}</p> : children
}
