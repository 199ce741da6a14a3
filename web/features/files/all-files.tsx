/** View All Files: every picture and video, or every document, of a conversation. What was chosen is forgotten when it closes. */
import { Dialog as Base } from '@base-ui/react/dialog'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { FileText, Images, X } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { useNow } from '../../lib/use-now.ts'
import { Button, iconButtonLook } from '../../ui/button.tsx'
import { EmptyState, Skeleton } from '../../ui/states.tsx'
import { errorText } from '../../lib/i18n/error-text.ts'
import { columns, DocumentRows, MediaGrid } from './file-grid.tsx'
import { FileViewer } from './file-viewer.tsx'
import { listFiles } from './list-files.ts'
import {
  isFiltered,
  listingQuery,
  PAGE,
  pageCount,
  startListing,
  withoutFilters,
  withPage,
  type FileKind,
  type Listing,
} from './listing.ts'
import { ListingTools } from './listing-tools.tsx'
import { PageBar } from './page-bar.tsx'
import { shownShared, type ShownFile } from './shown-file.ts'

interface AllFilesProps {
  readonly conversationId: string
  /** What the conversation is called. */
  readonly title: string
  readonly kind: FileKind
  readonly open: boolean
  readonly onClose: () => void
  readonly onViewMessage: (messageId: string) => void
}

export const AllFiles = ({ open, onClose, kind, title, ...rest }: AllFilesProps) => {
  const { t } = useTranslation()
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fade fixed inset-0 z-40 bg-scrim" />
        <Base.Popup
          data-testid="all-files"
          className="float-in fixed inset-x-0 top-[4vh] z-50 mx-auto flex h-[92vh] w-[90vw] max-w-[1200px] flex-col overflow-hidden rounded border border-hairline bg-raised shadow-float outline-none"
        >
          <div className="flex shrink-0 items-center justify-between gap-4 py-3 ps-4 pe-2 desk:ps-6 desk:pe-4">
            <Base.Title className="truncate text-title font-strong">
              {t(kind === 'media' ? 'files.allMedia' : 'files.allDocs', { title })}
            </Base.Title>
            <Base.Close aria-label={t('common.close')} data-testid="close-modal-button" className={iconButtonLook()}>
              <X size={18} strokeWidth={1.75} aria-hidden />
            </Base.Close>
          </div>
          <Files kind={kind} {...rest} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

/** A page of the listing; while the next one comes, the last one stays. */
const useListing = (conversationId: string, listing: Listing) => {
  const now = useNow()
  const read = useQuery({
    ...listFiles(conversationId, listingQuery(listing, now)),
    placeholderData: keepPreviousData,
  })
  return { ...read, files: read.data?.data.map(shownShared) ?? [], total: read.data?.total ?? 0 }
}

const Files = ({
  conversationId,
  kind,
  onViewMessage,
}: Pick<AllFilesProps, 'conversationId' | 'kind' | 'onViewMessage'>) => {
  const [listing, setListing] = useState(() => startListing(kind))
  const read = useListing(conversationId, listing)
  const scroller = useRef<HTMLDivElement>(null)
  const { files, total } = read
  const go = (page: number) => {
    setListing((present) => withPage(present, page))
    scroller.current?.scrollTo({ top: 0 })
  }
  // Files were deleted meanwhile, and with them the last pages.
  const last = pageCount(total)
  useEffect(() => {
    if (!read.isPlaceholderData && read.data && listing.page > last) setListing((present) => withPage(present, last))
  }, [read.isPlaceholderData, read.data, listing.page, last])
  const viewing = useViewing(conversationId, listing, read, go)

  const body = () => {
    if (read.isPending) return <Waiting kind={kind} />
    if (read.error && !read.data) return <Failed error={read.error} onRetry={() => void read.refetch()} />
    if (total === 0) return <Nothing listing={listing} onClear={() => setListing(withoutFilters)} />
    return kind === 'media' ? (
      <MediaGrid files={files} onOpen={viewing.open} />
    ) : (
      <DocumentRows files={files} onOpen={viewing.open} />
    )
  }
  return (
    <>
      <ListingTools listing={listing} onChange={setListing} conversationId={conversationId} />
      <div
        ref={scroller}
        data-testid="all-files-scroller"
        aria-busy={read.isPlaceholderData}
        className={cx(
          'min-h-0 flex-1 overflow-y-auto overscroll-contain px-4 py-4 transition-opacity duration-150 desk:px-6',
          read.isPlaceholderData && 'opacity-50',
        )}
      >
        {body()}
      </div>
      {total > 0 && <PageBar page={listing.page} total={total} onGo={go} />}
      <FileViewer
        {...viewing.shown}
        onViewMessage={onViewMessage}
        finalFocus={() => tileOf(scroller.current, viewing.lastSeen.current)}
      />
    </>
  )
}

/** What the file that was looked at last is opened by. */
const tileOf = (within: HTMLElement | null, fileId: string | null) =>
  within?.querySelector<HTMLElement>(`[data-testid="file-preview-${fileId}"]`) ?? null

/** Which file is shown large: its place among all that match, so that the arrow keys go on across pages. */
const useViewing = (
  conversationId: string,
  listing: Listing,
  read: ReturnType<typeof useListing>,
  go: (page: number) => void,
) => {
  const queries = useQueryClient()
  const now = useNow()
  const [viewed, setViewed] = useState<{ readonly at: number; readonly id: string | null } | null>(null)
  const { files, total, isPlaceholderData } = read
  const first = (listing.page - 1) * PAGE
  // By its id while it is on the page: files that were posted meanwhile have moved it.
  const found = viewed === null ? -1 : files.findIndex(({ id }) => id === viewed.id)
  const at = found === -1 ? (viewed?.at ?? 0) : first + found
  const file = viewed === null || isPlaceholderData ? null : (files[at - first] ?? null)

  const filesRef = useRef({ files, first })
  filesRef.current = { files, first }
  const open = useCallback((chosen: ShownFile) => {
    const { files: present, first: start } = filesRef.current
    setViewed({ at: start + present.findIndex(({ id }) => id === chosen.id), id: chosen.id })
  }, [])

  const onMove = (step: -1 | 1) => {
    const to = at + step
    const page = Math.floor(to / PAGE) + 1
    setViewed({ at: to, id: page === listing.page ? (files[to - first]?.id ?? null) : null })
    if (page !== listing.page) go(page)
    // The page that comes next is fetched while the last files of this one are looked at.
    const ahead = Math.floor((to + step * 5) / PAGE) + 1
    if (ahead !== listing.page && ahead >= 1 && ahead <= pageCount(total)) {
      void queries.prefetchQuery(listFiles(conversationId, listingQuery(withPage(listing, ahead), now)))
    }
  }
  const lastSeen = useRef<string | null>(null)
  if (file) lastSeen.current = file.id
  return {
    open,
    lastSeen,
    shown: { open: viewed !== null, onClose: () => setViewed(null), file, place: at + 1, total, onMove },
  }
}

const Waiting = ({ kind }: { readonly kind: FileKind }) => {
  const { t } = useTranslation()
  return (
    <div role="status" data-testid="loading-state">
      <p className="appear-late pb-3 text-soft">{t('files.loading')}</p>
      {kind === 'media' ? (
        <div className={columns}>
          {Array.from({ length: 10 }, (_, index) => (
            <div key={index}>
              <Skeleton className="aspect-square w-full" />
              <Skeleton className="mt-2 h-4 w-[70%]" />
              <Skeleton className="mt-1 h-4 w-[30%]" />
            </div>
          ))}
        </div>
      ) : (
        Array.from({ length: 8 }, (_, index) => (
          <div key={index} className="flex items-center gap-4 px-2 py-2">
            <Skeleton className="size-10" />
            <Skeleton className="h-4 w-[40%]" />
          </div>
        ))
      )}
    </div>
  )
}

const Failed = ({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) => {
  const { t } = useTranslation()
  const isForbidden = asRequestError(error).status === 403
  return (
    <div role="alert" className="flex flex-col items-start gap-3 py-6" data-testid="error-state">
      <p>
        <span className="font-strong">{t(isForbidden ? 'files.noPermission' : 'files.loadFailed')}.</span>{' '}
        {!isForbidden && <span className="text-soft">{errorText(t, error)}</span>}
      </p>
      {!isForbidden && (
        <Button data-testid="retry-button" onClick={onRetry}>
          {t('common.retry')}
        </Button>
      )}
    </div>
  )
}

const Nothing = ({ listing, onClear }: { readonly listing: Listing; readonly onClear: () => void }) => {
  const { t } = useTranslation()
  const { kind } = listing
  return (
    <div data-testid={`empty-state-${kind}`} role="status">
      <EmptyState
        icon={kind === 'media' ? Images : FileText}
        action={isFiltered(listing) && <Button onClick={onClear}>{t('files.clearAll')}</Button>}
      >
        {t(isFiltered(listing) ? 'files.noMatch' : kind === 'media' ? 'files.noMedia' : 'files.noDocs')}
      </EmptyState>
    </div>
  )
}
