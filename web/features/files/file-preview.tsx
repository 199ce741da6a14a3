/** A file, shown large: the picture, the player, the page or the text. What can't be shown is named, and offered for download. */
import { useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight, Download, Maximize, ZoomIn } from 'lucide-react'
import { useEffect, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'
import { buttonLook, IconButton } from '../../ui/button.tsx'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { CodeBlock } from '../chat/code-block.tsx'
import { fetchMarkdown, useMarkdown } from '../chat/use-markdown.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { extensionOf, fileSize } from './describe-file.ts'
import { FileBadge } from './file-icon.tsx'
import { languageOf, previewKind } from './preview-kind.ts'
import { readPdfPages } from './read-pdf-pages.ts'
import { readText } from './read-text.ts'
import { fileUrl, isShownByBrowser, previewUrl, type ShownFile } from './shown-file.ts'

interface PreviewProps {
  readonly file: ShownFile
}

/** Longer Markdown is shown as the text that it is: setting it would hold up the page. In characters. */
const LONGEST_SET = 200_000

const Centred = ({ children }: { readonly children: ReactNode }) => (
  <div className="flex min-h-0 flex-1 items-center justify-center overflow-hidden p-4">{children}</div>
)

const NoPreview = ({ file }: PreviewProps) => {
  const { t, i18n } = useTranslation()
  return (
    <Centred>
      <div className="flex max-w-md flex-col items-center gap-3 text-center" data-testid="no-preview">
        <FileBadge category={file.category} extension={extensionOf(file.name)} />
        <p className="font-strong wrap-anywhere">{file.name}</p>
        <p className="text-soft">
          {t('files.noPreview')} <span className="tabular-nums">{fileSize(file.size, i18n.language)}</span>
        </p>
        <a href={fileUrl(file.id)} download={file.name} className={buttonLook('primary')}>
          <Download size={18} strokeWidth={1.75} aria-hidden />
          {t('files.download')}
        </a>
      </div>
    </Centred>
  )
}

/** Animations move only in their original; other pictures are fitted from a smaller one. */
const fittedSource = ({ id, contentType }: ShownFile) =>
  contentType === 'image/gif' ? fileUrl(id, 'inline') : previewUrl(id)

const fullSource = ({ id, contentType }: ShownFile) =>
  isShownByBrowser(contentType) ? fileUrl(id, 'inline') : previewUrl(id)

const PicturePreview = ({ file }: PreviewProps) => {
  const { t } = useTranslation()
  const [isLarge, setIsLarge] = useState(false)
  const [isBroken, setIsBroken] = useState(false)
  if (isBroken) return <NoPreview file={file} />
  const { width, height } = file.dimensions ?? {}
  return (
    <div className="relative flex min-h-0 flex-1">
      <div
        className={cx('flex min-h-0 min-w-0 flex-1', isLarge ? 'overflow-auto' : 'overflow-hidden p-4')}
        {...(isLarge ? { 'data-own-keys': '', tabIndex: 0, role: 'group', 'aria-label': file.name } : {})}
      >
        <img
          src={isLarge ? fullSource(file) : fittedSource(file)}
          alt={file.name}
          width={width}
          height={height}
          className={cx('m-auto', isLarge ? 'max-w-none' : 'h-auto max-h-full w-auto max-w-full object-contain')}
          onError={() => setIsBroken(true)}
          onDoubleClick={() => setIsLarge(!isLarge)}
        />
      </div>
      <div className="absolute end-4 bottom-4 rounded border border-hairline bg-raised shadow-float">
        <IconButton
          label={t(isLarge ? 'files.fit' : 'files.zoom')}
          icon={isLarge ? Maximize : ZoomIn}
          aria-pressed={isLarge}
          onClick={() => setIsLarge(!isLarge)}
        />
      </div>
    </div>
  )
}

const VideoPreview = ({ file }: PreviewProps) => {
  const [isBroken, setIsBroken] = useState(false)
  if (isBroken) return <NoPreview file={file} />
  return (
    <Centred>
      <video
        controls
        playsInline
        preload="metadata"
        poster={previewUrl(file.id)}
        src={fileUrl(file.id, 'inline')}
        aria-label={file.name}
        width={file.dimensions?.width}
        height={file.dimensions?.height}
        className="h-auto max-h-full w-auto max-w-full rounded"
        onError={() => setIsBroken(true)}
      />
    </Centred>
  )
}

const AudioPreview = ({ file }: PreviewProps) => {
  const [isBroken, setIsBroken] = useState(false)
  if (isBroken) return <NoPreview file={file} />
  return (
    <Centred>
      <div className="flex w-full max-w-md flex-col items-center gap-4">
        <FileBadge category={file.category} extension={extensionOf(file.name)} />
        <audio
          controls
          preload="metadata"
          src={fileUrl(file.id, 'inline')}
          aria-label={file.name}
          className="w-full"
          onError={() => setIsBroken(true)}
        />
      </div>
    </Centred>
  )
}

const PdfPreview = ({ file }: PreviewProps) => {
  const { t } = useTranslation()
  const pages = useQuery({ ...readPdfPages(file.id), retry: false })
  const [page, setPage] = useState(1)
  const [loaded, setLoaded] = useState(0)
  const count = pages.data ?? 1
  const go = (to: number) => setPage(Math.min(Math.max(to, 1), count))

  useEffect(() => {
    // The next page comes while this one is read.
    if (page < count) new Image().src = previewUrl(file.id, page + 1)
  }, [file.id, page, count])

  if (pages.error) {
    const isPictureless = asRequestError(pages.error).status === 404
    return isPictureless ? (
      <NoPreview file={file} />
    ) : (
      <ErrorState title={t('files.loadFailed')} error={pages.error} onRetry={() => void pages.refetch()} />
    )
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'PageDown' && event.key !== 'PageUp') return
    event.preventDefault()
    go(page + (event.key === 'PageDown' ? 1 : -1))
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col" onKeyDown={onKeyDown}>
      <div
        className="flex min-h-0 flex-1 overflow-auto p-4 -outline-offset-2!"
        tabIndex={0}
        role="group"
        aria-label={t('files.pdfPageOf', { page, name: file.name })}
      >
        {loaded !== page && (
          <Loading>
            <Skeleton className="absolute inset-x-4 top-4 mx-auto aspect-[1/1.414] max-h-[80%] max-w-xl" />
          </Loading>
        )}
        {pages.data !== undefined && (
          <img
            key={page}
            src={previewUrl(file.id, page)}
            alt={t('files.pdfPageOf', { page, name: file.name })}
            className="m-auto max-w-full shadow-float desk:max-h-full"
            onLoad={() => setLoaded(page)}
            onError={() => setLoaded(page)}
          />
        )}
      </div>
      <nav
        className="flex shrink-0 items-center justify-center gap-2 border-t border-hairline p-1"
        aria-label={t('files.pages')}
      >
        <IconButton
          label={t('files.previousPage')}
          keys="Page Up"
          icon={ChevronLeft}
          disabled={page === 1}
          onClick={() => go(page - 1)}
        />
        <span className="text-small text-soft tabular-nums" role="status">
          {t('files.pdfPage', { page, pages: count })}
        </span>
        <IconButton
          label={t('files.nextPage')}
          keys="Page Down"
          icon={ChevronRight}
          disabled={page === count}
          onClick={() => go(page + 1)}
        />
      </nav>
    </div>
  )
}

const TextPreview = ({ file, isMarkdown }: PreviewProps & { readonly isMarkdown: boolean }) => {
  const { t } = useTranslation()
  const read = useQuery(readText(file.id, file.size))
  const renderer = useMarkdown()
  useEffect(() => {
    if (isMarkdown) fetchMarkdown()
  }, [isMarkdown])
  if (read.error) {
    return <ErrorState title={t('files.loadFailed')} error={read.error} onRetry={() => void read.refetch()} />
  }
  if (!read.data || (isMarkdown && renderer === null)) {
    return (
      <Loading>
        <div className="mx-auto flex w-full max-w-3xl flex-col gap-3 p-6">
          <Skeleton className="h-4 w-[70%]" />
          <Skeleton className="h-4 w-[92%]" />
          <Skeleton className="h-4 w-[58%]" />
        </div>
      </Loading>
    )
  }
  const { text, isCut } = read.data
  const isSet = isMarkdown && renderer !== null && renderer !== 'missing' && text.length <= LONGEST_SET
  return (
    <div
      className="min-h-0 flex-1 overflow-auto bg-paper -outline-offset-2!"
      tabIndex={0}
      role="group"
      aria-label={file.name}
    >
      <div className={cx('mx-auto px-4 py-6 desk:px-6', isSet ? 'max-w-[calc(72ch+3rem)]' : 'max-w-5xl')}>
        {isSet ? (
          <renderer.Markdown text={text} isWriting={false} />
        ) : (
          <CodeBlock code={text} language={languageOf(file.name)} />
        )}
        {isCut && <p className="pt-4 text-soft">{t('files.cutAt')}</p>}
      </div>
    </div>
  )
}

export const FilePreview = ({ file }: PreviewProps) => {
  switch (previewKind(file)) {
    case 'image':
      return <PicturePreview file={file} />
    case 'video':
      return <VideoPreview file={file} />
    case 'audio':
      return <AudioPreview file={file} />
    case 'pdf':
      return <PdfPreview file={file} />
    case 'markdown':
      return <TextPreview file={file} isMarkdown />
    case 'text':
      return <TextPreview file={file} isMarkdown={false} />
    case 'none':
      return <NoPreview file={file} />
  }
}
