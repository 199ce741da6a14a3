/**
 * The rows of a conversation, of which only those in view exist. Stays at the end while the reader is there, and where
 * the reader scrolled to otherwise; history that is put in front moves nothing.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/states.tsx'
import type { Row } from './conversation-rows.ts'
import { messageColumn } from './message-row.tsx'

/** Closer to the end than this, in pixels, counts as being there. */
const AT_END = 64
/** History is fetched when the reader comes this close to the top, in pixels: before there is nothing left to read. */
const FETCH_AHEAD = 1600

const textOf = (row: Row) => {
  if (row.kind === 'message') return row.message.content
  if (row.kind === 'outgoing') return row.post.content
  return row.kind === 'live' ? row.text : ''
}

/** About as high as the row will be, so that little moves when it is measured. */
const estimate = (row: Row | undefined, width: number): number => {
  if (!row) return 100
  const perLine = Math.max(24, Math.min(width - 48, 620) / 7.4)
  const text = textOf(row)
  let lines = 0
  for (const line of text.slice(0, 8000).split('\n')) lines += Math.max(0.6, Math.ceil(line.length / perLine))
  return 24 + lines * 25.6 + (row.kind === 'message' && row.message.role === 'assistant' ? 40 : 60)
}

export const MessageList = ({
  rows,
  hasOlder,
  onLoadOlder,
  children,
}: {
  readonly rows: readonly Row[]
  readonly hasOlder: boolean
  readonly onLoadOlder: () => Promise<void>
  readonly children: (row: Row) => React.ReactNode
}) => {
  const { t } = useTranslation()
  const scroller = useRef<HTMLDivElement>(null)
  const [isAway, setIsAway] = useState(false)
  const following = useRef(true)
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimate(rows[index], scroller.current?.clientWidth ?? 700),
    getItemKey: (index) => rows[index]?.key ?? index,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: AT_END,
    paddingEnd: 24,
    overscan: 4,
  })
  const history = useHistory(hasOlder, onLoadOlder)

  useLayoutEffect(() => list.scrollToEnd(), [list])

  // Appended rows and growth of the last one are the virtualizer's to follow; this is for rows that change places or kinds.
  useLayoutEffect(() => {
    if (following.current) list.scrollToEnd()
  }, [rows, list])

  // What this page's own person says is always followed, wherever they had scrolled to.
  const lastOwn = rows.findLast((row) => row.kind === 'outgoing')?.key
  useLayoutEffect(() => {
    if (lastOwn) list.scrollToEnd()
  }, [lastOwn, list])

  const look = () => {
    const element = scroller.current
    if (!element) return
    const away = element.scrollHeight - element.scrollTop - element.clientHeight
    following.current = away <= AT_END
    setIsAway(away > AT_END * 2)
    if (element.scrollTop < FETCH_AHEAD) history.fetch()
  }
  // A first page that does not fill the screen has nothing to scroll, and history must come all the same.
  useEffect(look)

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={t('chat.messages')}
        className="relative h-full overflow-y-auto overscroll-contain [overflow-anchor:none] -outline-offset-2!"
        onScroll={look}
      >
        {history.error !== null && (
          <div className={messageColumn}>
            <ErrorState compact title={t('chat.olderFailed')} error={history.error} onRetry={history.retry} />
          </div>
        )}
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
                  <div className={messageColumn}>{children(row)}</div>
                </div>
              )
            )
          })}
        </div>
      </div>
      {isAway && (
        <div className="absolute inset-x-0 bottom-3 flex justify-center">
          <div className="rounded-full border border-hairline bg-raised shadow-float">
            <IconButton
              label={t('chat.toEnd')}
              icon={ArrowDown}
              className="rounded-full!"
              onClick={() => list.scrollToEnd({ behavior: isFar(scroller.current) ? 'auto' : 'smooth' })}
            />
          </div>
        </div>
      )}
    </div>
  )
}

/** Gliding over many screens would take long and show nothing. */
const isFar = (element: HTMLElement | null) =>
  element === null ||
  element.scrollHeight - element.scrollTop > element.clientHeight * 4 ||
  matchMedia('(prefers-reduced-motion: reduce)').matches

const useHistory = (hasOlder: boolean, load: () => Promise<void>) => {
  const [error, setError] = useState<unknown>(null)
  const loading = useRef(false)
  const fetch = () => {
    if (!hasOlder || loading.current || error !== null) return
    loading.current = true
    load()
      .catch(setError)
      .finally(() => {
        loading.current = false
      })
  }
  return {
    error,
    fetch,
    retry: () => setError(null),
  }
}
