/** The files of one page: pictures and videos as squares, documents as rows. Rows that are out of sight cost no layout and no paint. */
import { memo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { PlayMark } from './attachments.tsx'
import { extensionOf, fileSize, listedTime, shortName } from './describe-file.ts'
import { FileBadge, FileIcon } from './file-icon.tsx'
import { thumbnailUrl, type ShownFile } from './shown-file.ts'

interface FilesProps {
  readonly files: readonly ShownFile[]
  readonly onOpen: (file: ShownFile) => void
}

export const columns = 'grid grid-cols-2 gap-3 min-[600px]:grid-cols-3 min-[992px]:grid-cols-4 min-[1201px]:grid-cols-5'

const Tile = memo(({ file, onOpen }: { readonly file: ShownFile; readonly onOpen: FilesProps['onOpen'] }) => {
  const { i18n } = useTranslation()
  const [isBroken, setIsBroken] = useState(file.thumbnailUrl === null)
  return (
    <li className="min-w-0 [contain-intrinsic-size:auto_250px] [content-visibility:auto]">
      <button
        type="button"
        data-testid={`file-preview-${file.id}`}
        className="block w-full rounded text-start -outline-offset-2!"
        onClick={() => onOpen(file)}
      >
        <span className="relative flex aspect-square w-full items-center justify-center overflow-hidden rounded bg-sunk">
          {isBroken ? (
            <FileIcon category={file.category} size={32} />
          ) : (
            <img
              src={thumbnailUrl(file.id, 'large')}
              alt=""
              loading="lazy"
              decoding="async"
              className="size-full object-cover"
              onError={() => setIsBroken(true)}
            />
          )}
          {file.category === 'video' && <PlayMark duration={file.duration} />}
        </span>
        <span className="block truncate pt-1 text-small" title={file.name}>
          <span aria-hidden>{shortName(file.name)}</span>
          <span className="sr-only">{file.name}</span>
        </span>
        <span className="block text-small text-soft tabular-nums">{fileSize(file.size, i18n.language)}</span>
      </button>
    </li>
  )
})

export const MediaGrid = ({ files, onOpen }: FilesProps) => (
  <ul className={columns} data-testid="media-grid">
    {files.map((file) => (
      <Tile key={file.id} file={file} onOpen={onOpen} />
    ))}
  </ul>
)

const rowLook = 'grid items-center gap-x-4 desk:grid-cols-[2.5rem_minmax(0,1fr)_5.5rem_9rem_minmax(0,11rem)]'

const Row = memo(({ file, onOpen }: { readonly file: ShownFile; readonly onOpen: FilesProps['onOpen'] }) => {
  const { i18n } = useTranslation()
  return (
    <li className="border-b border-hairline [contain-intrinsic-size:auto_57px] [content-visibility:auto] last:border-0">
      <button
        type="button"
        data-testid={`file-preview-${file.id}`}
        className={`${rowLook} w-full grid-cols-[2.5rem_minmax(0,1fr)] rounded px-2 py-2 text-start transition-colors hover:bg-hover -outline-offset-2!`}
        onClick={() => onOpen(file)}
      >
        <FileBadge category={file.category} extension={extensionOf(file.name)} />
        <span className="min-w-0">
          <span className="line-clamp-2 wrap-anywhere desk:line-clamp-1" title={file.name}>
            {file.name}
          </span>
          <span className="block truncate text-small text-soft tabular-nums desk:hidden">
            {[fileSize(file.size, i18n.language), listedTime(file.sharedAt), file.senderName].join(' · ')}
          </span>
        </span>
        <span className="hidden text-small text-soft tabular-nums desk:block">
          {fileSize(file.size, i18n.language)}
        </span>
        <time dateTime={file.sharedAt} className="hidden text-small text-soft tabular-nums desk:block">
          {listedTime(file.sharedAt)}
        </time>
        <span className="hidden truncate text-small text-soft desk:block">{file.senderName}</span>
      </button>
    </li>
  )
})

export const DocumentRows = ({ files, onOpen }: FilesProps) => {
  const { t } = useTranslation()
  return (
    <>
      <div
        className={`${rowLook} hidden border-b border-hairline px-2 pb-2 text-small font-strong text-soft desk:grid`}
        aria-hidden
      >
        <span />
        <span>{t('files.fileName')}</span>
        <span>{t('files.size')}</span>
        <span>{t('files.sent')}</span>
        <span>{t('files.sender')}</span>
      </div>
      <ul data-testid="document-list">
        {files.map((file) => (
          <Row key={file.id} file={file} onOpen={onOpen} />
        ))}
      </ul>
    </>
  )
}
