/** The dashboard: every training conversation, what is decided about it, and its file. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { ChevronLeft, ChevronRight, Database, Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TrainingConversation } from '#contract/training/index.ts'
import { cx } from '../../lib/class-names.ts'
import { Button, buttonLook } from '../../ui/button.tsx'
import { EmptyState, ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { ConversationDetails } from './conversation-details.tsx'
import { ConversationTable } from './conversation-table.tsx'
import { type DashboardSearch, isNarrowed } from './dashboard-search.ts'
import { FilterBar } from './filter-bar.tsx'
import { listConversations } from './list-conversations.ts'
import { TrainingPage } from './training-page.tsx'

export const DashboardPage = () => {
  const { t } = useTranslation()
  const search = useSearch({ from: '/conversations/' })
  const { open: _open, sort: _sort, direction: _direction, ...filters } = search
  const navigate = useNavigate()
  const go = (change: DashboardSearch, replace = false) =>
    void navigate({ to: '/conversations', search: change, replace })
  return (
    <TrainingPage
      name="conversations"
      title={t('training.conversations')}
      actions={
        <Link to="/conversations/generate" className={buttonLook('primary')}>
          <Plus size={18} strokeWidth={1.75} aria-hidden /> {t('training.generate')}
        </Link>
      }
    >
      <div className="flex flex-col gap-4 px-4 pt-4 pb-24 desk:px-6">
        <FilterBar search={search} onChange={(next) => go(next, true)}>
          <Link to="/conversations/datasets" search={{ ...filters, new: true }} className={buttonLook('quiet')}>
            <Database size={18} strokeWidth={1.75} aria-hidden /> {t('training.makeDataset')}
          </Link>
        </FilterBar>
        {/* What is selected, and the page, belong to one way of looking. */}
        <Results key={JSON.stringify({ ...search, open: undefined })} search={search} onGo={go} />
      </div>
    </TrainingPage>
  )
}

const Results = ({
  search,
  onGo,
}: {
  readonly search: DashboardSearch
  readonly onGo: (change: DashboardSearch, replace?: boolean) => void
}) => {
  const { t } = useTranslation()
  const list = useInfiniteQuery({ ...listConversations(search), placeholderData: keepPreviousData })
  const [place, setPlace] = useState(0)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  if (list.isPending) return <RowSkeletons />
  if (!list.data) {
    return (
      <ErrorState compact title={t('training.listFailed')} error={list.error} onRetry={() => void list.refetch()} />
    )
  }
  // A page that is gone, since what was on it was deleted, leads to the last one that is there.
  const at = Math.min(place, list.data.pages.length - 1)
  const page = list.data.pages[at]!
  const { conversations } = page
  if (conversations.length === 0 && at === 0) return <Nothing search={search} onGo={onGo} />
  const hasNext = at + 1 < list.data.pages.length || list.hasNextPage
  const next = async () => {
    if (at + 1 >= list.data.pages.length) {
      const fetched = await list.fetchNextPage()
      if (fetched.isError) return
    }
    setPlace(at + 1)
  }
  const move = (step: -1 | 1) => {
    const index = conversations.findIndex(({ conversation_id: id }) => id === search.open) + step
    const neighbour = conversations[index]
    if (neighbour) onGo({ ...search, open: neighbour.conversation_id }, true)
  }
  return (
    <>
      <BulkBar
        selected={[...selected]}
        unapproved={countUnapproved(list.data.pages, selected)}
        total={page.total}
        isExact={page.total_is_exact}
        onDone={() => setSelected(new Set())}
      />
      <ConversationTable
        conversations={conversations}
        search={search}
        selected={selected}
        onSelect={setSelected}
        onOpen={(id) => onGo({ ...search, open: id })}
        onSort={(sort, direction) => {
          const { sort: _sort, direction: _direction, ...rest } = search
          onGo(
            {
              ...rest,
              ...(sort === 'created_at' ? {} : { sort }),
              ...(direction === 'asc' ? { direction } : {}),
            },
            true,
          )
        }}
      />
      <nav aria-label={t('training.pages')} className="flex items-center gap-2">
        <Button icon={ChevronLeft} disabled={at === 0} onClick={() => setPlace(at - 1)}>
          {t('training.previousPage')}
        </Button>
        <Button disabled={!hasNext || list.isFetchingNextPage} onClick={() => void next()}>
          {t('training.nextPage')} <ChevronRight size={18} strokeWidth={1.75} aria-hidden />
        </Button>
        <span
          role="status"
          aria-busy={list.isFetching}
          className={cx('text-small text-soft', list.isFetching && 'animate-pulse')}
        >
          {t('training.pageNumber', { page: at + 1 })}
        </span>
      </nav>
      {search.open !== undefined && (
        <ConversationDetails
          key={search.open}
          id={search.open}
          onClose={() => {
            const { open: _open, ...rest } = search
            onGo(rest)
          }}
          onMove={move}
        />
      )}
    </>
  )
}

const countUnapproved = (
  pages: readonly { readonly conversations: readonly TrainingConversation[] }[],
  selected: ReadonlySet<string>,
): number =>
  pages
    .flatMap(({ conversations }) => conversations)
    .filter(({ conversation_id: id, status }) => selected.has(id) && status !== 'approved').length

const Nothing = ({
  search,
  onGo,
}: {
  readonly search: DashboardSearch
  readonly onGo: (change: DashboardSearch) => void
}) => {
  const { t } = useTranslation()
  return isNarrowed(search) ? (
    <EmptyState action={<Button onClick={() => onGo({})}>{t('training.clearFilters')}</Button>}>
      {t('training.noneFound')}
    </EmptyState>
  ) : (
    <EmptyState
      action={
        <span className="flex flex-wrap gap-2">
          <Link to="/conversations/generate" className={buttonLook('primary')}>
            {t('training.generate')}
          </Link>
          <Link to="/conversations/sources" className={buttonLook()}>
            {t('training.takeReal')}
          </Link>
        </span>
      }
    >
      {t('training.none')}
    </EmptyState>
  )
}

const RowSkeletons = () => (
  <Loading>
    <div className="flex flex-col gap-3">
      {Array.from({ length: 8 }, (_, index) => (
        <Skeleton key={index} className="h-8 w-full" />
      ))}
    </div>
  </Loading>
)
