/** A list of any length: only the rows around what is in sight are in the page, and more is loaded before its end is reached. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, type ReactNode } from 'react'
import { ErrorState } from './states.tsx'

/** So many rows before the end of what is loaded, more is asked for. */
const AHEAD = 8

export const VirtualList = <Item extends { readonly id: string }>({
  items,
  height,
  pages,
  failed,
  children,
}: {
  readonly items: readonly Item[]
  /** Of a row, in pixels. */
  readonly height: number
  /** An infinite query, of which the items are what is loaded. */
  readonly pages: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly isFetchNextPageError: boolean
    readonly error: unknown
    readonly fetchNextPage: () => unknown
  }
  /** What is said where the next page does not come. */
  readonly failed: string
  readonly children: (item: Item) => ReactNode
}) => {
  const { fetchNextPage } = pages
  const more = pages.hasNextPage && !pages.isFetchingNextPage && !pages.isFetchNextPageError
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: 10,
  })
  const last = rows.getVirtualItems().at(-1)?.index ?? 0

  useEffect(() => {
    if (more && last >= items.length - AHEAD) void fetchNextPage()
  }, [more, last, items.length, fetchNextPage])

  useEffect(() => rows.measure(), [rows, height])

  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto overscroll-contain pb-2">
      <ul className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => {
          const item = items[row.index]
          return (
            item && (
              <li
                key={row.key}
                className="absolute inset-x-0 top-0 px-2"
                style={{ height: row.size, transform: `translateY(${row.start}px)` }}
                aria-setsize={more ? -1 : items.length}
                aria-posinset={row.index + 1}
              >
                {children(item)}
              </li>
            )
          )
        })}
      </ul>
      {pages.isFetchNextPageError && (
        <div className="px-4">
          <ErrorState compact title={failed} error={pages.error} onRetry={() => void fetchNextPage()} />
        </div>
      )}
    </div>
  )
}
