/** Leaves a conversation of a version out of those to come, and takes it back. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { DatasetItem } from '#contract/training/index.ts'
import { announce } from '../../lib/announce.ts'
import { Button } from '../../ui/button.tsx'
import { FormError } from '../../ui/states.tsx'
import { memberErrorText, useChangeMembers } from './change-members.ts'
import { readDataset } from './read-dataset.ts'
import { readVersion, type VersionKey } from './read-version.ts'

export const LeaveOut = ({
  version,
  item,
  isOut,
}: {
  readonly version: VersionKey
  readonly item: DatasetItem
  /** Whether it is left out already. */
  readonly isOut: boolean
}) => {
  const { t } = useTranslation()
  const { datasetId } = version
  const { data: dataset } = useQuery(readDataset(datasetId))
  const { data: frozen } = useQuery(readVersion(version))
  const change = useChangeMembers()
  const { conversation_id: id, title } = item
  if (!dataset || !frozen || title === null) return null
  // What was not in the version was left out for a reason of its own.
  if (!isOut && item.split === null) return null
  const leaveOut = () =>
    change.mutate({ datasetId, exclude: [id] }, { onSuccess: () => announce(t('datasets.isLeftOut', { title })) })
  const takeBack = () => {
    // One that was named is named again; of another the filter decides, as it did.
    const wasNamed = dataset.selection.filter === null || frozen.selection.include.includes(id)
    change.mutate(
      { datasetId, ...(wasNamed ? { include: [id] } : { forget: [id] }) },
      { onSuccess: () => announce(t('datasets.isBack', { title })) },
    )
  }
  return (
    <>
      {/* One button for both, so that the focus stays. */}
      <Button
        look="quiet"
        className="-me-2 px-2! aria-disabled:opacity-50"
        aria-label={t(isOut ? 'datasets.takeBackOf' : 'datasets.leaveOutOf', { title })}
        aria-disabled={change.isPending}
        onClick={() => {
          if (!change.isPending) (isOut ? takeBack : leaveOut)()
        }}
      >
        {t(isOut ? 'common.undo' : 'datasets.leaveOut')}
      </Button>
      {change.error && (
        <div className="basis-full pb-1">
          <FormError>{memberErrorText(t, change.error)}</FormError>
        </div>
      )}
    </>
  )
}
