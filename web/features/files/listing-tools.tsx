/** What a listing of files is narrowed and ordered by: search, type, date, sender, order, and the pills that say what is chosen. */
import { Menu } from '@base-ui/react/menu'
import { useQuery } from '@tanstack/react-query'
import { Check, ChevronDown, Search, X } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'
import { iconButtonLook } from '../../ui/button.tsx'
import { listFileSenders } from './list-files.ts'
import {
  dates,
  isFiltered,
  sortsOf,
  toggled,
  typeNames,
  withChoice,
  withoutFilters,
  type DateRange,
  type FileSort,
  type Listing,
} from './listing.ts'

/** How long typing rests before it is searched for, in milliseconds (contracts, 1.3). */
const SETTLES_AFTER = 300

interface ToolsProps {
  readonly listing: Listing
  readonly onChange: (change: (listing: Listing) => Listing) => void
}

const SearchField = ({ listing, onChange }: ToolsProps) => {
  const { t } = useTranslation()
  const field = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState(listing.q)
  const change = useRef(onChange)
  change.current = onChange
  // Cleared from outside: a pill was removed, or all of them.
  const [known, setKnown] = useState(listing.q)
  if (known !== listing.q) {
    setKnown(listing.q)
    if (listing.q === '') setTyped('')
  }
  useEffect(() => {
    const timer = setTimeout(
      () =>
        change.current((present) => (present.q === typed.trim() ? present : withChoice(present, { q: typed.trim() }))),
      SETTLES_AFTER,
    )
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <div className="relative min-w-0 flex-1 basis-40">
      <Search
        size={16}
        strokeWidth={1.75}
        className="pointer-events-none absolute start-3 top-1/2 -translate-y-1/2 text-soft"
        aria-hidden
      />
      <input
        ref={field}
        type="text"
        role="searchbox"
        aria-label={t('files.search')}
        placeholder={t('files.search')}
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        data-testid="search-input"
        value={typed}
        className="block h-10 w-full rounded border border-edge bg-paper ps-9 pe-10 text-ellipsis desk:h-9"
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          // The first Esc takes back the search, the next one the dialog.
          if (event.key !== 'Escape' || typed === '') return
          event.stopPropagation()
          setTyped('')
        }}
      />
      {typed !== '' && (
        <button
          type="button"
          aria-label={t('files.clearSearch')}
          data-testid="clear-search-button"
          className={cx(iconButtonLook('soft', true), 'absolute end-1 top-1/2 -translate-y-1/2')}
          onClick={() => {
            setTyped('')
            field.current?.focus()
          }}
        >
          <X size={16} strokeWidth={1.75} aria-hidden />
        </button>
      )}
    </div>
  )
}

const selectLook =
  'h-10 w-full appearance-none rounded border border-edge bg-paper ps-3 pe-8 text-body text-ink desk:h-9 desk:text-small'

const Select = <V extends string>({
  label,
  value,
  options,
  onChange,
  testId,
}: {
  readonly label: string
  readonly value: V
  readonly options: readonly { readonly value: V; readonly label: string }[]
  readonly onChange: (value: V) => void
  readonly testId: string
}) => (
  <span className="relative inline-block">
    <select
      aria-label={label}
      value={value}
      data-testid={testId}
      className={selectLook}
      onChange={(event) => onChange(event.target.value as V)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value} className="bg-raised text-ink">
          {option.label}
        </option>
      ))}
    </select>
    <ChevronDown
      size={14}
      strokeWidth={1.75}
      className="pointer-events-none absolute end-3 top-1/2 -translate-y-1/2 text-soft"
      aria-hidden
    />
  </span>
)

const Types = ({ listing, onChange }: ToolsProps) => {
  const { t } = useTranslation()
  return (
    <>
      {typeNames(listing.kind).map((type) => {
        const isChosen = listing.types.includes(type)
        return (
          <button
            key={type}
            type="button"
            aria-pressed={isChosen}
            data-testid={`filter-type-${type}`}
            className={cx(
              'min-h-10 rounded border px-3 text-small transition-colors desk:min-h-9',
              isChosen ? 'border-accent bg-wash font-strong text-accent' : 'border-edge hover:bg-hover',
            )}
            onClick={() => onChange((present) => withChoice(present, { types: toggled(present.types, type) }))}
          >
            {t(`files.${type}`)}
          </button>
        )
      })}
    </>
  )
}

const sameId = (a: { readonly id: string }, b: { readonly id: string }) => a.id === b.id

/** Senders who can be asked for at once (contract). */
const MOST_SENDERS = 20

const Senders = ({ listing, onChange, conversationId }: ToolsProps & { readonly conversationId: string }) => {
  const { t } = useTranslation()
  const senders = useQuery(listFileSenders(conversationId, listing.kind))
  const count = listing.senders.length
  return (
    <Menu.Root>
      <Menu.Trigger
        data-testid="filter-senders"
        className={cx(
          'inline-flex min-h-10 items-center gap-2 rounded border px-3 text-small transition-colors desk:min-h-9',
          count > 0 ? 'border-accent bg-wash font-strong text-accent' : 'border-edge hover:bg-hover',
        )}
      >
        {count > 0 ? t('files.sendersChosen', { count }) : t('files.senders')}
        <ChevronDown size={14} strokeWidth={1.75} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="start" className="z-50" collisionPadding={12}>
          <Menu.Popup
            aria-label={t('files.senders')}
            className="float-in max-h-[min(20rem,var(--available-height))] min-w-56 overflow-y-auto rounded border border-hairline bg-raised p-1 shadow-float outline-none"
          >
            {(senders.data ?? []).map((sender) => {
              const isChosen = listing.senders.some(({ id }) => id === sender.id)
              return (
                <Menu.CheckboxItem
                  key={sender.id}
                  checked={isChosen}
                  disabled={!isChosen && count >= MOST_SENDERS}
                  closeOnClick={false}
                  className="flex min-h-10 cursor-pointer items-center gap-2 rounded px-3 outline-none data-disabled:opacity-50 data-highlighted:bg-hover"
                  onCheckedChange={() =>
                    onChange((present) => withChoice(present, { senders: toggled(present.senders, sender, sameId) }))
                  }
                >
                  <span className="flex size-4 shrink-0 items-center justify-center">
                    {isChosen && <Check size={16} strokeWidth={2} className="text-accent" aria-hidden />}
                  </span>
                  <span className="min-w-0 truncate">{sender.name}</span>
                </Menu.CheckboxItem>
              )
            })}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

const Pill = ({ children, onRemove }: { readonly children: string; readonly onRemove: () => void }) => {
  const { t } = useTranslation()
  return (
    <li className="inline-flex max-w-full items-center rounded-full bg-wash ps-3 text-small">
      <span className="truncate">{children}</span>
      <button
        type="button"
        aria-label={t('files.removeFilter', { name: children })}
        className="inline-flex size-7 shrink-0 items-center justify-center rounded-full text-soft hover:text-ink pointer-coarse:size-10"
        onClick={onRemove}
      >
        <X size={14} strokeWidth={1.75} aria-hidden />
      </button>
    </li>
  )
}

const Pills = ({ listing, onChange }: ToolsProps) => {
  const { t } = useTranslation()
  if (!isFiltered(listing)) return null
  const set = (choice: Parameters<typeof withChoice>[1]) => onChange((present) => withChoice(present, choice))
  return (
    <ul className="flex flex-wrap items-center gap-2" aria-label={t('files.filters')} data-testid="filter-pills">
      {listing.q !== '' && <Pill onRemove={() => set({ q: '' })}>{`“${listing.q}”`}</Pill>}
      {listing.types.map((type) => (
        <Pill key={type} onRemove={() => set({ types: listing.types.filter((other) => other !== type) })}>
          {t(`files.${type}`)}
        </Pill>
      ))}
      {listing.date !== null && <Pill onRemove={() => set({ date: null })}>{t(`files.${listing.date}`)}</Pill>}
      {listing.senders.map((sender) => (
        <Pill key={sender.id} onRemove={() => set({ senders: listing.senders.filter(({ id }) => id !== sender.id) })}>
          {sender.name}
        </Pill>
      ))}
      <li>
        <button
          type="button"
          data-testid="clear-filters-button"
          className="min-h-7 rounded px-2 text-small font-strong text-accent hover:bg-wash pointer-coarse:min-h-10"
          onClick={() => onChange(withoutFilters)}
        >
          {t('files.clearAll')}
        </button>
      </li>
    </ul>
  )
}

const Row = ({ children }: { readonly children: ReactNode }) => (
  <div className="flex flex-wrap items-center gap-2">{children}</div>
)

export const ListingTools = ({
  listing,
  onChange,
  conversationId,
}: ToolsProps & { readonly conversationId: string }) => {
  const { t } = useTranslation()
  return (
    <div className="flex shrink-0 flex-col gap-2 border-b border-hairline px-4 pb-3 desk:px-6">
      <Row>
        <SearchField listing={listing} onChange={onChange} />
        <Select<FileSort>
          label={t('files.sort')}
          testId="sort-dropdown"
          value={listing.sort}
          options={sortsOf[listing.kind].map((sort) => ({ value: sort, label: t(`files.${sort}`) }))}
          onChange={(sort) => onChange((present) => withChoice(present, { sort }))}
        />
      </Row>
      <Row>
        <Types listing={listing} onChange={onChange} />
        <Select<DateRange | ''>
          label={t('files.date')}
          testId="filter-date"
          value={listing.date ?? ''}
          options={[
            { value: '', label: t('files.anyDate') },
            ...dates.map((date) => ({ value: date, label: t(`files.${date}`) })),
          ]}
          onChange={(date) => onChange((present) => withChoice(present, { date: date === '' ? null : date }))}
        />
        {listing.kind === 'docs' && <Senders listing={listing} onChange={onChange} conversationId={conversationId} />}
      </Row>
      <Pills listing={listing} onChange={onChange} />
    </div>
  )
}
