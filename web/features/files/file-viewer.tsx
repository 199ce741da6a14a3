/** One file over everything else, with what can be done with it, and the way to the files before and after it. */
import { Dialog as Base } from '@base-ui/react/dialog'
import { Check, ChevronLeft, ChevronRight, Download, ExternalLink, Link2, MessageSquareText, X } from 'lucide-react'
import { useEffect, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../lib/announce.ts'
import { copyText } from '../../lib/copy-text.ts'
import { cx } from '../../lib/class-names.ts'
import { IconButton, iconButtonLook } from '../../ui/button.tsx'
import { Loading, Skeleton } from '../../ui/states.tsx'
import { tip } from '../../ui/tooltip.tsx'
import { fileSize, listedTime } from './describe-file.ts'
import { type Conversion, ConvertMenu, ConvertStrip, useConversion } from './convert-menu.tsx'
import { FilePreview } from './file-preview.tsx'
import { fileUrl, type ShownFile } from './shown-file.ts'

interface FileViewerProps {
  readonly open: boolean
  readonly onClose: () => void
  /** Null while it is on its way. */
  readonly file: ShownFile | null
  /** Its place among `total`, counted from 1. */
  readonly place: number
  readonly total: number
  readonly onMove: (step: -1 | 1) => void
  readonly onViewMessage?: ((messageId: string) => void) | undefined
  /** What is given the focus afterwards; nothing said: what had it before. */
  readonly finalFocus?: (() => HTMLElement | null) | undefined
}

/** Where the arrow keys are somebody else's: players, fields, and what scrolls sideways. */
const OWN_KEYS = 'video, audio, input, textarea, select, pre, .table-frame, [data-own-keys]'

export const FileViewer = ({ open, onClose, finalFocus, ...shown }: FileViewerProps) => (
  <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
    <Base.Portal>
      <Base.Backdrop className="fade fixed inset-0 z-50 bg-scrim" forceRender />
      <Base.Popup
        data-testid="file-viewer"
        finalFocus={finalFocus}
        className="fade fixed inset-0 z-50 flex flex-col bg-paper outline-none"
        onKeyDown={arrowsMove(shown.onMove, shown.place, shown.total)}
      >
        <Shown {...shown} />
      </Base.Popup>
    </Base.Portal>
  </Base.Root>
)

const arrowsMove = (onMove: FileViewerProps['onMove'], place: number, total: number) => (event: KeyboardEvent) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  if ((event.target as Element).closest(OWN_KEYS)) return
  const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0
  if (step === 0 || place + step < 1 || place + step > total) return
  event.preventDefault()
  onMove(step)
}

const Shown = ({
  file,
  place,
  total,
  onMove,
  onViewMessage,
}: Omit<FileViewerProps, 'open' | 'onClose' | 'finalFocus'>) => {
  const { t } = useTranslation()
  const conversion = useConversion(file)
  return (
    <>
      <header className="flex min-h-14 shrink-0 flex-wrap items-center gap-x-4 border-b border-hairline py-1 ps-4 pe-2">
        <div className="min-w-0 flex-1 basis-48 py-1">
          <Base.Title className="truncate font-strong">{file?.name ?? t('files.loading')}</Base.Title>
          {file && <Facts file={file} place={place} total={total} />}
        </div>
        <div className="flex shrink-0 items-center gap-1 max-desk:order-2 max-desk:w-full">
          {file && <Actions file={file} conversion={conversion} onViewMessage={onViewMessage} />}
        </div>
        <Base.Close
          aria-label={t('common.close')}
          className={iconButtonLook()}
          data-testid="close-preview-button"
          {...tip(t('common.close'), { keys: 'Esc' })}
        >
          <X size={18} strokeWidth={1.75} aria-hidden />
        </Base.Close>
      </header>
      <ConvertStrip conversion={conversion} />
      <div className="relative flex min-h-0 flex-1 flex-col bg-sunk">
        {file ? (
          <FilePreview key={file.id} file={file} />
        ) : (
          <Loading>
            <Skeleton className="m-6 h-64" />
          </Loading>
        )}
        <Arrow side="start" label={t('files.previous')} disabled={place <= 1} onClick={() => onMove(-1)} />
        <Arrow side="end" label={t('files.next')} disabled={place >= total} onClick={() => onMove(1)} />
      </div>
    </>
  )
}

/** Stays where it is at either end, so that the focus does not fall off it. */
const Arrow = ({
  side,
  label,
  disabled,
  onClick,
}: {
  readonly side: 'start' | 'end'
  readonly label: string
  readonly disabled: boolean
  readonly onClick: () => void
}) => (
  <div className={cx('absolute top-1/2 -translate-y-1/2', side === 'start' ? 'start-2' : 'end-2')}>
    <IconButton
      label={label}
      keys={side === 'start' ? '←' : '→'}
      icon={side === 'start' ? ChevronLeft : ChevronRight}
      aria-disabled={disabled}
      className={cx('rounded-full! border border-hairline bg-raised shadow-float', disabled && 'invisible')}
      onClick={() => !disabled && onClick()}
    />
  </div>
)

const Facts = ({
  file,
  place,
  total,
}: {
  readonly file: ShownFile
  readonly place: number
  readonly total: number
}) => {
  const { t, i18n } = useTranslation()
  const facts = [
    total > 1 ? t('files.place', { place, total: new Intl.NumberFormat(i18n.language).format(total) }) : null,
    fileSize(file.size, i18n.language),
    listedTime(file.sharedAt),
    file.senderName,
  ]
  return <p className="truncate text-small text-soft tabular-nums">{facts.filter(Boolean).join(' · ')}</p>
}

const Actions = ({
  file,
  conversion,
  onViewMessage,
}: {
  readonly file: ShownFile
  readonly conversion: Conversion
  readonly onViewMessage: FileViewerProps['onViewMessage']
}) => {
  const { t } = useTranslation()
  const { messageId } = file
  return (
    <>
      <a
        href={fileUrl(file.id)}
        download={file.name}
        aria-label={t('files.download')}
        className={iconButtonLook()}
        data-testid="preview-action-download"
        {...tip(t('files.download'))}
      >
        <Download size={18} strokeWidth={1.75} aria-hidden />
      </a>
      <a
        href={fileUrl(file.id, 'inline')}
        target="_blank"
        rel="noopener"
        aria-label={t('files.openInTab')}
        className={iconButtonLook()}
        data-testid="preview-action-open"
        {...tip(t('files.openInTab'))}
      >
        <ExternalLink size={18} strokeWidth={1.75} aria-hidden />
      </a>
      <ConvertMenu file={file} conversion={conversion} />
      <CopyLink key={file.id} id={file.id} />
      {onViewMessage && messageId !== null && (
        <IconButton
          label={t('files.viewMessage')}
          icon={MessageSquareText}
          data-testid="preview-action-view-message"
          onClick={() => onViewMessage(messageId)}
        />
      )}
    </>
  )
}

const CopyLink = ({ id }: { readonly id: string }) => {
  const { t } = useTranslation()
  const [said, setSaid] = useState<'common.copied' | 'common.copyFailed' | null>(null)
  useEffect(() => {
    if (!said) return
    const timer = setTimeout(() => setSaid(null), 1600)
    return () => clearTimeout(timer)
  }, [said])
  return (
    <IconButton
      label={t(said ?? 'files.copyLink')}
      icon={said === 'common.copied' ? Check : Link2}
      data-testid="preview-action-copy-link"
      onClick={async () => {
        const outcome = (await copyText(new URL(fileUrl(id), location.origin).href))
          ? 'common.copied'
          : 'common.copyFailed'
        setSaid(outcome)
        announce(t(outcome))
      }}
    />
  )
}
