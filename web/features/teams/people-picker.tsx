/** Finds people by name or e-mail address, and gathers the chosen ones. */
import { useQuery } from '@tanstack/react-query'
import { Search, X } from 'lucide-react'
import { useDeferredValue, useId, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { TeamPerson } from '#contract/messages/team.ts'
import { cx } from '../../lib/class-names.ts'
import { useSettled } from '../../lib/use-settled.ts'
import { ErrorState } from '../../ui/states.tsx'
import { Initials } from './initials-mark.tsx'
import { listPeople } from './list-people.ts'

/** How long the search waits for the next letter, in milliseconds. */
const WAITS = 200

export const PeoplePicker = ({
  label,
  chosen,
  onChange,
  single = false,
  except = [],
}: {
  readonly label: string
  readonly chosen: readonly TeamPerson[]
  readonly onChange: (chosen: readonly TeamPerson[]) => void
  /** One person at most: choosing another takes the place of the first. */
  readonly single?: boolean
  /** Ids of people who are not on offer. */
  readonly except?: readonly string[]
}) => {
  const { t } = useTranslation()
  const id = useId()
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const settled = useSettled(query.trim(), WAITS)
  const people = useQuery(listPeople(settled))
  const taken = new Set([...except, ...chosen.map((person) => person.id)])
  const offered = useDeferredValue(people.data?.data ?? []).filter((person) => !taken.has(person.id))
  const current = Math.min(active, offered.length - 1)

  const choose = (person: TeamPerson) => {
    onChange(single ? [person] : [...chosen, person])
    setQuery('')
    setActive(0)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setActive(Math.max(0, Math.min(offered.length - 1, current + (event.key === 'ArrowDown' ? 1 : -1))))
    }
    if (event.key === 'Enter') {
      event.preventDefault()
      const person = offered[current]
      if (person) choose(person)
    }
    if (event.key === 'Backspace' && query === '') onChange(chosen.slice(0, -1))
  }

  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-small font-strong">
        {label}
      </label>
      {chosen.length > 0 && (
        <ul className="mb-2 flex flex-wrap gap-2">
          {chosen.map((person) => (
            <li key={person.id} className="flex items-center gap-1 rounded bg-wash py-0.5 ps-2.5 pe-0.5">
              {person.name}
              <button
                type="button"
                aria-label={t('teams.unchoose', { name: person.name })}
                className="flex size-7 items-center justify-center rounded text-soft hover:text-ink pointer-coarse:size-10"
                onClick={() => onChange(chosen.filter((other) => other.id !== person.id))}
              >
                <X size={14} strokeWidth={2} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="rounded border border-edge focus-within:border-accent">
        <div className="flex items-center gap-2 px-3">
          <Search size={16} strokeWidth={1.75} className="shrink-0 text-soft" aria-hidden />
          <input
            id={id}
            role="combobox"
            aria-expanded
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={current >= 0 ? `${id}-${current}` : undefined}
            value={query}
            placeholder={t('teams.findPeople')}
            autoComplete="off"
            spellCheck={false}
            className="h-11 w-full min-w-0 bg-transparent outline-none"
            onChange={(event) => {
              setQuery(event.target.value)
              setActive(0)
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        {people.error ? (
          <div className="px-3">
            <ErrorState
              compact
              title={t('teams.peopleFailed')}
              error={people.error}
              onRetry={() => void people.refetch()}
            />
          </div>
        ) : (
          <>
            {people.data && offered.length === 0 && (
              <p role="status" className="border-t border-hairline p-3 text-small text-soft">
                {t(settled === '' ? 'teams.peopleHint' : 'teams.peopleNone', { query: settled })}
              </p>
            )}
            <div
              id={`${id}-list`}
              role="listbox"
              aria-label={label}
              className={cx('max-h-56 overflow-y-auto', offered.length > 0 && 'border-t border-hairline p-1')}
            >
              {offered.map((person, index) => (
                <div
                  key={person.id}
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={index === current}
                  className={cx(
                    'flex min-h-10 cursor-pointer items-center gap-3 rounded px-2',
                    index === current && 'bg-hover',
                  )}
                  onPointerMove={() => setActive(index)}
                  onClick={() => choose(person)}
                >
                  <Initials name={person.name} />
                  <span className="truncate">{person.name}</span>
                </div>
              ))}
            </div>
          </>
        )}
      </div>
    </div>
  )
}
