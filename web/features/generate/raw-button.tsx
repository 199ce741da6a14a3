/** Downloads what the model answered, byte for byte. */
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { downloadFile, useDownloadState } from '../training/download-file.ts'

export const RawButton = ({ conversationId }: { readonly conversationId: string }) => {
  const { t } = useTranslation()
  const { isWorking, error } = useDownloadState(conversationId, 'raw')
  return (
    <>
      <button
        type="button"
        disabled={isWorking}
        className="min-h-6 rounded text-accent underline underline-offset-4 disabled:opacity-50 pointer-coarse:min-h-10"
        onClick={() => void downloadFile(conversationId, 'raw')}
      >
        {t('generate.raw')}
      </button>
      {error !== undefined && (
        <span role="alert" className="text-danger">
          {errorText(t, error)}
        </span>
      )}
    </>
  )
}
