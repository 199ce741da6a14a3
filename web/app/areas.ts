/** The areas of the page, in the order of the rail. A new area is one entry here and its routes. */
import { FileOutput, GraduationCap, MessageSquare, Settings, Users, type LucideIcon } from 'lucide-react'
import type { ComponentType } from 'react'
import { UnreadBadge } from '../features/teams/unread-badge.tsx'

export interface Area {
  readonly id: 'chat' | 'teams' | 'convert' | 'training' | 'settings'
  readonly to: '/app/conversations/new' | '/app/teams' | '/convert' | '/conversations' | '/app/settings'
  /** Where the area leads on a phone, when that is another screen: its list. */
  readonly toOnPhone?: '/app/conversations'
  /** Paths that belong to it begin with this. */
  readonly under: string
  readonly icon: LucideIcon
  /** What waits there, at the corner of its icon. */
  readonly Badge?: ComponentType<{ readonly className?: string }>
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
  { id: 'teams', to: '/app/teams', under: '/app/teams', icon: Users, Badge: UnreadBadge },
  { id: 'convert', to: '/convert', under: '/convert', icon: FileOutput },
  { id: 'training', to: '/conversations', under: '/conversations', icon: GraduationCap },
  { id: 'settings', to: '/app/settings', under: '/app/settings', icon: Settings, atFoot: true },
]
