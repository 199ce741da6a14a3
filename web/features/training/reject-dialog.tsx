/** Why something is rejected: it must be said. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormError } from '../../ui/states.tsx'
import { TextArea } from '../../ui/text-area.tsx'

export const RejectDialog = ({
  isWorking,
  error,
  onClose,
  onReject,
}: {
  readonly isWorking: boolean
  readonly error: unknown
  readonly onClose: () => void
  readonly onReject: (reason: string) => void
}) => {
  const { t } = useTranslation()
  const [reason, setReason] = useState('')
  const [isMissing, setMissing] = useState(false)
  return (
    <Dialog open onClose={onClose} title={t('training.rejectTitle')}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          setMissing(reason.trim() === '')
          if (reason.trim() !== '') onReject(reason.trim())
        }}
      >
        <TextArea
          label={t('training.reason')}
          value={reason}
          maxLength={5000}
          error={isMissing ? t('training.reasonMissing') : null}
          onChange={(event) => setReason(event.target.value)}
        />
        {error !== null && error !== undefined && <FormError>{errorText(t, error)}</FormError>}
        <div className="flex gap-2">
          <Button type="submit" look="danger" disabled={isWorking}>
            {t('training.reject')}
          </Button>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
        </div>
      </form>
    </Dialog>
  )
}
