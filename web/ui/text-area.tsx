/** Several lines of text with their label, tied together as a `TextField` ties them. */
import { useId, type ComponentProps, type ReactNode } from 'react'
import { cx } from '../lib/class-names.ts'
import { fieldLook } from './text-field.tsx'

export const TextArea = ({
  label,
  hint,
  error,
  className,
  isCode = false,
  isLabelHidden = false,
  rows = 3,
  ...rest
}: Omit<ComponentProps<'textarea'>, 'id'> & {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | null
  /** Set in the face of code. */
  readonly isCode?: boolean
  /** For readers of screens only, where what stands above says it already. */
  readonly isLabelHidden?: boolean
}) => {
  const id = useId()
  const note = error ?? hint
  return (
    <div className={className}>
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'mb-1 block text-small font-strong'}>
        {label}
      </label>
      <textarea
        id={id}
        rows={rows}
        aria-invalid={error ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        className={cx(fieldLook, 'h-auto! py-2', isCode && 'font-mono text-small')}
        {...rest}
      />
      {note && (
        <p id={`${id}-note`} className={cx('mt-1 text-small', error ? 'text-danger' : 'text-soft')}>
          {note}
        </p>
      )}
    </div>
  )
}
