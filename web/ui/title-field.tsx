/** Changes a title in its place: Enter or leaving saves, Esc backs out, nothing changed or left changes nothing. */
import { useEffect, useRef, useState } from 'react'
import { cx } from '../lib/class-names.ts'

/** Titles are this long at most (contract, `MAX_TITLE`). */
const LONGEST = 255

export const TitleField = ({
  label,
  title,
  onSave,
  onDone,
  className,
}: {
  readonly label: string
  readonly title: string | null
  readonly onSave: (title: string) => void
  readonly onDone: () => void
  readonly className?: string
}) => {
  const [text, setText] = useState(title ?? '')
  const field = useRef<HTMLInputElement>(null)
  const done = useRef(false)

  useEffect(() => field.current?.select(), [])

  const finish = (keep: boolean) => {
    if (done.current) return
    done.current = true
    const next = text.trim()
    if (keep && next !== '' && next !== title) onSave(next)
    onDone()
  }

  return (
    <input
      ref={field}
      autoFocus
      aria-label={label}
      value={text}
      maxLength={LONGEST}
      className={cx('min-w-0 rounded border border-edge bg-paper px-2 text-ink', className)}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => finish(true)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return
        if (event.key === 'Enter') finish(true)
        if (event.key === 'Escape') {
          event.stopPropagation()
          finish(false)
        }
      }}
    />
  )
}
