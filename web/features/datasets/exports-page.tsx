/** Every export: how far it is, what it made, and until when that is there. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { buttonLook } from '../../ui/button.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { EmptyState, ErrorState } from '../../ui/states.tsx'
import { RowsWaiting } from '../training/rows-waiting.tsx'
import { TrainingPage } from '../training/training-page.tsx'
import { ExportRow } from './export-row.tsx'
import { listExports } from './list-exports.ts'

export const ExportsPage = () => {
  const { t } = useTranslation()
  const list = useInfiniteQuery(listExports())
  const body = () => {
    if (list.error && !list.data) {
      return <ErrorState title={t('datasets.exportsFailed')} error={list.error} onRetry={() => void list.refetch()} />
    }
    if (!list.data) return <RowsWaiting />
    const all = list.data.pages.flatMap(({ exports }) => exports)
    if (all.length === 0) {
      return (
        <EmptyState
          icon={Download}
          action={
            <Link to="/conversations/datasets" className={buttonLook('primary')}>
              {t('datasets.toDatasets')}
            </Link>
          }
        >
          {t('datasets.noExports')}
        </EmptyState>
      )
    }
    return (
      <div className="flex max-w-[64rem] flex-col gap-4 px-4 pt-2 pb-24 desk:px-6">
        <ul>
          {all.map((each) => (
            <ExportRow key={each.export_id} found={each} />
          ))}
        </ul>
        <MoreButton query={list} />
      </div>
    )
  }
  return (
    <TrainingPage name="exports" title={t('training.exports')}>
      {body()}
    </TrainingPage>
  )
}
