/** What a menu offers. */
import type { LucideIcon } from 'lucide-react'

export interface MenuEntry {
  readonly label: string
  readonly hint?: string
  readonly icon?: LucideIcon
  /** Destroys something. */
  readonly isDanger?: boolean
  readonly onSelect: () => void
}

export interface MenuProps {
  readonly label: string
  readonly entries: readonly MenuEntry[]
  /** It stands in a dialog, and opens above that. */
  readonly inDialog?: boolean
}
