/** The list that the model picker opens: searchable, grouped by where models come from, made for hundreds of them. Fetched when it is first opened. */
import { Popover } from '@base-ui/react/popover'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Check } from 'lucide-react'
import { useEffect, useId, useMemo, useRef, useState, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import type { ModelGroup } from '#contract/app/index.ts'
import { cx } from '../../lib/class-names.ts'
import { searchModels } from './choose-model.ts'
import { ListSearch } from '../../ui/list-search.tsx'
import { returnFocus } from '../../ui/return-focus.ts'

export const FloatingModelList = ({
  open,
  onOpenChange,
  anchor,
  below,
  ...list
}: {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  /** The button that opened it: where it hangs, and where the focus returns. */
  readonly anchor: RefObject<HTMLButtonElement | null>
  readonly below: boolean
  readonly groups: readonly ModelGroup[]
  readonly chosen: string | null
  readonly onChoose: (id: string) => void
}) => {
  const { t } = useTranslation()
  const popup = useRef<HTMLDivElement>(null)
  return (
    <Popover.Root
      open={open}
      onOpenChange={(next, details) => {
        // A press on the button itself is the button's business.
        if (!next && anchor.current?.contains(details.event.target as Node | null)) return
        onOpenChange(next)
      }}
    >
      <Popover.Portal>
        <Popover.Positioner
          anchor={anchor}
          side={below ? 'bottom' : 'top'}
          align="start"
          sideOffset={6}
          collisionPadding={12}
          className="z-40"
        >
          <Popover.Popup
            ref={popup}
            aria-label={t('models.choose')}
            finalFocus={() => returnFocus(popup.current, anchor.current)}
            className="float-in flex max-h-[min(26rem,var(--available-height))] w-[min(24rem,calc(100vw-24px))] flex-col rounded border border-hairline bg-raised shadow-float outline-none"
          >
            <ModelList {...list} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

type Entry =
  | { readonly kind: 'group'; readonly key: string; readonly name: string }
  | { readonly kind: 'problem'; readonly key: string; readonly text: string }
  | {
      readonly kind: 'model'
      readonly key: string
      readonly id: string
      readonly name: string
      readonly context: number | null
      readonly place: number
    }

const toEntries = (groups: readonly ModelGroup[], problems: readonly ModelGroup[]): Entry[] => {
  let place = 0
  const entries: Entry[] = []
  for (const group of groups) {
    entries.push({ kind: 'group', key: `group ${group.source} ${group.name}`, name: group.name })
    for (const model of group.models) {
      entries.push({
        kind: 'model',
        key: model.id,
        id: model.id,
        name: model.name,
        context: model.contextLength,
        place: ++place,
      })
    }
  }
  for (const group of problems) {
    entries.push({ kind: 'group', key: `group ${group.source} ${group.name}`, name: group.name })
    entries.push({ kind: 'problem', key: `problem ${group.name}`, text: group.problem ?? '' })
  }
  return entries
}

const HEIGHTS = { group: 36, problem: 44, model: 40 }

const ModelList = ({
  groups,
  chosen,
  onChoose,
}: {
  readonly groups: readonly ModelGroup[]
  readonly chosen: string | null
  readonly onChoose: (id: string) => void
}) => {
  const { t } = useTranslation()
  const listId = useId()
  const [query, setQuery] = useState('')
  const entries = useMemo(
    () =>
      toEntries(
        searchModels(groups, query),
        query === '' ? groups.filter((group) => group.models.length === 0 && group.problem !== null) : [],
      ),
    [groups, query],
  )
  const places = useMemo(() => entries.flatMap((entry, index) => (entry.kind === 'model' ? [index] : [])), [entries])
  const [active, setActive] = useState(() =>
    Math.max(
      0,
      entries.findIndex((entry) => entry.kind === 'model' && entry.id === chosen),
    ),
  )
  const current = places.includes(active) ? active : (places[0] ?? -1)
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => HEIGHTS[entries[index]?.kind ?? 'model'],
    getItemKey: (index) => entries[index]?.key ?? index,
    overscan: 8,
  })

  useEffect(() => {
    rows.measure()
    rows.scrollToIndex(query === '' ? Math.max(0, current) : 0, { align: query === '' ? 'center' : 'start' })
    // Only a new set of entries moves the list; the arrow keys move it themselves.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [entries])

  const move = (to: number) => {
    const next = places[Math.min(Math.max(to, 0), places.length - 1)]
    if (next === undefined) return
    setActive(next)
    rows.scrollToIndex(next === places[0] ? 0 : next, { align: 'auto' })
  }
  return (
    <>
      <ListSearch
        label={t('models.search')}
        listId={listId}
        active={current}
        query={query}
        onQuery={(next) => {
          setQuery(next)
          setActive(-1)
        }}
        onMove={(step) => move(places.indexOf(current) + step)}
        onEnter={() => {
          const entry = entries[current]
          if (entry?.kind === 'model') onChoose(entry.id)
        }}
      />
      {places.length === 0 && (
        <p role="status" className="p-4 text-soft">
          {query === '' ? t('models.empty') : t('models.none', { query })}
        </p>
      )}
      <div
        ref={scroller}
        id={listId}
        role="listbox"
        aria-label={t('models.choose')}
        tabIndex={-1}
        className={cx('min-h-0 overflow-y-auto overscroll-contain', entries.length > 0 && 'p-1')}
      >
        <div role="presentation" className="relative" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => {
            const entry = entries[row.index]
            if (!entry) return null
            const place = { height: row.size, transform: `translateY(${row.start}px)` }
            if (entry.kind !== 'model') {
              return (
                <div
                  key={row.key}
                  role="presentation"
                  style={place}
                  className={cx(
                    'absolute inset-x-0 top-0 truncate px-3 text-small text-soft',
                    entry.kind === 'group' ? 'pt-2.5 font-strong' : 'line-clamp-2 whitespace-normal',
                  )}
                >
                  {entry.kind === 'group' ? entry.name : entry.text}
                </div>
              )
            }
            const isChosen = entry.id === chosen
            return (
              <div
                key={row.key}
                id={`${listId}-${row.index}`}
                role="option"
                aria-selected={isChosen}
                aria-setsize={places.length}
                aria-posinset={entry.place}
                style={place}
                className={cx(
                  'absolute inset-x-0 top-0 flex cursor-pointer items-center gap-2 rounded px-3',
                  row.index === current && 'bg-hover',
                )}
                onPointerMove={() => setActive(row.index)}
                onClick={() => onChoose(entry.id)}
              >
                <span className="min-w-0 flex-1 truncate">{entry.name}</span>
                {entry.context !== null && (
                  <span
                    className="text-small text-soft tabular-nums"
                    title={t('models.contextExplained', { count: Math.round(entry.context / 1000) })}
                  >
                    {t('models.context', { count: Math.round(entry.context / 1000) })}
                  </span>
                )}
                {isChosen && <Check size={16} strokeWidth={2} className="shrink-0 text-accent" aria-hidden />}
              </div>
            )
          })}
        </div>
      </div>
    </>
  )
}
