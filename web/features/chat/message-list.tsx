/**
 * The rows of a conversation, of which only those in view exist. Stays at the end while the reader is there, and where
 * the reader scrolled to otherwise; history that is put in front moves nothing.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMore } from '../../lib/use-more.ts'
import { AT_END, behaviorToEnd, FETCH_AHEAD, RowLog } from '../../ui/row-log.tsx'
import type { Row } from './conversation-rows.ts'
import { messageColumn } from './message-row.tsx'

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
  const older = useMore(hasOlder, onLoadOlder)

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
    if (element.scrollTop < FETCH_AHEAD) older.fetch()
  }
  // A first page that does not fill the screen has nothing to scroll, and history must come all the same.
  useEffect(look)

  return (
    <RowLog
      label={t('chat.messages')}
      list={list}
      scroller={scroller}
      rows={rows}
      column={messageColumn}
      older={{ more: older, failed: t('chat.olderFailed') }}
      isAway={isAway}
      onScroll={look}
      onToEnd={() => list.scrollToEnd({ behavior: behaviorToEnd(scroller.current) })}
    >
      {children}
    </RowLog>
  )
}
