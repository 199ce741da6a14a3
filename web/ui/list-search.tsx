/** The field over a list of options: what is typed there narrows the list, its keys go through it (ARIA: combobox with a listbox). */
import { Search } from 'lucide-react'
import type { KeyboardEvent } from 'react'

/** How far PageUp and PageDown go. */
const PAGE = 8

interface ListSearchProps {
  readonly label: string
  /** The id of the listbox; its options are called `<listId>-<place>`. */
  readonly listId: string
  /** The place of the option that Enter would choose; -1: none. */
  readonly active: number
  readonly query: string
  readonly onQuery: (query: string) => void
  /** The reader goes on by so many options, by infinitely many to either end. */
  readonly onMove: (step: number) => void
  readonly onEnter: () => void
}

const stepOf = ({ key, ctrlKey }: KeyboardEvent): number | undefined => {
  switch (key) {
    case 'ArrowDown':
      return 1
    case 'ArrowUp':
      return -1
    case 'PageDown':
      return PAGE
    case 'PageUp':
      return -PAGE
    // Without Ctrl they move within what is typed.
    case 'Home':
      return ctrlKey ? -Infinity : undefined
    case 'End':
      return ctrlKey ? Infinity : undefined
    default:
      return undefined
  }
}

export const ListSearch = ({ label, listId, active, query, onQuery, onMove, onEnter }: ListSearchProps) => {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    const step = stepOf(event)
    if (step !== undefined) onMove(step)
    else if (event.key === 'Enter') onEnter()
    else return
    event.preventDefault()
  }
  return (
    <div className="flex shrink-0 items-center gap-2 border-b border-hairline px-3">
      <Search size={16} strokeWidth={1.75} className="shrink-0 text-soft" aria-hidden />
      <input
        role="combobox"
        aria-label={label}
        aria-expanded
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 ? `${listId}-${active}` : undefined}
        placeholder={label}
        value={query}
        autoComplete="off"
        spellCheck={false}
        className="h-11 w-full min-w-0 bg-transparent outline-none"
        onChange={(event) => onQuery(event.target.value)}
        onKeyDown={onKeyDown}
      />
    </div>
  )
}
