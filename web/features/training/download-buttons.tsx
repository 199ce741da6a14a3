/** The files of a conversation (contracts, 0.7): the final one, and the model's raw answer where there is one. */
import { FileCode, FileJson } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { TrainingConversation } from '#contract/training/index.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { Button } from '../../ui/button.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { FormError } from '../../ui/states.tsx'
import { type DownloadKind, downloadFile, useDownloadState } from './download-file.ts'

export const DownloadButtons = ({ conversation }: { readonly conversation: TrainingConversation }) => {
  const { conversation_id: id, file_path: file, raw_response_path: raw } = conversation
  return (
    <div className="flex flex-wrap gap-2">
      {file !== null && <DownloadButton id={id} kind="final" />}
      {raw !== null && <DownloadButton id={id} kind="raw" />}
    </div>
  )
}

const DownloadButton = ({ id, kind }: { readonly id: string; readonly kind: DownloadKind }) => {
  const { t } = useTranslation()
  const { isWorking, error } = useDownloadState(id, kind)
  return (
    <div className="flex flex-col items-start gap-2">
      <Button disabled={isWorking} onClick={() => void downloadFile(id, kind)}>
        {isWorking ? (
          <Spinner />
        ) : kind === 'final' ? (
          <FileJson size={18} strokeWidth={1.75} aria-hidden />
        ) : (
          <FileCode size={18} strokeWidth={1.75} aria-hidden />
        )}
        {isWorking
          ? t('training.generatingLink')
          : t(kind === 'final' ? 'training.downloadFinal' : 'training.downloadRaw')}
      </Button>
      {error !== undefined && <FormError>{failureText(t, error, kind)}</FormError>}
    </div>
  )
}

/** In the document's words: the server's own sentence where it answered, and one of ours where it did not. */
const failureText = (t: ReturnType<typeof useTranslation>['t'], thrown: unknown, kind: DownloadKind): string => {
  const error = asRequestError(thrown)
  if (error.status === 0) return t(kind === 'final' ? 'training.downloadBroke' : 'training.downloadRawBroke')
  return t('training.downloadFailed', { reason: errorText(t, error) })
}
