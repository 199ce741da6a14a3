/** The conversations that the next version begins with, and those that are left out of it. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Dataset, DatasetMember } from '#contract/training/index.ts'
import { Choice } from '../../ui/choice.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { whole } from '../generate/figures.ts'
import { ConversationRow } from './conversation-row.tsx'
import { LeaveOut } from './leave-out.tsx'
import { listMembers } from './list-members.ts'

export const MembersSection = ({
  dataset,
  isChanged,
}: {
  readonly dataset: Dataset
  /** Something else was chosen and is not saved yet. */
  readonly isChanged: boolean
}) => {
  const { t } = useTranslation()
  const [shown, setShown] = useState<'in' | 'out'>('in')
  const isOut = shown === 'out'
  const list = useInfiniteQuery(listMembers(dataset.id, isOut))
  const all = list.data?.pages.flatMap(({ members }) => members) ?? []
  return (
    <section aria-labelledby="members-title" className="flex flex-col gap-3 border-t border-hairline pt-4">
      <h3 id="members-title" className="font-strong">
        {t('datasets.members')}
      </h3>
      {(isOut || dataset.selection.exclude.length > 0) && (
        <Choice
          label={t('datasets.show')}
          value={shown}
          options={[
            { value: 'in', label: t('datasets.membersIn') },
            { value: 'out', label: t('datasets.membersOut') },
          ]}
          onChange={setShown}
        />
      )}
      {isChanged && <p className="text-small text-soft">{t('datasets.membersUnsaved')}</p>}
      {list.error && !list.data ? (
        <ErrorState compact title={t('datasets.itemsFailed')} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <Loading>
          <Skeleton className="h-40 w-full" />
        </Loading>
      ) : all.length === 0 ? (
        <p className="text-soft">{t(isOut ? 'datasets.noneOut' : 'datasets.noMembers')}</p>
      ) : (
        <>
          <ul className="border-t border-hairline">
            {all.map((member) => (
              <MemberRow
                key={member.conversation_id}
                dataset={dataset}
                member={member}
                // What the list of those left out has may not pass the filter.
                isNamed={isOut || member.named || dataset.selection.filter === null}
              />
            ))}
          </ul>
          <MoreButton query={list} />
        </>
      )}
    </section>
  )
}

const MemberRow = ({
  dataset,
  member,
  isNamed,
}: {
  readonly dataset: Dataset
  readonly member: DatasetMember
  /** Whether it comes back by name. */
  readonly isNamed: boolean
}) => {
  const { t, i18n } = useTranslation()
  const { conversation_id: id, title, status, turns, tokens } = member
  const isOut = dataset.selection.exclude.includes(id)
  const number = (value: number) => whole(value, i18n.language)
  const facts = [
    ...(isOut ? [t('datasets.outOfNext')] : dataset.selection.include.includes(id) ? [t('datasets.isNamed')] : []),
    ...(status === 'approved' ? [] : [t(`training.status_${status}`)]),
    t('datasets.turnCount', { count: turns, total: number(turns) }),
    ...(tokens === 0 ? [] : [t('datasets.tokenCount', { count: tokens, total: number(tokens) })]),
  ]
  return (
    <ConversationRow id={id} title={title} facts={facts.join(' · ')}>
      <LeaveOut datasetId={dataset.id} id={id} title={title} isOut={isOut} isNamed={isNamed} />
    </ConversationRow>
  )
}
