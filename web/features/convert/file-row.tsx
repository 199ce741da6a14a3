/** One file of the session: what it is, how far it has come, and what can be done with it now. */
import { Download, RotateCw, Trash2, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { FileCategory } from '#contract/messages/files.ts'
import { announce } from '../../lib/announce.ts'
import { cx } from '../../lib/class-names.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { ConfirmIconButton } from '../../ui/confirm-button.tsx'
import { showToast } from '../../ui/toast.tsx'
import { fileSize, shortName } from '../files/describe-file.ts'
import { FileBadge } from '../files/file-icon.tsx'
import { cancel, chooseFormat, remove, retry } from './conversions.ts'
import { downloadJob } from './download.ts'
import { formatOf, shortFormatName } from './formats.ts'
import { isOpen, progressOf, type QueuedFile, stageOf } from './queue.ts'
import { TargetPicker } from './target-picker.tsx'
import { secondsLeft } from './time-left.ts'
import { useSeconds } from './use-seconds.ts'

const categories: readonly (readonly [FileCategory, RegExp])[] = [
  ['pdf', /^pdf$/],
  ['word', /^(docx?|odt|rtf)$/],
  ['excel', /^(xlsx?|ods|csv)$/],
  ['powerpoint', /^(pptx?|odp)$/],
  ['image', /^(jpg|png|webp|avif|gif|tiff|bmp|svg|heic)$/],
  ['audio', /^(mp3|wav|flac|ogg|opus|m4a|aac|aiff|weba|wma)$/],
  ['video', /^(mp4|webm|mkv|mov|avi|mpg|flv|3gp|ogv|wmv)$/],
  ['archive', /^zip$/],
  ['text', /^(txt|md|html|rst|tex|epub)$/],
]

const categoryOf = (format: string): FileCategory =>
  categories.find(([, formats]) => formats.test(format))?.[0] ?? 'other'

const reasons = ['refused', 'timeout', 'too_large', 'crashed', 'bad_output'] as const

interface FileRowProps {
  readonly file: QueuedFile
  /** What it can be converted into. */
  readonly targets: readonly string[]
  /** It is no longer there; whoever shows the rows moves the focus on. */
  readonly onRemoved: () => void
}

export const FileRow = ({ file, targets, onRemoved }: FileRowProps) => {
  const { t } = useTranslation()
  const { id, name, job } = file
  const stage = stageOf(file)
  const isDone = stage === 'completed'
  const shown = isDone ? (job?.output_filename ?? name) : name
  const format = formatOf(shown)
  const failed = (error: unknown) => showToast({ text: errorText(t, error), tone: 'danger' })
  const takeOut = () => {
    remove(file).then(() => {
      announce(t('convert.announceRemoved', { name }))
      onRemoved()
    }, failed)
  }
  const canRetry = stage === 'refused' ? file.error?.retryable === true : stage === 'failed' && isOpen(file)
  const wasStopped = stage === 'failed' && job?.error_type === 'cancelled'
  return (
    <li className="relative flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-hairline py-3">
      <FileBadge category={categoryOf(format)} extension={format} />
      <span className="min-w-0 flex-1 basis-44">
        <span className="block truncate" title={shown}>
          {shortName(shown, 48)}
        </span>
        <span className="block text-small text-soft">
          <State file={file} canConvert={targets.length > 0} />
        </span>
      </span>
      <span className="ms-auto flex shrink-0 items-center gap-1">
        {isOpen(file) && file.wanted === null && targets.length > 0 && (
          <TargetPicker
            text={t('convert.to')}
            label={t('convert.toNamed', { name })}
            formats={targets}
            onChoose={(target) => chooseFormat([id], target)}
          />
        )}
        {isDone && (
          <Button
            icon={Download}
            aria-label={t('convert.downloadNamed', { name: shown })}
            onClick={() => downloadJob(id).catch(failed)}
          >
            {t('convert.download')}
          </Button>
        )}
        {canRetry && !wasStopped && (
          <IconButton small label={t('convert.retryNamed', { name })} icon={RotateCw} onClick={() => retry(file)} />
        )}
        {stage === 'queued' || stage === 'processing' ? (
          <IconButton
            small
            label={t('convert.cancelNamed', { name })}
            icon={X}
            onClick={() => void cancel(id).catch(failed)}
          />
        ) : file.upload === 'stored' ? (
          <ConfirmIconButton
            label={t('convert.removeNamed', { name })}
            question={t('convert.removeConfirm', { name })}
            icon={Trash2}
            onConfirm={takeOut}
          />
        ) : (
          <IconButton
            small
            label={t(stage === 'sending' ? 'convert.cancelNamed' : 'convert.removeNamed', { name })}
            icon={X}
            onClick={takeOut}
          />
        )}
      </span>
      <Bar file={file} />
    </li>
  )
}

const State = ({ file, canConvert }: { readonly file: QueuedFile; readonly canConvert: boolean }) => {
  const { t, i18n } = useTranslation()
  const now = useSeconds(file.heldUntil !== null)
  const { job, wanted, heldUntil } = file
  const stage = stageOf(file)
  const size = fileSize(file.size, i18n.language)
  const format = shortFormatName(wanted ?? job?.target_format ?? '')
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(progressOf(file) ?? 0)
  const then = wanted === null ? '' : `, ${t('convert.thenTo', { format })}`
  if (heldUntil !== null && heldUntil > now) {
    return <>{t('convert.held', { time: secondsLeft(heldUntil - now, i18n.language) })}</>
  }
  switch (stage) {
    case 'waiting':
      return <>{t('convert.waiting') + then}</>
    case 'sending':
      if (file.sent === file.size) return <>{t('convert.checking') + then}</>
      return <span className="tabular-nums">{t('convert.uploading', { percent, size }) + then}</span>
    case 'refused':
      return <Problem>{errorText(t, file.error)}</Problem>
    case 'ready':
      if (file.error) return <Problem>{errorText(t, file.error)}</Problem>
      return <>{canConvert ? `${t('convert.ready')} · ${size}` : t('convert.nothingFits')}</>
    case 'asking':
      return <>{t('convert.starting')}</>
    case 'queued':
      return <>{t('convert.queued', { format })}</>
    case 'processing':
      return (
        <span className="tabular-nums">
          {job?.progress == null
            ? t('convert.processing', { format })
            : t('convert.processingShare', { format, percent })}
        </span>
      )
    case 'completed':
      return (
        <>
          {t('convert.completed')}
          {job?.output_size != null && ` · ${fileSize(job.output_size, i18n.language)}`}
        </>
      )
    case 'failed': {
      if (file.error) return <Problem>{errorText(t, file.error)}</Problem>
      if (job?.error_type === 'cancelled') return <>{t('convert.stopped')}</>
      const reason = reasons.find((one) => one === job?.error_type)
      return <Problem>{reason ? t(`convert.reason_${reason}`) : (job?.error_message ?? t('convert.failed'))}</Problem>
    }
  }
}

const Problem = ({ children }: { readonly children: string }) => (
  <span role="alert" className="text-danger">
    {children}
  </span>
)

/** Along the lower edge of the row; it pulses where nobody knows how far it is. */
const Bar = ({ file }: { readonly file: QueuedFile }) => {
  const { t } = useTranslation()
  const stage = stageOf(file)
  if (stage !== 'sending' && stage !== 'processing') return null
  const share = progressOf(file)
  return (
    <span
      role="progressbar"
      aria-label={t(stage === 'sending' ? 'convert.uploadingNamed' : 'convert.convertingNamed', { name: file.name })}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.round(share * 100)}
      className="absolute inset-x-0 -bottom-px h-0.5 overflow-hidden bg-hairline"
    >
      <span
        className={cx(
          'block h-full origin-left bg-accent',
          share === null ? 'pulse' : 'transition-transform duration-150',
        )}
        style={{ transform: `scaleX(${share ?? 1})` }}
      />
    </span>
  )
}
