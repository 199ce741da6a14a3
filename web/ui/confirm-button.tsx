/** An action that destroys, asked in its own place: the first press asks, the second within a few seconds does it. */
import { Check, type LucideIcon } from 'lucide-react'
import { useEffect, useState } from 'react'
import { cx } from '../lib/class-names.ts'
import { Button, iconButtonLook } from './button.tsx'
import { tip } from './tooltip.tsx'

/** How long the question stands, in milliseconds. */
const STANDS = 4000

const useQuestion = (onConfirm: () => void) => {
  const [asking, setAsking] = useState(false)
  useEffect(() => {
    if (!asking) return
    const timer = setTimeout(() => setAsking(false), STANDS)
    return () => clearTimeout(timer)
  }, [asking])
  return {
    asking,
    bind: {
      onClick: (event: React.MouseEvent) => {
        event.preventDefault()
        event.stopPropagation()
        if (asking) onConfirm()
        setAsking(!asking)
      },
      onBlur: () => setAsking(false),
      onKeyDown: (event: React.KeyboardEvent) => {
        if (event.key !== 'Escape' || !asking) return
        event.stopPropagation()
        setAsking(false)
      },
    },
  }
}

interface ConfirmProps {
  readonly label: string
  readonly question: string
  readonly onConfirm: () => void
}

export const ConfirmIconButton = ({
  label,
  question,
  icon: Icon,
  onConfirm,
  className,
}: ConfirmProps & { readonly icon: LucideIcon; readonly className?: string }) => {
  const { asking, bind } = useQuestion(onConfirm)
  const Shown = asking ? Check : Icon
  return (
    <button
      type="button"
      aria-label={asking ? question : label}
      data-asking={asking || undefined}
      className={cx(iconButtonLook(asking ? 'danger' : 'soft', true), className)}
      {...tip(asking ? question : label)}
      {...bind}
    >
      <Shown size={16} strokeWidth={asking ? 2.25 : 1.75} aria-hidden />
    </button>
  )
}

export const ConfirmButton = ({
  label,
  question,
  onConfirm,
  disabled,
}: ConfirmProps & { readonly disabled?: boolean }) => {
  const { asking, bind } = useQuestion(onConfirm)
  return (
    <Button look={asking ? 'danger' : 'plain'} disabled={disabled} {...bind}>
      {asking ? question : label}
    </Button>
  )
}
