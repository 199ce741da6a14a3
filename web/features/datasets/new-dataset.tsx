/** Names a choice of conversations: those that pass the filters, which may have come along from the dashboard. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { FormError } from '../../ui/states.tsx'
import { TextArea } from '../../ui/text-area.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { whole } from '../generate/figures.ts'
import type { DashboardSearch } from '../training/dashboard-search.ts'
import { FilterBar } from '../training/filter-bar.tsx'
import { listConversations } from '../training/list-conversations.ts'
import { useCreateDataset } from './create-dataset.ts'
import { filterOf } from './selection.ts'

export const NewDataset = ({
  filters,
  onFilter,
  onCancel,
  onMade,
}: {
  readonly filters: DashboardSearch
  readonly onFilter: (filters: DashboardSearch) => void
  readonly onCancel: () => void
  readonly onMade: (id: string) => void
}) => {
  const { t, i18n } = useTranslation()
  const create = useCreateDataset()
  const form = useId()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [missing, setMissing] = useState(false)
  const matching = useInfiniteQuery({ ...listConversations(filters), placeholderData: keepPreviousData })
  const found = matching.data?.pages[0]
  const onSubmit = (event: React.FormEvent) => {
    event.preventDefault()
    const given = name.trim()
    setMissing(given === '')
    if (given === '' || create.isPending) return
    create.mutate(
      {
        name: given,
        description: description.trim() === '' ? null : description.trim(),
        selection: { filter: filterOf(filters), include: [], exclude: [] },
      },
      { onSuccess: ({ id }) => onMade(id) },
    )
  }
  return (
    <div className="flex max-w-[64rem] flex-col gap-6 px-4 pt-4 pb-24 desk:px-6">
      <form id={form} noValidate onSubmit={onSubmit} className="flex max-w-[40rem] flex-col gap-4">
        <TextField
          label={t('datasets.name')}
          autoFocus
          maxLength={255}
          error={missing ? t('datasets.nameMissing') : null}
          value={name}
          onChange={(event) => {
            setName(event.target.value)
            setMissing(false)
          }}
        />
        <TextArea
          label={t('datasets.description')}
          maxLength={2000}
          rows={2}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
        />
      </form>
      <section aria-labelledby={`${form}-which`} className="flex flex-col gap-3">
        <h2 id={`${form}-which`} className="font-strong">
          {t('datasets.which')}
        </h2>
        <FilterBar search={filters} onChange={onFilter} />
        <p role="status" className="text-small text-soft tabular-nums">
          {found &&
            t(found.total_is_exact ? 'datasets.matching' : 'datasets.matchingAtLeast', {
              count: found.total,
              total: whole(found.total, i18n.language),
            })}{' '}
          {t('datasets.approvedHint')}
        </p>
      </section>
      {create.error && <FormError>{errorText(t, create.error)}</FormError>}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" type="submit" form={form} disabled={create.isPending}>
          {t('datasets.create')}
        </Button>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
      </div>
    </div>
  )
}
