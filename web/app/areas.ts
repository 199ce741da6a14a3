/** The areas of the page, in the order of the rail. A new area is one entry here and its routes. */
import { MessageSquare, Settings, type LucideIcon } from 'lucide-react'

export interface Area {
  readonly id: 'chat' | 'settings'
  readonly to: '/app/conversations/new' | '/app/settings'
  /** Where the area leads on a phone, when that is another screen: its list. */
  readonly toOnPhone?: '/app/conversations'
  /** Paths that belong to it begin with this. */
  readonly under: string
  readonly icon: LucideIcon
  /** At the foot of the rail. */
  readonly atFoot?: boolean
}

export const areas: readonly Area[] = [
  {
    id: 'chat',
    to: '/app/conversations/new',
    toOnPhone: '/app/conversations',
    under: '/app/conversations',
    icon: MessageSquare,
  },
  { id: 'settings', to: '/app/settings', under: '/app/settings', icon: Settings, atFoot: true },
]
