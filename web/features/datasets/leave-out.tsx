/** Leaves a conversation out of the versions to come, and takes it back. */
import { useTranslation } from 'react-i18next'
import { announce } from '../../lib/announce.ts'
import { Button } from '../../ui/button.tsx'
import { FormError } from '../../ui/states.tsx'
import { memberErrorText, useChangeMembers } from './change-members.ts'

export const LeaveOut = ({
  datasetId,
  id,
  title,
  isOut,
  isNamed,
}: {
  readonly datasetId: string
  readonly id: string
  readonly title: string
  /** Whether it is left out already. */
  readonly isOut: boolean
  /** Whether it is taken back by name; of another the filter decides. */
  readonly isNamed: boolean
}) => {
  const { t } = useTranslation()
  const change = useChangeMembers()
  const onClick = () => {
    if (change.isPending) return
    const lists = isOut ? (isNamed ? { include: [id] } : { forget: [id] }) : { exclude: [id] }
    const said = t(isOut ? 'datasets.isBack' : 'datasets.isLeftOut', { title })
    change.mutate({ datasetId, ...lists }, { onSuccess: () => announce(said) })
  }
  return (
    <>
      {/* One button for both, so that the focus stays. */}
      <Button
        look="quiet"
        className="-me-2 px-2! aria-disabled:opacity-50"
        aria-label={t(isOut ? 'datasets.takeBackOf' : 'datasets.leaveOutOf', { title })}
        aria-disabled={change.isPending}
        onClick={onClick}
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
