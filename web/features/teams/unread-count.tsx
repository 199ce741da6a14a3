/** A small number: of messages that mention the reader where there are any, else of unread ones. Read aloud elsewhere. */
import { cx } from '../../lib/class-names.ts'

const MOST_SHOWN = 99

const shown = (count: number) => (count > MOST_SHOWN ? `${MOST_SHOWN}+` : count)

export const UnreadCount = ({ count, mentions }: { readonly count: number; readonly mentions: number }) => (
  <span
    aria-hidden
    className={cx(
      'inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full px-1.5 text-small/none font-strong tabular-nums',
      mentions > 0 ? 'bg-accent text-on-accent' : 'bg-wash text-accent-strong',
    )}
  >
    {mentions > 0 ? `@${shown(mentions)}` : shown(count)}
  </span>
)
