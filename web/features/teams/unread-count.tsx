/** A small number of unread messages: full where somebody means the reader, quiet otherwise. Read aloud elsewhere. */
import { cx } from '../../lib/class-names.ts'

export const UnreadCount = ({ count, mentioned }: { readonly count: number; readonly mentioned: boolean }) => (
  <span
    aria-hidden
    className={cx(
      'inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full px-1.5 text-small/none font-strong tabular-nums',
      mentioned ? 'bg-accent text-on-accent' : 'bg-wash text-accent-strong',
    )}
  >
    {mentioned && '@'}
    {count > 99 ? '99+' : count}
  </span>
)
