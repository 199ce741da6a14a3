/** Something that is on or off, with its words. */
import type { ReactNode } from 'react'

export const CheckField = ({
  label,
  hint,
  checked,
  onChange,
}: {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
}) => (
  <label className="-mx-1 flex min-h-10 cursor-pointer items-start gap-3 rounded px-1 py-2 hover:bg-hover">
    <input
      type="checkbox"
      className="mt-1 size-4 shrink-0 accent-(--accent)"
      checked={checked}
      onChange={(event) => onChange(event.target.checked)}
    />
    <span className="min-w-0">
      {label}
      {hint && <span className="block text-small text-soft">{hint}</span>}
    </span>
  </label>
)
