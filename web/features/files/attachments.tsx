/** The files of a message, in its place: pictures in a grid that keeps its room before they come, players, and documents to open. */
import { Download, Play } from 'lucide-react'
import { memo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'
import { iconButtonLook } from '../../ui/button.tsx'
import { tip } from '../../ui/tooltip.tsx'
import { extensionOf, fileSize, playingTime, shortName } from './describe-file.ts'
import { FileBadge } from './file-icon.tsx'
import { openFiles } from './opened-files.ts'
import { fileUrl, previewUrl, thumbnailUrl, type ShownFile } from './shown-file.ts'

/** The room of one picture or player, in pixels. */
const WIDEST = 416
const HIGHEST = 320

/** Width and shape of a picture that stands alone: its own size, made smaller where it is larger than its room. */
const roomOf = ({ dimensions }: ShownFile) => {
  const { width, height } = dimensions ?? { width: 320, height: 240 }
  const scale = Math.min(1, WIDEST / width, HIGHEST / height)
  return { width: Math.max(48, Math.round(width * scale)), aspectRatio: `${width} / ${height}` }
}

interface PieceProps {
  readonly file: ShownFile
  readonly onOpen: () => void
}

const SinglePicture = ({ file, onOpen, onBroken }: PieceProps & { readonly onBroken: () => void }) => {
  const { t } = useTranslation()
  const room = roomOf(file)
  return (
    <button
      type="button"
      aria-label={t('files.open', { name: file.name })}
      className="block max-w-full overflow-hidden rounded bg-sunk"
      style={room}
      onClick={onOpen}
    >
      <img
        src={file.contentType === 'image/gif' ? fileUrl(file.id, 'inline') : thumbnailUrl(file.id, 'large')}
        {...(file.contentType === 'image/gif'
          ? {}
          : {
              srcSet: `${thumbnailUrl(file.id, 'large')} 400w, ${previewUrl(file.id)} 1600w`,
              sizes: `${room.width}px`,
            })}
        alt={file.name}
        loading="lazy"
        decoding="async"
        className="size-full object-cover"
        onError={onBroken}
      />
    </button>
  )
}

const SingleVideo = ({ file }: { readonly file: ShownFile }) => (
  <video
    controls
    preload="none"
    playsInline
    poster={previewUrl(file.id)}
    src={fileUrl(file.id, 'inline')}
    aria-label={file.name}
    className="max-w-full rounded bg-sunk"
    style={roomOf(file.dimensions ? file : { ...file, dimensions: { width: 416, height: 234 } })}
  />
)

const Tile = ({ file, onOpen }: PieceProps) => {
  const { t } = useTranslation()
  const [isBroken, setIsBroken] = useState(false)
  return (
    <button
      type="button"
      aria-label={t('files.open', { name: file.name })}
      className="relative aspect-square overflow-hidden rounded bg-sunk"
      onClick={onOpen}
    >
      {isBroken ? (
        <span className="flex size-full flex-col items-center justify-center gap-1 p-2 text-small text-soft">
          <FileBadge category={file.category} extension={extensionOf(file.name)} />
          <span className="max-w-full truncate">{shortName(file.name)}</span>
        </span>
      ) : (
        <img
          src={thumbnailUrl(file.id, 'large')}
          alt={file.name}
          loading="lazy"
          decoding="async"
          className="size-full object-cover"
          onError={() => setIsBroken(true)}
        />
      )}
      {file.category === 'video' && <PlayMark duration={file.duration} />}
    </button>
  )
}

/** Says that a picture is a video, and how long it is. */
export const PlayMark = ({ duration }: { readonly duration: number | null }) => (
  <>
    <span className="absolute inset-0 flex items-center justify-center" aria-hidden>
      <span className="flex size-10 items-center justify-center rounded-full bg-ink/75 text-paper">
        <Play size={18} className="ms-0.5 fill-current" strokeWidth={1.5} />
      </span>
    </span>
    {duration !== null && (
      <span className="absolute end-1 bottom-1 rounded bg-ink/75 px-1 text-small text-paper tabular-nums">
        {playingTime(duration)}
      </span>
    )}
  </>
)

const Recording = ({ file }: { readonly file: ShownFile }) => {
  const { i18n } = useTranslation()
  return (
    <figure className="w-104 max-w-full rounded border border-hairline p-2">
      <figcaption className="flex items-baseline justify-between gap-3 px-1 pb-1.5 text-small">
        <span className="truncate" title={file.name}>
          {file.name}
        </span>
        <span className="shrink-0 text-soft tabular-nums">
          {file.duration === null ? fileSize(file.size, i18n.language) : playingTime(file.duration)}
        </span>
      </figcaption>
      <audio
        controls
        preload="none"
        src={fileUrl(file.id, 'inline')}
        aria-label={file.name}
        className="block h-10 w-full"
      />
    </figure>
  )
}

const DocumentChip = ({ file, onOpen }: PieceProps) => {
  const { t, i18n } = useTranslation()
  const download = t('files.downloadNamed', { name: file.name })
  return (
    <div className="flex w-104 max-w-full items-center gap-1 rounded border border-hairline pe-1 transition-colors hover:bg-hover">
      <button type="button" className="flex min-w-0 flex-1 items-center gap-3 rounded p-2 text-start" onClick={onOpen}>
        <FileBadge category={file.category} extension={extensionOf(file.name)} />
        <span className="min-w-0">
          <span className="line-clamp-2 wrap-anywhere">{shortName(file.name, 80)}</span>
          <span className="block text-small text-soft tabular-nums">{fileSize(file.size, i18n.language)}</span>
        </span>
      </button>
      <a
        href={fileUrl(file.id)}
        download={file.name}
        aria-label={download}
        className={iconButtonLook()}
        {...tip(download)}
      >
        <Download size={18} strokeWidth={1.75} aria-hidden />
      </a>
    </div>
  )
}

/** Videos have a player whether or not there is a picture of them. */
const isMedia = ({ category, thumbnailUrl: picture }: ShownFile) =>
  category === 'video' || (category === 'image' && picture !== null)

/** `files`: in the order of the message. What is opened can be gone through with the arrow keys. */
export const Attachments = memo(({ files }: { readonly files: readonly ShownFile[] }) => {
  const [broken, setBroken] = useState<ReadonlySet<string>>(new Set())
  if (files.length === 0) return null
  const isPicture = (file: ShownFile) => isMedia(file) && !broken.has(file.id)
  const media = files.filter(isPicture)
  const open = (file: ShownFile) => () => openFiles(files, files.indexOf(file))
  const [only] = media
  return (
    <div className="mt-1 flex flex-col items-start gap-2">
      {media.length === 1 && only && only.category === 'video' && <SingleVideo file={only} />}
      {media.length === 1 && only && only.category === 'image' && (
        <SinglePicture
          file={only}
          onOpen={open(only)}
          onBroken={() => setBroken((present) => new Set(present).add(only.id))}
        />
      )}
      {media.length > 1 && (
        <div
          className={cx(
            'grid w-104 max-w-full gap-1',
            media.length === 2 || media.length === 4 ? 'grid-cols-2' : 'grid-cols-3',
          )}
        >
          {media.map((file) => (
            <Tile key={file.id} file={file} onOpen={open(file)} />
          ))}
        </div>
      )}
      {files
        .filter((file) => !isPicture(file))
        .map((file) =>
          file.category === 'audio' ? (
            <Recording key={file.id} file={file} />
          ) : (
            <DocumentChip key={file.id} file={file} onOpen={open(file)} />
          ),
        )}
    </div>
  )
})
