/** A row of a list of conversations: which it is, what is known of it, and what can be done with it. */
import type { ReactNode } from 'react'
import { ConversationLink } from './conversation-link.tsx'

export const ConversationRow = ({
  id,
  title,
  facts,
  children,
}: {
  readonly id: string
  readonly title: string | null
  readonly facts: ReactNode
  readonly children: ReactNode
}) => (
  <li className="flex min-h-10 flex-wrap items-center gap-x-2 border-b border-hairline py-1">
    <div className="flex min-w-0 flex-1 flex-wrap items-baseline justify-between gap-x-6 py-1">
      <ConversationLink id={id} title={title} />
      <span className="text-small text-soft tabular-nums">{facts}</span>
    </div>
    {children}
  </li>
)
