/** One line of text with its label, its hint and its error, tied together for those who don't see them. */
import { Eye, EyeOff } from 'lucide-react'
import { useId, useState, type ComponentProps, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../lib/class-names.ts'

export const fieldLook =
  'block h-10 w-full min-w-0 rounded border border-edge bg-paper px-3 text-body text-ink transition-colors aria-invalid:border-danger'

interface TextFieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | null
  readonly hideLabel?: boolean
}

export const TextField = ({
  label,
  hint,
  error,
  hideLabel = false,
  type = 'text',
  className,
  ...rest
}: TextFieldProps) => {
  const { t } = useTranslation()
  const id = useId()
  const [shown, setShown] = useState(false)
  const isPassword = type === 'password'
  return (
    <div className={className}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'mb-1 block text-small font-strong'}>
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          type={isPassword && shown ? 'text' : type}
          className={cx(fieldLook, isPassword && 'pe-11')}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : hint ? `${id}-hint` : undefined}
          {...rest}
        />
        {isPassword && (
          <button
            type="button"
            className="absolute inset-y-0 end-0 flex w-11 items-center justify-center rounded text-soft hover:text-ink"
            aria-label={shown ? t('common.hidePassword') : t('common.showPassword')}
            onClick={() => setShown(!shown)}
          >
            {shown ? (
              <EyeOff size={18} strokeWidth={1.75} aria-hidden />
            ) : (
              <Eye size={18} strokeWidth={1.75} aria-hidden />
            )}
          </button>
        )}
      </div>
      {hint && !error && (
        <p id={`${id}-hint`} className="mt-1 text-small text-soft">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="mt-1 text-small text-danger">
          {error}
        </p>
      )}
    </div>
  )
}
