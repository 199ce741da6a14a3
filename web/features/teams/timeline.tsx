/**
 * The rows of a timeline, of which only those in view exist. Stays at the end while the reader is there and where the
 * reader scrolled to otherwise; what is loaded in front or behind moves nothing.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useMore } from '../../lib/use-more.ts'
import { AT_END, behaviorToEnd, FETCH_AHEAD, RowLog } from '../../ui/row-log.tsx'
import { messageColumn } from '../chat/message-row.tsx'
import type { TimelineRow } from './timeline-rows.ts'

/** How many lines a text takes, about. */
const countLines = (text: string, width: number): number => {
  const perLine = Math.max(24, Math.min(width - 88, 580) / 7.4)
  let lines = 0
  for (const line of text.slice(0, 8000).split('\n')) lines += Math.max(1, Math.ceil(line.length / perLine))
  return lines
}

/** Counted once for each message: all rows that were never in view are estimated again whenever one of them is measured. */
const counted = new WeakMap<object, number>()

const linesOf = (row: Extract<TimelineRow, { kind: 'message' | 'outgoing' }>, width: number): number => {
  const [owner, text] = row.kind === 'message' ? [row.message, row.message.content] : [row.post, row.post.body.content]
  const known = counted.get(owner)
  if (known !== undefined) return known
  const lines = countLines(text ?? '', width)
  counted.set(owner, lines)
  return lines
}

/** About as high as the row will be, so that little moves when it is measured. */
const estimate = (row: TimelineRow | undefined, width: number): number => {
  if (!row) return 60
  if (row.kind === 'day' || row.kind === 'new') return 44
  if (row.kind === 'system') return 32
  const files = row.kind === 'message' && row.message.attachments.length > 0 ? 220 : 0
  return (row.goesOn ? 4 : 40) + linesOf(row, width) * 25.6 + files
}

/** What is in view: its last message, and whether that is the end of all that is loaded. */
export interface Seen {
  readonly messageId: string | null
  readonly isEnd: boolean
}

interface TimelineProps {
  readonly label: string
  readonly rows: readonly TimelineRow[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  readonly onLoadOlder: () => Promise<void>
  readonly onLoadNewer: () => Promise<void>
  /** The reader wants the latest messages, which are not loaded. */
  readonly onLatest: () => Promise<void>
  /** A row to bring to the middle; a new number brings it there again. */
  readonly target: { readonly key: string; readonly number: number } | null
  readonly onSeen: (seen: Seen) => void
  readonly children: (row: TimelineRow) => ReactNode
}

export const Timeline = ({
  label,
  rows,
  hasOlder,
  hasNewer,
  onLoadOlder,
  onLoadNewer,
  onLatest,
  target,
  onSeen,
  children,
}: TimelineProps) => {
  const { t } = useTranslation()
  const scroller = useRef<HTMLDivElement>(null)
  const [isAway, setIsAway] = useState(false)
  const following = useRef(true)
  // The page that reaches the present is one more page of history; only what comes after it is followed.
  const reached = useRef(!hasNewer)
  // Asking the element for it once per row would have the page laid out in between.
  const width = useRef(700)
  // A new function at every render would make it measure all rows anew at every step of scrolling.
  const keyOf = useCallback((index: number) => rows[index]?.key ?? index, [rows])
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimate(rows[index], width.current),
    getItemKey: keyOf,
    anchorTo: 'end',
    followOnAppend: reached.current && !hasNewer,
    scrollEndThreshold: AT_END,
    paddingEnd: 12,
    overscan: 6,
  })
  useEffect(() => {
    reached.current = !hasNewer
  }, [hasNewer, rows])
  const older = useMore(hasOlder, onLoadOlder)
  const newer = useMore(hasNewer, onLoadNewer)

  useLayoutEffect(() => {
    width.current = scroller.current?.clientWidth ?? width.current
  })

  // Where the news begin, or at the end.
  useLayoutEffect(() => {
    const news = rows.findIndex(({ kind }) => kind === 'new')
    if (news === -1) list.scrollToEnd()
    else {
      following.current = false
      list.scrollToIndex(Math.max(0, news - 1), { align: 'start' })
    }
    // Once: what comes later does not move the reader.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [list])

  // Appended rows are the virtualizer's to follow; this is for rows that change places or kinds.
  useLayoutEffect(() => {
    if (following.current && reached.current && !hasNewer) list.scrollToEnd()
  }, [rows, hasNewer, list])

  // What this page's own person says is always followed, wherever they had scrolled to.
  const lastOwn = rows.findLast((row) => row.kind === 'outgoing')?.key
  useLayoutEffect(() => {
    if (lastOwn) list.scrollToEnd()
  }, [lastOwn, list])

  useLayoutEffect(() => {
    if (!target) return
    const index = rows.findIndex(({ key }) => key === target.key)
    if (index === -1) return
    following.current = false
    list.scrollToIndex(index, { align: 'center' })
    // The rows are those that were loaded for it; later ones are no reason to go there again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [target, list])

  const look = () => {
    const element = scroller.current
    if (!element) return
    const { scrollTop, scrollHeight, clientHeight } = element
    const away = scrollHeight - scrollTop - clientHeight
    following.current = away <= AT_END && !hasNewer
    setIsAway(away > AT_END * 2 || hasNewer)
    if (scrollTop < FETCH_AHEAD) older.fetch()
    if (away < FETCH_AHEAD) newer.fetch()
    if (document.visibilityState === 'hidden' || !document.hasFocus()) return
    const last = list
      .getVirtualItems()
      .findLast(({ index, end }) => end <= scrollTop + clientHeight + AT_END && rows[index]?.kind === 'message')
    onSeen({ messageId: last === undefined ? null : String(last.key), isEnd: away <= AT_END && !hasNewer })
  }
  // A first page that does not fill the screen has nothing to scroll, and more must come all the same.
  useEffect(look)
  const lookRef = useRef(look)
  lookRef.current = look
  useEffect(() => {
    const onReturn = () => lookRef.current()
    addEventListener('focus', onReturn)
    document.addEventListener('visibilitychange', onReturn)
    return () => {
      removeEventListener('focus', onReturn)
      document.removeEventListener('visibilitychange', onReturn)
    }
  }, [])

  const toEnd = async () => {
    if (hasNewer) await onLatest()
    requestAnimationFrame(() => {
      following.current = true
      list.scrollToEnd({ behavior: hasNewer ? 'auto' : behaviorToEnd(scroller.current) })
    })
  }

  return (
    <RowLog
      label={label}
      list={list}
      scroller={scroller}
      rows={rows}
      column={messageColumn}
      older={{ more: older, failed: t('teams.olderFailed') }}
      newer={{ more: newer, failed: t('teams.newerFailed') }}
      isAway={isAway}
      onScroll={look}
      onToEnd={() => void toEnd().catch(() => newer.retry())}
    >
      {children}
    </RowLog>
  )
}
