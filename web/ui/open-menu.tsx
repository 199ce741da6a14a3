/** The part of a menu that floats; fetched when the first one is opened. */
import { Menu as Base } from '@base-ui/react/menu'
import type { ReactElement } from 'react'
import type { MenuProps } from './menu-entries.ts'

export const OpenMenu = ({
  trigger,
  label,
  entries,
}: MenuProps & { readonly trigger: ReactElement<Record<string, unknown>> }) => (
  <Base.Root defaultOpen>
    <Base.Trigger render={trigger} />
    {/* Inside the content, so that those who go by landmarks find it there. */}
    <Base.Portal container={document.getElementById('content') ?? undefined}>
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
