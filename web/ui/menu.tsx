/** A short menu of actions. */
import { Menu as Base } from '@base-ui/react/menu'
import type { LucideIcon } from 'lucide-react'
import type { ReactElement } from 'react'

export interface MenuEntry {
  readonly label: string
  readonly hint?: string
  readonly icon?: LucideIcon
  readonly onSelect: () => void
}

export const Menu = ({
  trigger,
  label,
  entries,
}: {
  readonly trigger: ReactElement<Record<string, unknown>>
  readonly label: string
  readonly entries: readonly MenuEntry[]
}) => (
  <Base.Root modal={false}>
    <Base.Trigger render={trigger} />
    <Base.Portal>
      <Base.Positioner sideOffset={4} align="start" className="z-40">
        <Base.Popup
          aria-label={label}
          className="float-in min-w-56 rounded border border-hairline bg-raised p-1 shadow-float outline-none"
        >
          {entries.map(({ label: text, hint, icon: Icon, onSelect }) => (
            <Base.Item
              key={text}
              onClick={onSelect}
              className="flex cursor-pointer gap-3 rounded px-3 py-2 outline-none data-highlighted:bg-hover"
            >
              {Icon && <Icon size={18} strokeWidth={1.75} className="mt-0.5 shrink-0 text-soft" aria-hidden />}
              <span>
                <span className="block">{text}</span>
                {hint && <span className="block text-small text-soft">{hint}</span>}
              </span>
            </Base.Item>
          ))}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  </Base.Root>
)
