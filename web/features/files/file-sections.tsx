/** The files of a conversation in its information panel: the newest of each kind, how many there are, and the way to all of them. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { PersonEvent } from '#contract/messages/team.ts'
import { later } from '../../lib/later.ts'
import { onPersonEvent } from '../../lib/person-events.ts'
import { Button } from '../../ui/button.tsx'
import { PanelSection, SectionState } from '../teams/panel-section.tsx'
import { PlayMark } from './attachments.tsx'
import { extensionOf, fileSize, listedTime } from './describe-file.ts'
import { FileBadge, FileIcon } from './file-icon.tsx'
import { listLatestFiles, refreshFiles } from './list-files.ts'
import type { FileKind } from './listing.ts'
import { openFiles } from './opened-files.ts'
import { shownShared, thumbnailUrl, type ShownFile } from './shown-file.ts'

const fetchAllFiles = later(() => import('./all-files.tsx'))
const AllFiles = lazy(() => fetchAllFiles().then(({ AllFiles: component }) => ({ default: component })))

/** How many of each are shown in the panel. */
const LATEST = { media: 6, docs: 3 }

const changesFiles = (event: PersonEvent, conversationId: string): boolean => {
  if (event.type === 'message-posted') {
    return event.message.conversationId === conversationId && event.message.attachments.length > 0
  }
  if (event.type === 'message-deleted') return event.conversationId === conversationId
  return event.type === 'reset'
}

export const FileSections = ({
  conversationId,
  title,
  onViewMessage,
}: {
  readonly conversationId: string
  readonly title: string
  /** Shows a message in its place. */
  readonly onViewMessage: (messageId: string) => void
}) => {
  const queries = useQueryClient()
  const [opened, setOpened] = useState<{ readonly kind: FileKind; readonly open: boolean } | null>(null)
  const close = () => setOpened((present) => present && { ...present, open: false })
  useEffect(
    () =>
      onPersonEvent((event) => {
        if (changesFiles(event, conversationId)) refreshFiles(queries, conversationId)
      }),
    [queries, conversationId],
  )
  return (
    <>
      {(['media', 'docs'] as const).map((kind) => (
        <Section
          key={kind}
          kind={kind}
          conversationId={conversationId}
          onViewAll={() => setOpened({ kind, open: true })}
        />
      ))}
      {opened && (
        <Suspense>
          <AllFiles
            {...opened}
            conversationId={conversationId}
            title={title}
            onClose={close}
            onViewMessage={(messageId) => {
              close()
              onViewMessage(messageId)
            }}
          />
        </Suspense>
      )}
    </>
  )
}

const Section = ({
  kind,
  conversationId,
  onViewAll,
}: {
  readonly kind: FileKind
  readonly conversationId: string
  readonly onViewAll: () => void
}) => {
  const { t, i18n } = useTranslation()
  const latest = useQuery(listLatestFiles(conversationId, kind, LATEST[kind]))
  const files = latest.data?.data.map(shownShared) ?? []
  const count = latest.data?.counts[kind] ?? 0
  return (
    <PanelSection
      title={t(`files.${kind}`)}
      action={
        count > 0 && (
          <Button
            look="quiet"
            className="min-h-8! px-2! text-small! pointer-coarse:min-h-10!"
            data-testid={`view-all-${kind}-button`}
            onPointerEnter={() => void fetchAllFiles()}
            onClick={onViewAll}
          >
            {t('files.viewAll', { total: new Intl.NumberFormat(i18n.language).format(count) })}
          </Button>
        )
      }
    >
      <SectionState
        query={latest}
        isEmpty={files.length === 0}
        empty={t(kind === 'media' ? 'files.noMedia' : 'files.noDocs')}
      >
        {kind === 'media' ? <Thumbnails files={files} /> : <Documents files={files} />}
      </SectionState>
    </PanelSection>
  )
}

const Thumbnails = ({ files }: { readonly files: readonly ShownFile[] }) => {
  const { t } = useTranslation()
  return (
    <ul className="grid grid-cols-3 gap-1">
      {files.map((file, index) => (
        <li key={file.id}>
          <button
            type="button"
            aria-label={t('files.open', { name: file.name })}
            className="relative flex aspect-square w-full items-center justify-center overflow-hidden rounded bg-sunk"
            onClick={() => openFiles(files, index)}
          >
            <FileIcon category={file.category} size={24} />
            {file.thumbnailUrl !== null && (
              // Where no picture can be made of it, the icon behind it shows.
              <img
                src={thumbnailUrl(file.id, 'medium')}
                alt=""
                loading="lazy"
                className="absolute inset-0 size-full object-cover"
                onError={(event) => event.currentTarget.remove()}
              />
            )}
            {file.category === 'video' && <PlayMark duration={null} />}
          </button>
        </li>
      ))}
    </ul>
  )
}

const Documents = ({ files }: { readonly files: readonly ShownFile[] }) => {
  const { i18n } = useTranslation()
  return (
    <ul>
      {files.map((file, index) => (
        <li key={file.id}>
          <button
            type="button"
            className="-mx-2 flex w-[calc(100%+1rem)] items-center gap-3 rounded px-2 py-1.5 text-start transition-colors hover:bg-hover"
            onClick={() => openFiles(files, index)}
          >
            <FileBadge category={file.category} extension={extensionOf(file.name)} />
            <span className="min-w-0 flex-1">
              <span className="block truncate" title={file.name}>
                {file.name}
              </span>
              <span className="block truncate text-small text-soft tabular-nums">
                {fileSize(file.size, i18n.language)} · {listedTime(file.sharedAt)}
              </span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
