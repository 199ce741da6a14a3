/** What a run or a conversation of it is doing: an icon and the word. */
import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleSlash,
  FileDown,
  type LucideIcon,
} from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { CallStatus, RunStatus } from '#contract/training/index.ts'
import { cx } from '../../lib/class-names.ts'
import { Spinner } from '../../ui/spinner.tsx'

const icons: Readonly<Record<Exclude<RunStatus | CallStatus, 'processing'>, LucideIcon>> = {
  queued: CircleDashed,
  raw_stored: FileDown,
  paused: CirclePause,
  completed: CircleCheck,
  failed: CircleAlert,
  cancelled: CircleSlash,
}

export const StatusMark = ({ status }: { readonly status: RunStatus | CallStatus }) => {
  const { t } = useTranslation()
  const Icon = status === 'processing' ? null : icons[status]
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1.5 whitespace-nowrap',
        status === 'failed' ? 'text-danger' : status === 'completed' ? 'text-accent' : 'text-soft',
      )}
    >
      {Icon ? <Icon size={16} strokeWidth={1.75} className="shrink-0" aria-hidden /> : <Spinner size={16} />}
      {t(`generate.status_${status}`)}
    </span>
  )
}
