/** A log of rows of which only those in view exist, and the way to its end. Where it scrolls to is decided by whoever shows it. */
import type { Virtualizer } from '@tanstack/react-virtual'
import { ArrowDown } from 'lucide-react'
import type { ReactNode, RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import type { More } from '../lib/use-more.ts'
import { IconButton } from './button.tsx'
import { ErrorState } from './states.tsx'

/** Closer to the end than this, in pixels, counts as being there. */
export const AT_END = 64
/** More is fetched when the reader comes this close to either end, in pixels: before there is nothing left to read. */
export const FETCH_AHEAD = 1600

/** Gliding over many screens would take long and show nothing. */
export const behaviorToEnd = (element: HTMLElement | null): 'auto' | 'smooth' =>
  element === null ||
  element.scrollHeight - element.scrollTop > element.clientHeight * 4 ||
  matchMedia('(prefers-reduced-motion: reduce)').matches
    ? 'auto'
    : 'smooth'

interface Edge {
  readonly more: More
  /** What is said when it could not be loaded. */
  readonly failed: string
}

interface RowLogProps<Row> {
  readonly label: string
  readonly list: Virtualizer<HTMLDivElement, Element>
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly rows: readonly Row[]
  /** What sets the width of a row. */
  readonly column: string
  readonly older: Edge
  readonly newer?: Edge
  /** The end is out of view. */
  readonly isAway: boolean
  readonly onScroll: () => void
  readonly onToEnd: () => void
  readonly children: (row: Row) => ReactNode
}

export const RowLog = <Row,>({
  label,
  list,
  scroller,
  rows,
  column,
  older,
  newer,
  isAway,
  onScroll,
  onToEnd,
  children,
}: RowLogProps<Row>) => {
  const { t } = useTranslation()
  const failure = ({ more, failed }: Edge) =>
    more.error !== null && (
      <div className={column}>
        <ErrorState compact title={failed} error={more.error} onRetry={more.retry} />
      </div>
    )
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={label}
        className="relative h-full overflow-y-auto overscroll-contain [overflow-anchor:none] -outline-offset-2!"
        onScroll={onScroll}
      >
        {failure(older)}
        <div className="relative" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((item) => {
            const row = rows[item.index]
            return (
              row && (
                <div
                  key={item.key}
                  data-index={item.index}
                  ref={list.measureElement}
                  className="absolute inset-x-0 top-0"
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <div className={column}>{children(row)}</div>
                </div>
              )
            )
          })}
        </div>
        {newer && failure(newer)}
      </div>
      {isAway && (
        <div className="absolute inset-x-0 bottom-3 flex justify-center">
          <div className="rounded-full border border-hairline bg-raised shadow-float">
            <IconButton label={t('chat.toEnd')} icon={ArrowDown} className="rounded-full!" onClick={onToEnd} />
          </div>
        </div>
      )}
    </div>
  )
}
