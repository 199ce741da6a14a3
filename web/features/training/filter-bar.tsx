/** Which conversations the dashboard shows: search and filters, kept in the address. */
import { Search, X } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSettled } from '../../lib/use-settled.ts'
import { Button } from '../../ui/button.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { fieldLook } from '../../ui/text-field.tsx'
import { useScaffolds } from '../generate/list-scaffolds.ts'
import { type DashboardSearch, isNarrowed, qualities, statuses, tiers } from './dashboard-search.ts'

/** How long typing must rest before it is searched for, in milliseconds. */
const REST = 300

export const FilterBar = ({
  search,
  onChange,
  children,
}: {
  readonly search: DashboardSearch
  readonly onChange: (search: DashboardSearch) => void
  /** What can be done with all that pass. */
  readonly children?: ReactNode
}) => {
  const { t } = useTranslation()
  const { scaffolds } = useScaffolds()
  const set = <Key extends keyof DashboardSearch>(key: Key, value: DashboardSearch[Key] | '') => {
    const { [key]: _former, ...rest } = search
    onChange(value === '' || value === undefined ? rest : { ...rest, [key]: value })
  }
  const lists = [
    ['persona', scaffolds?.personas.map(({ persona_key, name }) => ({ value: persona_key, label: name }))],
    ['arc', scaffolds?.arcs.map(({ arc_key, name }) => ({ value: arc_key, label: name }))],
    ['topic', scaffolds?.topics.map(({ topic_key, name }) => ({ value: topic_key, label: name }))],
  ] as const
  return (
    <search aria-label={t('training.filters')} className="flex flex-col gap-3">
      <WordSearch key={search.q === undefined ? 'none' : 'some'} value={search.q ?? ''} onChange={(q) => set('q', q)} />
      <div className="grid grid-cols-2 gap-2 desk:grid-cols-3 wide:grid-cols-6">
        <SelectField
          label={t('training.status')}
          value={search.status ?? ''}
          options={[
            { value: '', label: t('training.allStatuses') },
            ...statuses.map((value) => ({ value, label: t(`training.status_${value}`) })),
          ]}
          onChange={(value) => set('status', value)}
        />
        <SelectField
          label={t('training.tier')}
          value={search.tier ?? ''}
          options={[
            { value: '', label: t('training.allTiers') },
            ...tiers.map((value) => ({ value, label: t(`training.tier_${value}`) })),
          ]}
          onChange={(value) => set('tier', value)}
        />
        <SelectField
          label={t('training.quality')}
          value={search.quality ?? ''}
          options={[
            { value: '', label: t('training.anyQuality') },
            ...qualities.map((value) => ({ value, label: t('training.qualityFrom', { score: value }) })),
          ]}
          onChange={(value) => set('quality', value)}
        />
        {lists.map(([key, options]) => (
          <SelectField
            key={key}
            label={t(`training.${key}`)}
            value={search[key] ?? ''}
            options={[
              { value: '', label: t('training.all') },
              // What the address asks for is shown, also when the list no longer has it.
              ...(search[key] !== undefined && !options?.some(({ value }) => value === search[key])
                ? [{ value: search[key], label: search[key] }]
                : []),
              ...(options ?? []),
            ]}
            onChange={(value) => set(key, value)}
          />
        ))}
      </div>
      <div className="flex flex-wrap items-center gap-4">
        <label className="flex min-h-10 cursor-pointer items-center gap-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={search.flagged === true}
            onChange={(event) => set('flagged', event.target.checked ? true : '')}
          />
          {t('training.onlyFlagged')}
        </label>
        {isNarrowed(search) && (
          <Button look="quiet" icon={X} onClick={() => onChange({})}>
            {t('training.clearFilters')}
          </Button>
        )}
        {children}
      </div>
    </search>
  )
}

const WordSearch = ({ value, onChange }: { readonly value: string; readonly onChange: (words: string) => void }) => {
  const { t } = useTranslation()
  const [typed, setTyped] = useState(value)
  const settled = useSettled(typed.trim(), REST)
  useEffect(() => {
    if (settled !== value) onChange(settled)
    // Only what was typed asks for a change.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [settled])
  return (
    <div className="relative max-w-[32rem]">
      <Search
        size={18}
        strokeWidth={1.75}
        className="pointer-events-none absolute start-3 top-1/2 -translate-y-1/2 text-soft"
        aria-hidden
      />
      <input
        type="search"
        aria-label={t('training.search')}
        placeholder={t('training.search')}
        maxLength={200}
        className={`${fieldLook} ps-10`}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </div>
  )
}
