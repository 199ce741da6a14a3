/** Buttons: a verb, or an icon with a name. */
import type { LucideIcon } from 'lucide-react'
import type { ComponentProps } from 'react'
import { cx } from '../lib/class-names.ts'
import { tip } from './tooltip.tsx'

const looks = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong disabled:opacity-50',
  plain: 'border border-edge text-ink hover:bg-hover disabled:opacity-50',
  quiet: 'text-accent hover:bg-wash disabled:opacity-50',
  danger: 'border border-danger text-danger hover:bg-danger-wash disabled:opacity-50',
}

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: keyof typeof looks
  readonly icon?: LucideIcon
}

export const buttonLook = (look: keyof typeof looks = 'plain') =>
  cx(
    'inline-flex min-h-10 items-center justify-center gap-2 rounded px-4 py-1.5 text-body font-strong transition-colors duration-150',
    looks[look],
  )

export const Button = ({ look = 'plain', icon: Icon, className, children, type = 'button', ...rest }: ButtonProps) => (
  <button type={type} className={cx(buttonLook(look), className)} {...rest}>
    {Icon && <Icon size={18} strokeWidth={1.75} aria-hidden />}
    {children}
  </button>
)

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label'> {
  /** What it does: read aloud, and shown when the pointer rests on it. */
  readonly label: string
  readonly icon: LucideIcon
  /** Keys that do the same. */
  readonly keys?: string
  readonly tone?: 'soft' | 'danger' | 'accent'
  readonly small?: boolean
}

const tones = {
  soft: 'text-soft hover:bg-hover hover:text-ink aria-pressed:bg-wash aria-pressed:text-accent',
  danger: 'bg-danger-wash text-danger',
  accent: 'bg-accent text-on-accent hover:bg-accent-strong disabled:bg-hover disabled:text-soft',
}

export const iconButtonLook = (tone: keyof typeof tones = 'soft', small = false) =>
  cx(
    'inline-flex shrink-0 items-center justify-center rounded transition-colors duration-150 pointer-coarse:size-10',
    small ? 'size-8' : 'size-9',
    tones[tone],
  )

export const IconButton = ({
  label,
  icon: Icon,
  keys,
  tone = 'soft',
  small = false,
  className,
  type = 'button',
  ...rest
}: IconButtonProps) => (
  <button
    type={type}
    aria-label={label}
    className={cx(iconButtonLook(tone, small), className)}
    {...tip(label, { keys })}
    {...rest}
  >
    <Icon size={small ? 16 : 18} strokeWidth={1.75} aria-hidden />
  </button>
)
