/** One of several in a closed list, with its label. */
import { ChevronDown } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import { cx } from '../lib/class-names.ts'
import { fieldLook } from './text-field.tsx'

export interface SelectOption<V extends string> {
  readonly value: V
  readonly label: string
}

export const SelectField = <V extends string>({
  label,
  value,
  options,
  onChange,
  hint,
  hideLabel = false,
  disabled = false,
  className,
}: {
  readonly label: string
  readonly value: V
  readonly options: readonly SelectOption<V>[]
  readonly onChange: (value: V) => void
  readonly hint?: ReactNode
  readonly hideLabel?: boolean
  readonly disabled?: boolean
  readonly className?: string
}) => {
  const id = useId()
  return (
    <div className={className}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'mb-1 block text-small font-strong'}>
        {label}
      </label>
      <div className="relative">
        <select
          id={id}
          value={value}
          disabled={disabled}
          aria-describedby={hint ? `${id}-hint` : undefined}
          className={cx(fieldLook, 'appearance-none pe-9 text-ellipsis')}
          onChange={(event) => onChange(event.target.value as V)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} className="bg-raised text-ink">
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown
          size={16}
          strokeWidth={1.75}
          className="pointer-events-none absolute end-3 top-1/2 -translate-y-1/2 text-soft"
          aria-hidden
        />
      </div>
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-small text-soft">
          {hint}
        </p>
      )}
    </div>
  )
}
