/** What can be done with all that is selected at once; and how many there are. */
import { Archive, Check, Download, ListPlus, X } from 'lucide-react'
import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { announce } from '../../lib/announce.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmButton } from '../../ui/confirm-button.tsx'
import { FormError } from '../../ui/states.tsx'
import { AddToDataset } from '../datasets/add-to-dataset.tsx'
import { useChangeMany } from './change-many.ts'
import { usePrepareDownloads } from './prepare-downloads.ts'
import { RejectDialog } from './reject-dialog.tsx'

export const BulkBar = ({
  selected,
  unapproved,
  total,
  isExact,
  onDone,
}: {
  readonly selected: string[]
  /** How many of the selected are not approved. */
  readonly unapproved: number
  readonly total: number
  readonly isExact: boolean
  readonly onDone: () => void
}) => {
  const { t, i18n } = useTranslation()
  const change = useChangeMany()
  const prepare = usePrepareDownloads()
  const [isRejecting, setRejecting] = useState(false)
  const [isAdding, setAdding] = useState(false)
  const act = (action: 'approve' | 'reject' | 'archive' | 'delete', reason?: string) =>
    change.mutate(
      { action, ids: selected, ...(reason === undefined ? {} : { reason }) },
      {
        onSuccess: ({ changed, unchanged }) => {
          announce(t('training.changed', { changed, unchanged }))
          setRejecting(false)
          onDone()
        },
      },
    )
  const failure = change.error ?? prepare.error
  return (
    <div className="flex min-h-10 flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <p role="status" className="me-2 text-small text-soft">
          {selected.length > 0
            ? t('training.selectedCount', { count: selected.length })
            : t(isExact ? 'training.total' : 'training.totalAtLeast', {
                count: total,
                total: new Intl.NumberFormat(i18n.language).format(total),
              })}
        </p>
        {selected.length > 0 && (
          <>
            <Button icon={Check} disabled={change.isPending} onClick={() => act('approve')}>
              {t('training.approve')}
            </Button>
            <Button icon={X} disabled={change.isPending} onClick={() => setRejecting(true)}>
              {t('training.reject')}
            </Button>
            <Button icon={Archive} disabled={change.isPending} onClick={() => act('archive')}>
              {t('training.archive')}
            </Button>
            <Button icon={ListPlus} onClick={() => setAdding(true)}>
              {t('datasets.addTo')}
            </Button>
            <Button icon={Download} disabled={prepare.isPending} onClick={() => prepare.mutate(selected)}>
              {t('training.downloadZip')}
            </Button>
            <ConfirmButton
              label={t('training.delete')}
              question={t('training.deleteQuestion', { count: selected.length })}
              onConfirm={() => act('delete')}
            />
          </>
        )}
      </div>
      {prepare.isSuccess && (
        <p role="status" className="text-small">
          {t('training.zipBegun')}{' '}
          <Link to="/conversations/exports" className="text-accent underline">
            {t('training.toExports')}
          </Link>
        </p>
      )}
      {failure && <FormError>{errorText(t, failure)}</FormError>}
      {isAdding && <AddToDataset conversationIds={selected} unapproved={unapproved} onClose={() => setAdding(false)} />}
      {isRejecting && (
        <RejectDialog
          isWorking={change.isPending}
          error={change.error}
          onClose={() => setRejecting(false)}
          onReject={(reason) => act('reject', reason)}
        />
      )}
    </div>
  )
}
