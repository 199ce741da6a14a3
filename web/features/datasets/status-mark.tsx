/** What a version or an export is doing: an icon and the word. */
import { CircleAlert, CircleCheck, CircleDashed, CircleSlash, type LucideIcon, TimerOff } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { DatasetVersion, TrainingExport } from '#contract/training/index.ts'
import { cx } from '../../lib/class-names.ts'
import { Spinner } from '../../ui/spinner.tsx'

type Status = DatasetVersion['status'] | TrainingExport['status']

const icons: Readonly<Record<Exclude<Status, 'processing'>, LucideIcon>> = {
  queued: CircleDashed,
  completed: CircleCheck,
  failed: CircleAlert,
  cancelled: CircleSlash,
  expired: TimerOff,
}

export const StatusMark = ({ status }: { readonly status: Status }) => {
  const { t } = useTranslation()
  const Icon = status === 'processing' ? null : icons[status]
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1.5 whitespace-nowrap text-small',
        status === 'failed' ? 'text-danger' : status === 'completed' ? 'text-accent' : 'text-soft',
      )}
    >
      {Icon ? <Icon size={16} strokeWidth={1.75} className="shrink-0" aria-hidden /> : <Spinner size={16} />}
      {t(`datasets.status_${status}`)}
    </span>
  )
}
