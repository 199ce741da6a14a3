/** How much of something is done, and how much of that has failed. */
import { cx } from '../lib/class-names.ts'

export const ProgressBar = ({
  label,
  value,
  failed = 0,
  max,
  className,
}: {
  readonly label: string
  /** What is done, failed or not. */
  readonly value: number
  readonly failed?: number
  readonly max: number
  readonly className?: string
}) => {
  const share = (part: number) => `${max === 0 ? 0 : Math.min(1, part / max) * 100}%`
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={value}
      className={cx('flex h-1.5 overflow-hidden rounded-full bg-hairline', className)}
    >
      <div className="bg-accent" style={{ width: share(value - failed) }} />
      <div className="bg-danger" style={{ width: share(failed) }} />
    </div>
  )
}
