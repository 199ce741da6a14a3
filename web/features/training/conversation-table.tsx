/** The rows of the dashboard. On a phone a row shows its title and what matters below it. */
import { ArrowDown, ArrowUp, CircleAlert, FileJson } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ReviewStatus, TrainingConversation, TrainingSort } from '#contract/training/index.ts'
import { cx } from '../../lib/class-names.ts'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { useNow } from '../../lib/use-now.ts'
import { IconButton } from '../../ui/button.tsx'
import type { DashboardSearch } from './dashboard-search.ts'
import { downloadFile, useDownloadState } from './download-file.ts'

const cell = 'px-2 py-2 text-start align-top'

export const ConversationTable = ({
  conversations,
  search,
  selected,
  onSelect,
  onOpen,
  onSort,
}: {
  readonly conversations: readonly TrainingConversation[]
  readonly search: DashboardSearch
  readonly selected: ReadonlySet<string>
  readonly onSelect: (ids: ReadonlySet<string>) => void
  readonly onOpen: (id: string) => void
  readonly onSort: (sort: TrainingSort, direction: 'asc' | 'desc') => void
}) => {
  const { t } = useTranslation()
  const all = conversations.every(({ conversation_id: id }) => selected.has(id))
  const sortedBy = search.sort ?? 'created_at'
  const direction = search.direction ?? 'desc'
  const heading = (sort: TrainingSort, label: string, look?: string) => {
    const isHere = sort === sortedBy
    const Arrow = direction === 'asc' ? ArrowUp : ArrowDown
    return (
      <th
        scope="col"
        aria-sort={isHere ? (direction === 'asc' ? 'ascending' : 'descending') : undefined}
        className={cx('px-2 py-1 text-start font-strong whitespace-nowrap', look)}
      >
        <button
          type="button"
          className="inline-flex min-h-8 items-center gap-1 rounded hover:text-ink"
          onClick={() => onSort(sort, isHere && direction === 'desc' ? 'asc' : 'desc')}
        >
          {label}
          {isHere && <Arrow size={14} strokeWidth={1.75} aria-hidden />}
        </button>
      </th>
    )
  }
  return (
    <table className="w-full border-collapse text-start">
      <caption className="sr-only">{t('training.conversations')}</caption>
      <thead className="border-b border-hairline text-small text-soft">
        <tr>
          <th scope="col" className="w-8 py-1 text-start">
            <input
              type="checkbox"
              aria-label={t('training.selectPage')}
              className="size-4 accent-accent"
              checked={all}
              onChange={() => onSelect(new Set(all ? [] : conversations.map(({ conversation_id: id }) => id)))}
            />
          </th>
          {heading('title', t('training.titleColumn'))}
          <th scope="col" className="hidden px-2 py-1 text-start font-strong desk:table-cell">
            {t('training.tier')}
          </th>
          <th scope="col" className="hidden px-2 py-1 text-start font-strong desk:table-cell">
            {t('training.status')}
          </th>
          {heading('quality_score', t('training.quality'), 'hidden desk:table-cell')}
          {heading('turn_count', t('training.turns'), 'hidden desk:table-cell')}
          {heading('created_at', t('training.created'), 'hidden desk:table-cell')}
          <th scope="col" className="w-10 py-1">
            <span className="sr-only">{t('training.actions')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {conversations.map((conversation) => (
          <Row
            key={conversation.conversation_id}
            conversation={conversation}
            isSelected={selected.has(conversation.conversation_id)}
            onSelect={(isSelected) => {
              const next = new Set(selected)
              if (isSelected) next.add(conversation.conversation_id)
              else next.delete(conversation.conversation_id)
              onSelect(next)
            }}
            onOpen={() => onOpen(conversation.conversation_id)}
          />
        ))}
      </tbody>
    </table>
  )
}

const Row = ({
  conversation,
  isSelected,
  onSelect,
  onOpen,
}: {
  readonly conversation: TrainingConversation
  readonly isSelected: boolean
  readonly onSelect: (isSelected: boolean) => void
  readonly onOpen: () => void
}) => {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const { conversation_id: id, title, tier, status, quality_score: quality } = conversation
  const score =
    quality === null
      ? '–'
      : new Intl.NumberFormat(i18n.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(quality)
  return (
    <tr
      className={cx('cursor-pointer border-b border-hairline hover:bg-hover', isSelected && 'bg-wash')}
      onClick={onOpen}
    >
      <td className="py-2.5 align-top" onClick={(event) => event.stopPropagation()}>
        <input
          type="checkbox"
          aria-label={t('training.select', { title })}
          className="size-4 accent-accent"
          checked={isSelected}
          onChange={(event) => onSelect(event.target.checked)}
        />
      </td>
      <td className={cx(cell, 'min-w-0')}>
        <button
          type="button"
          data-conversation={id}
          className="rounded text-start font-strong break-words hover:underline"
          onClick={(event) => {
            event.stopPropagation()
            onOpen()
          }}
        >
          {title}
        </button>
        {conversation.requires_manual_review && (
          <span className="ms-2 inline-flex items-center gap-1 text-small text-danger">
            <CircleAlert size={14} strokeWidth={1.75} aria-hidden /> {t('training.flagged')}
          </span>
        )}
        <span className="block text-small text-soft desk:hidden">
          {[t(`training.status_${status}`), score, t('training.turnCount', { count: conversation.turn_count })].join(
            ' · ',
          )}
        </span>
      </td>
      <td className={cx(cell, 'hidden desk:table-cell')}>{t(`training.tier_${tier}`)}</td>
      <td className={cx(cell, 'hidden whitespace-nowrap desk:table-cell')}>
        <StatusMark status={status} /> {t(`training.status_${status}`)}
      </td>
      <td className={cx(cell, 'hidden tabular-nums desk:table-cell')}>{score}</td>
      <td className={cx(cell, 'hidden tabular-nums desk:table-cell')}>{conversation.turn_count}</td>
      <td className={cx(cell, 'hidden whitespace-nowrap text-soft desk:table-cell')}>
        <time dateTime={conversation.created_at} title={exactTime(conversation.created_at, i18n.language)}>
          {relativeTime(conversation.created_at, now, i18n.language)}
        </time>
      </td>
      <td className="py-1 align-top" onClick={(event) => event.stopPropagation()}>
        {conversation.file_path !== null && <DownloadIcon id={id} title={title} />}
      </td>
    </tr>
  )
}

const DownloadIcon = ({ id, title }: { readonly id: string; readonly title: string }) => {
  const { t } = useTranslation()
  const { isWorking } = useDownloadState(id, 'final')
  return (
    <IconButton
      small
      label={t('training.downloadOf', { title })}
      icon={FileJson}
      disabled={isWorking}
      onClick={() => void downloadFile(id, 'final')}
    />
  )
}

const marks: Record<ReviewStatus, string> = {
  pending_review: 'border border-edge',
  approved: 'bg-accent',
  rejected: 'bg-danger',
  archived: 'bg-hover border border-edge',
}

/** Beside the word, which says it too. */
const StatusMark = ({ status }: { readonly status: ReviewStatus }) => (
  <span className={cx('inline-block size-2 rounded-full', marks[status])} aria-hidden />
)
