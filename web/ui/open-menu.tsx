/** The part of a menu that floats; fetched when the first one is opened. */
import { Menu as Base } from '@base-ui/react/menu'
import { type ReactElement, useRef } from 'react'
import { cx } from '../lib/class-names.ts'
import type { MenuProps } from './menu-entries.ts'
import { returnFocus } from './return-focus.ts'

export const OpenMenu = ({
  trigger,
  label,
  entries,
  inDialog = false,
}: MenuProps & { readonly trigger: ReactElement<Record<string, unknown>> }) => {
  // The button that had the focus is not the same element any more.
  const button = useRef<HTMLButtonElement>(null)
  const popup = useRef<HTMLDivElement>(null)
  return (
    <Base.Root defaultOpen>
      <Base.Trigger ref={button} render={trigger} />
      {/* Inside the content, so that those who go by landmarks find it there; a dialog is over all of that. */}
      <Base.Portal container={(inDialog ? null : document.getElementById('content')) ?? undefined}>
        <Base.Positioner sideOffset={4} align="start" collisionPadding={12} className="z-50">
          <Base.Popup
            ref={popup}
            aria-label={label}
            finalFocus={() => returnFocus(popup.current, button.current)}
            className="float-in max-h-(--available-height) min-w-56 overflow-y-auto overscroll-contain rounded border border-hairline bg-raised p-1 shadow-float outline-none"
          >
            {entries.map(({ label: text, hint, icon: Icon, isDanger = false, onSelect }) => (
              <Base.Item
                key={text}
                onClick={onSelect}
                className={cx(
                  'flex cursor-pointer gap-3 rounded px-3 py-2 outline-none data-highlighted:bg-hover',
                  isDanger && 'text-danger',
                )}
              >
                {Icon && (
                  <Icon
                    size={18}
                    strokeWidth={1.75}
                    className={cx('mt-0.5 shrink-0', !isDanger && 'text-soft')}
                    aria-hidden
                  />
                )}
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
}
