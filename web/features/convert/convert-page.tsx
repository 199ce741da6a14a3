/** The page that converts: drop, choose, download. With a pair it is about that one, and files of that kind need no choosing. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { FolderDown } from 'lucide-react'
import { useCallback, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../lib/announce.ts'
import { cx } from '../../lib/class-names.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { useFocusOnArrival } from '../../lib/use-focus-on-arrival.ts'
import { useTitle } from '../../lib/use-title.ts'
import { Button } from '../../ui/button.tsx'
import { Content, ListColumn } from '../../ui/column.tsx'
import { ErrorState } from '../../ui/states.tsx'
import { showToast } from '../../ui/toast.tsx'
import { shortName } from '../files/describe-file.ts'
import { addFiles, chooseFormat, openConversions, useConversions } from './conversions.ts'
import { downloadAll } from './download.ts'
import { DropBox, DropPage } from './drop-area.tsx'
import { FileRow } from './file-row.tsx'
import {
  commonPairs,
  commonTargets,
  type FormatGroup,
  formatName,
  formatOf,
  isOffered,
  largestOf,
  type Pair,
  pairPath,
  shortFormatName,
  targetsOf,
} from './formats.ts'
import { HistorySection } from './history-section.tsx'
import { listFormats } from './list-formats.ts'
import { MissingEngines } from './missing-engines.tsx'
import { isOpen, type Queue, type QueuedFile, stageOf } from './queue.ts'
import { OpenSession, SessionNotice } from './session-panel.tsx'
import { TargetPicker } from './target-picker.tsx'

/** Limits count in steps of 1024, as the server's own words about them do. */
const limitText = (bytes: number, language: string): string =>
  new Intl.NumberFormat(language, { style: 'unit', unit: 'megabyte' }).format(Math.floor(bytes / 1024 ** 2))

const noGroups: readonly FormatGroup[] = []

export const ConvertPage = ({ pair = null }: { readonly pair?: Pair | null }) => {
  const { t, i18n } = useTranslation()
  const formats = useQuery(listFormats())
  const groups = formats.data ?? noGroups
  const { session, queue, history } = useConversions()
  const button = useRef<HTMLButtonElement>(null)
  const files = useRef<HTMLHeadingElement>(null)
  const title = useFocusOnArrival<HTMLHeadingElement>(pair ? pairPath(pair) : '')
  const names = { from: formatName(pair?.from ?? ''), to: formatName(pair?.to ?? '') }
  const heading = pair ? t('convert.pairTitle', names) : t('convert.title')
  useTitle(heading)
  useEffect(openConversions, [])
  useAnnouncements(queue)
  const onFiles = useOnFiles(groups, pair)
  const isMissing = pair !== null && formats.data !== undefined && !isOffered(groups, pair)
  const limit = largestOf(groups, pair?.from ?? '')
  return (
    <>
      <ListColumn label={t('convert.pairs')} title={t('app.convert')} hiddenOnPhone>
        <div className="min-h-0 overflow-y-auto pb-4">
          <PairLinks groups={groups} pair={pair} className="flex flex-col px-2" />
        </div>
      </ListColumn>
      <Content>
        <DropPage onFiles={onFiles}>
          {(isOver) => (
            <div className="mx-auto flex max-w-[46rem] flex-col gap-6 px-4 pt-6 pb-24 desk:px-6">
              <div>
                <h1 ref={title} tabIndex={-1} className="text-title font-strong text-balance">
                  {heading}
                </h1>
                <p className="mt-1 max-w-[72ch] text-soft">
                  {pair ? t('convert.pairIntro', names) : t('convert.intro')}
                </p>
                {isMissing && (
                  <p role="alert" className="mt-3 rounded bg-danger-wash px-3 py-2">
                    {t('convert.pairMissing', names)}
                  </p>
                )}
              </div>
              <div className="flex flex-col gap-3">
                <DropBox
                  button={button}
                  isOver={isOver}
                  isSmall={queue.length > 0}
                  onFiles={onFiles}
                  title={pair ? t('convert.dropPair', names) : t('convert.drop')}
                  hint={
                    limit === null
                      ? t('convert.dropHint')
                      : t('convert.dropLimit', { size: limitText(limit, i18n.language) })
                  }
                />
                {formats.error && !formats.data && (
                  <ErrorState
                    compact
                    title={t('convert.formatsFailed')}
                    error={formats.error}
                    onRetry={() => void formats.refetch()}
                  />
                )}
                <SessionNotice session={session} queue={queue} />
              </div>
              {queue.length > 0 && (
                <Files
                  queue={queue}
                  groups={groups}
                  title={files}
                  onRemoved={() => (files.current ?? button.current)?.focus()}
                />
              )}
              {session.state === 'open' && <OpenSession expiresAt={session.expiresAt} holdsFiles={queue.length > 0} />}
              <HistorySection records={history} queue={queue} />
              <section aria-labelledby="pairs-title" className="border-t border-hairline pt-6 desk:hidden">
                <h2 id="pairs-title" className="font-strong">
                  {t('convert.pairs')}
                </h2>
                <PairLinks groups={groups} pair={pair} className="mt-1 grid grid-cols-2" />
              </section>
              <MissingEngines />
            </div>
          )}
        </DropPage>
      </Content>
    </>
  )
}

/** What becomes of new files: too large ones are left out, those of the pair are converted without asking. */
const useOnFiles = (groups: readonly FormatGroup[], pair: Pair | null) => {
  const { t, i18n } = useTranslation()
  return useCallback(
    (files: readonly File[]) => {
      const isTooLarge = (file: File) => file.size > (largestOf(groups, formatOf(file.name)) ?? Infinity)
      for (const file of files.filter(isTooLarge)) {
        const size = limitText(largestOf(groups, formatOf(file.name)) ?? 0, i18n.language)
        showToast({ text: t('convert.tooLarge', { name: shortName(file.name, 32), size }), tone: 'danger' })
      }
      const taken = files.filter((file) => !isTooLarge(file))
      if (taken.length === 0) return
      const fits = (file: File) => pair !== null && formatOf(file.name) === pair.from && isOffered(groups, pair)
      addFiles(taken.map((file) => ({ file, wanted: pair && fits(file) ? pair.to : null })))
      announce(t('convert.announceAdded', { count: taken.length }))
    },
    [groups, pair, t, i18n],
  )
}

/** Says it when a conversion ends that was seen to go on. */
const useAnnouncements = (queue: Queue) => {
  const { t } = useTranslation()
  const before = useRef<Queue>(queue)
  useEffect(() => {
    for (const file of queue) {
      const known = before.current.find(({ id }) => id === file.id)
      const stage = stageOf(file)
      if (!known || stageOf(known) === stage) continue
      if (stage === 'completed') announce(t('convert.announceCompleted', { name: file.name }))
      if (stage === 'failed' && file.job?.error_type === 'cancelled') announce(t('convert.stopped'))
      else if (stage === 'failed') announce(t('convert.announceFailed', { name: file.name }))
    }
    before.current = queue
  }, [queue, t])
}

const Files = ({
  queue,
  groups,
  title,
  onRemoved,
}: {
  readonly queue: Queue
  readonly groups: readonly FormatGroup[]
  readonly title: React.Ref<HTMLHeadingElement>
  readonly onRemoved: () => void
}) => {
  const { t } = useTranslation()
  const targetsFor = ({ name, job }: QueuedFile) =>
    job !== null && job.target_formats.length > 0 ? job.target_formats : targetsOf(groups, formatOf(name))
  const open = queue.filter((file) => isOpen(file) && file.wanted === null)
  const common = commonTargets(open.map(targetsFor))
  const done = queue.filter((file) => stageOf(file) === 'completed')
  return (
    <section aria-labelledby="files-title">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h2 id="files-title" ref={title} tabIndex={-1} className="font-strong">
          {t('convert.fileCount', { count: queue.length })}
        </h2>
        <span className="flex flex-wrap gap-2">
          {open.length > 1 && common.length > 0 && (
            <TargetPicker
              look="primary"
              text={t('convert.all')}
              formats={common}
              onChoose={(format) =>
                chooseFormat(
                  open.map(({ id }) => id),
                  format,
                )
              }
            />
          )}
          {done.length > 1 && (
            <Button
              icon={FolderDown}
              onClick={() =>
                downloadAll().catch((error: unknown) => showToast({ text: errorText(t, error), tone: 'danger' }))
              }
            >
              {t('convert.downloadAll')}
            </Button>
          )}
        </span>
      </div>
      <ul className="mt-2 border-t border-hairline">
        {queue.map((file) => (
          <FileRow key={file.id} file={file} targets={targetsFor(file)} onRemoved={onRemoved} />
        ))}
      </ul>
    </section>
  )
}

const PairLinks = ({
  groups,
  pair,
  className,
}: {
  readonly groups: readonly FormatGroup[]
  readonly pair: Pair | null
  readonly className: string
}) => {
  const { t } = useTranslation()
  const look = (isHere: boolean) =>
    cx('flex min-h-10 items-center rounded px-2 transition-colors', isHere ? 'bg-wash text-accent' : 'hover:bg-hover')
  const here = pair === null ? null : pairPath(pair)
  return (
    <ul className={className}>
      <li>
        <Link to="/convert" aria-current={here === null ? 'page' : undefined} className={look(here === null)}>
          {t('convert.toAll')}
        </Link>
      </li>
      {commonPairs(groups).map((one) => (
        <li key={pairPath(one)}>
          <Link
            to="/convert/$pair"
            params={{ pair: pairPath(one) }}
            aria-current={here === pairPath(one) ? 'page' : undefined}
            className={look(here === pairPath(one))}
          >
            {t('convert.pairTitle', { from: shortFormatName(one.from), to: shortFormatName(one.to) })}
          </Link>
        </li>
      ))}
    </ul>
  )
}
