/** Attaching files to a message that is being written: chosen, dropped or pasted, with the tray that shows how far each has come. */
import { Paperclip, RotateCw, X } from 'lucide-react'
import { useRef, useState, type ClipboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../lib/announce.ts'
import { cx } from '../../lib/class-names.ts'
import { carriesFiles, droppedFiles } from '../../lib/dropped-files.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { IconButton } from '../../ui/button.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useMe } from '../account/read-me.ts'
import { extensionOf, fileSize, shortName } from './describe-file.ts'
import { FileBadge } from './file-icon.tsx'
import { categoryOf, type ShownFile } from './shown-file.ts'
import { isUploading, MOST_FILES, storedFiles, type Upload, type UploadBox } from './upload-box.ts'
import { addFiles, giveBackFiles, localPicture, removeFile, retryFile, takeFiles, useUploadBox } from './uploading.ts'

export interface AttachFiles {
  readonly box: UploadBox
  /** What can go with the message now. */
  readonly files: readonly ShownFile[]
  /** Some are still on their way: the message should wait for them. */
  readonly isUploading: boolean
  readonly add: (files: readonly File[]) => void
  readonly remove: (localId: string) => void
  readonly retry: (localId: string) => void
  /** Empties the tray of what is stored, for the message that takes it along. */
  readonly take: () => readonly ShownFile[]
  /** After a message that could not be sent: its files are in the tray again. */
  readonly giveBack: (files: readonly ShownFile[]) => void
}

/** The files of the message that this person is writing in a conversation, or in one of its threads. */
export const useAttachFiles = (conversationId: string, threadId?: string): AttachFiles => {
  const { t } = useTranslation()
  const of = { personId: useMe().id, conversationId, threadId }
  const box = useUploadBox(of)
  return {
    box,
    files: storedFiles(box),
    isUploading: isUploading(box),
    add: (files) => {
      if (addFiles(of, files) > 0) showToast({ text: t('files.tooMany', { count: MOST_FILES }), tone: 'danger' })
    },
    remove: (id) => removeFile(of, id),
    retry: (id) => retryFile(of, id),
    take: () => takeFiles(of),
    giveBack: (files) => giveBackFiles(of, files),
  }
}

/** A paste that carries files attaches them; anything else is left to the text field. */
export const pasteFiles =
  (add: AttachFiles['add']) =>
  (event: ClipboardEvent): void => {
    const { files } = event.clipboardData
    // Spreadsheets and word processors put a picture of the text beside the text: then it is the text that is meant.
    if (files.length === 0 || event.clipboardData.types.includes('text/plain')) return
    event.preventDefault()
    add([...files])
  }

export const AttachButton = ({ attach }: { readonly attach: AttachFiles }) => {
  const { t } = useTranslation()
  const field = useRef<HTMLInputElement>(null)
  return (
    <>
      <IconButton label={t('files.attach')} icon={Paperclip} onClick={() => field.current?.click()} />
      <input
        ref={field}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        aria-hidden
        data-testid="attach-input"
        onChange={(event) => {
          attach.add([...(event.target.files ?? [])])
          // The same file may be chosen again after it was removed.
          event.target.value = ''
        }}
      />
    </>
  )
}

/** Takes files that are dropped anywhere on what it holds. */
export const DropZone = ({
  attach,
  className,
  children,
}: {
  readonly attach: AttachFiles
  readonly className?: string
  readonly children: ReactNode
}) => {
  const { t } = useTranslation()
  const [isOver, setIsOver] = useState(false)
  return (
    <div
      className={cx('relative', className)}
      onDragOver={(event) => {
        if (!carriesFiles(event)) return
        event.preventDefault()
        event.dataTransfer.dropEffect = 'copy'
        setIsOver(true)
      }}
      onDragLeave={(event) => {
        // Passing from one element inside to another is no leaving.
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setIsOver(false)
      }}
      onDrop={(event) => {
        if (!carriesFiles(event)) return
        event.preventDefault()
        setIsOver(false)
        const { files, folders } = droppedFiles(event)
        if (folders > 0) showToast({ text: t('files.noFolders'), tone: 'danger' })
        if (files.length > 0) attach.add(files)
      }}
    >
      {children}
      {isOver && (
        <div className="pointer-events-none absolute inset-2 z-30 flex items-center justify-center rounded border-2 border-dashed border-accent bg-wash/90">
          <p className="flex items-center gap-2 text-body font-strong text-accent">
            <Paperclip size={20} strokeWidth={1.75} aria-hidden />
            {t('files.drop')}
          </p>
        </div>
      )}
    </div>
  )
}

const Picture = ({ upload }: { readonly upload: Upload }) => {
  const [isBroken, setIsBroken] = useState(false)
  const source = localPicture(upload.localId) ?? upload.file?.thumbnailUrl ?? null
  const category = upload.file?.category ?? categoryOf(upload.contentType)
  if (source === null || isBroken) return <FileBadge category={category} extension={extensionOf(upload.name)} />
  return (
    <img
      src={source}
      alt=""
      width={40}
      height={40}
      className="size-10 shrink-0 rounded bg-sunk object-cover"
      onError={() => setIsBroken(true)}
    />
  )
}

const UploadState = ({ upload }: { readonly upload: Upload }) => {
  const { t, i18n } = useTranslation()
  const size = fileSize(upload.size, i18n.language)
  const share = upload.size === 0 ? 0 : upload.sent / upload.size
  switch (upload.state) {
    case 'waiting':
      return <span>{t('files.waiting')}</span>
    case 'sending':
      return (
        <>
          <span className="tabular-nums">
            {t('files.progress', {
              percent: new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(share),
              size,
            })}
          </span>
          <span
            role="progressbar"
            aria-label={t('files.uploading', { name: upload.name })}
            aria-valuenow={Math.round(share * 100)}
            aria-valuemin={0}
            aria-valuemax={100}
            className="absolute inset-x-0 bottom-0 h-0.5 bg-hairline"
          >
            <span
              className="block h-full origin-left bg-accent transition-transform duration-150"
              style={{ transform: `scaleX(${share})` }}
            />
          </span>
        </>
      )
    case 'failed':
      return (
        <span role="alert" className="text-danger">
          {errorText(t, upload.error)}
        </span>
      )
    case 'stored':
      return <span className="tabular-nums">{size}</span>
  }
}

const TrayItem = ({ upload, attach }: { readonly upload: Upload; readonly attach: AttachFiles }) => {
  const { t } = useTranslation()
  const { localId: id, name, state } = upload
  const isUnderWay = state === 'waiting' || state === 'sending'
  return (
    <li
      className={cx(
        'relative flex w-full items-center gap-2 overflow-hidden rounded border p-1.5 desk:w-64',
        state === 'failed' ? 'border-danger desk:w-full' : 'border-hairline',
      )}
    >
      <Picture upload={upload} />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-small" title={name}>
          {shortName(name, 32)}
        </span>
        <span className="block text-small text-soft">
          <UploadState upload={upload} />
        </span>
      </span>
      {state === 'failed' && (
        <IconButton small label={t('files.retry', { name })} icon={RotateCw} onClick={() => attach.retry(id)} />
      )}
      <IconButton
        small
        label={t(isUnderWay ? 'files.cancel' : 'files.remove', { name })}
        icon={X}
        onClick={() => {
          attach.remove(id)
          announce(t('files.removed', { name }))
        }}
      />
    </li>
  )
}

/** The files of the message, above the field that it is written in. */
export const AttachmentTray = ({ attach }: { readonly attach: AttachFiles }) => {
  const { t } = useTranslation()
  if (attach.box.length === 0) return null
  return (
    <ul
      aria-label={t('files.attached')}
      className="flex max-h-[30vh] flex-wrap gap-2 overflow-y-auto p-2 pb-0"
      data-testid="attachment-tray"
    >
      {attach.box.map((upload) => (
        <TrayItem key={upload.localId} upload={upload} attach={attach} />
      ))}
    </ul>
  )
}
