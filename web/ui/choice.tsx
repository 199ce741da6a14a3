/** One of a few: a row of radio buttons that looks like a switch with several places. */
import { useId } from 'react'
import { cx } from '../lib/class-names.ts'

export const Choice = <V extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: V
  readonly options: readonly { readonly value: V; readonly label: string }[]
  readonly onChange: (value: V) => void
}) => {
  const name = useId()
  return (
    <fieldset>
      <legend className="mb-1 text-small font-strong">{label}</legend>
      <div className="inline-flex max-w-full flex-wrap gap-1 rounded border border-hairline p-1">
        {options.map((option) => (
          <label
            key={option.value}
            className={cx(
              'relative flex min-h-10 cursor-pointer items-center rounded px-4 desk:min-h-8',
              'has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
              option.value === value ? 'bg-wash font-strong text-ink' : 'text-soft hover:text-ink',
            )}
          >
            <input
              type="radio"
              className="sr-only"
              name={name}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
