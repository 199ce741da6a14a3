/** Asking for exports, following them, and getting at what they made. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { GiveLink } from '../../training/index.ts'
import type { DatasetStore } from '../dataset-store.ts'
import type { DatasetVersion } from '../dataset.ts'
import { listTargets } from '../targets/registry.ts'
import type { TargetChoice } from '../targets/target.ts'
import {
  type Compression,
  type Download,
  type Export,
  type ExportOrder,
  EXPORTS_BUCKET,
  MOST_UNFINISHED,
  type StoredFiles,
} from './export.ts'
import type { ExportPlace, ExportStore, NewExport } from './export-store.ts'

interface Needs {
  readonly store: ExportStore
  readonly datasets: Pick<DatasetStore, 'find' | 'findVersion'>
  readonly giveLink: GiveLink
  readonly clock: Clock
  readonly newId: NewId
  /** Something waits to be made, or is not to be made any more. */
  readonly onChanged: () => void
}

/** What somebody asks for. */
export interface WantedExport extends Omit<ExportOrder, 'stored'> {
  readonly from:
    | { readonly kind: 'version'; readonly datasetId: string; readonly version: number }
    | { readonly kind: 'conversations'; readonly ids: readonly string[] }
}

/** Chosen conversations, in one of the forms that people read (contracts, 0.6). */
export interface WantedBatch {
  readonly conversationIds: readonly string[]
  readonly type: StoredFiles
  /** Of what the model answered there is only what it answered. */
  readonly format: 'json' | 'jsonl' | 'csv' | 'markdown'
  readonly includeMetadata: boolean
  readonly compression: Compression
  readonly fileName: string | null
}

export interface ExportLink {
  readonly download: Download
  readonly url: string
  readonly expiresAt: Date
}

/** All of it is the actor's own; what is somebody else's is not there. */
export interface Exports {
  /**
   * Fails with `dataset.not_found`, `dataset.version_not_found`, `dataset.version_unfinished`, `conversation.not_found`, and
   * `export.too_many`.
   */
  begin(actor: Actor, wanted: WantedExport): Promise<Export>
  /** The same, of chosen conversations. */
  beginBatch(actor: Actor, wanted: WantedBatch): Promise<Export>
  /** Fails with `export.not_found`, as all that follow. */
  get(actor: Actor, id: string): Promise<Export>
  /** The latest first. */
  list(actor: Actor, page: { readonly after?: ExportPlace | undefined; readonly limit: number }): Promise<Export[]>
  cancel(actor: Actor, id: string): Promise<Export>
  remove(actor: Actor, id: string): Promise<void>
  /**
   * A link to one of its downloads, the first unless it is named, that lives as long as the files. Fails with
   * `export.not_ready`, `export.ended`, `export.expired`, `export.erased`, `request.invalid` for a name that none of them
   * has, and as `GiveLink` does.
   */
  link(actor: Actor, id: string, name?: string): Promise<ExportLink>
}

const TARGET_OF_FORMAT = { jsonl: 'messages', csv: 'csv', markdown: 'markdown' } as const

export const makeExports = ({ store, datasets, giveLink, clock, newId, onChanged }: Needs): Exports => {
  const create = async (
    actor: Actor,
    order: ExportOrder,
    { name, from }: Pick<NewExport, 'name' | 'from'>,
  ): Promise<Export> => {
    const created = await store.create(actor, { id: newId(), name, order, now: clock.now(), from }, MOST_UNFINISHED)
    if (created === 'hidden') throw new AppError('conversation.not_found')
    if (created === 'full') throw new AppError('export.too_many', { retryAfterSeconds: 30 })
    onChanged()
    return created
  }

  const get = async (actor: Actor, id: string): Promise<Export> => {
    const found = await store.find(actor, id)
    if (found === undefined) throw new AppError('export.not_found')
    return found
  }

  return {
    async begin(actor, { from, ...wanted }) {
      const targets = wanted.includeMetadata ? wanted.targets.map(withMetadata) : wanted.targets
      const order = { ...wanted, targets, stored: null }
      if (from.kind === 'conversations') return create(actor, order, { name: 'selection', from })
      const [dataset, version] = await Promise.all([
        datasets.find(actor, from.datasetId),
        datasets.findVersion(actor, from),
      ])
      if (dataset === undefined) throw new AppError('dataset.not_found')
      if (version === undefined) throw new AppError('dataset.version_not_found')
      if (version.status !== 'completed') throw new AppError('dataset.version_unfinished')
      return create(actor, order, { name: dataset.name, from: { ...from, total: keptIn(version) - version.erased } })
    },

    beginBatch(actor, { conversationIds, type, format, compression, ...wanted }) {
      const isStored = type === 'raw' || format === 'json'
      const target = isStored ? [] : [{ id: TARGET_OF_FORMAT[format], options: {} }]
      const targets = wanted.includeMetadata ? target.map(withMetadata) : target
      const order: ExportOrder = isStored
        ? { ...wanted, targets, stored: type, compression: 'zip' }
        : { ...wanted, targets, stored: null, compression }
      return create(actor, order, { name: 'selection', from: { kind: 'conversations', ids: conversationIds } })
    },

    get,
    list: store.list,

    async cancel(actor, id) {
      const found = await store.cancel(actor, id, clock.now())
      if (found === undefined) throw new AppError('export.not_found')
      onChanged()
      return found
    },

    async remove(actor, id) {
      if (!(await store.remove(actor, id))) throw new AppError('export.not_found')
      onChanged()
    },

    async link(actor, id, name) {
      const { status, folder, result, expiresAt, errorCode } = await get(actor, id)
      if (status === 'queued' || status === 'processing')
        throw new AppError('export.not_ready', { retryAfterSeconds: 2 })
      if (status === 'failed' || status === 'cancelled') throw new AppError('export.ended')
      const seconds = Math.floor(((expiresAt?.getTime() ?? 0) - clock.now().getTime()) / 1000)
      if (folder === null || result === null || seconds < 1) throw new AppError(goneFor(errorCode))
      const download = name === undefined ? result.downloads[0] : result.downloads.find((each) => each.name === name)
      if (download === undefined) throw noSuchDownload()
      const link = await giveLink(actor, {
        action: 'download_export',
        target: { bucket: EXPORTS_BUCKET, path: `${folder}/${download.name}` },
        seconds,
        details: { export_id: id },
      })
      return { download, ...link }
    },
  }
}

/** Conversations that were frozen in a version. */
export const keptIn = ({ counts }: Pick<DatasetVersion, 'counts'>): number =>
  Object.values(counts?.splits ?? {}).reduce((sum, { conversations }) => sum + conversations, 0)

const goneFor = (errorCode: Export['errorCode']) => (errorCode === 'export.erased' ? errorCode : 'export.expired')

const noSuchDownload = (): AppError =>
  new AppError('request.invalid', {
    issues: [{ part: 'query', path: ['file'], rule: 'other', message: 'must be the name of one of the downloads' }],
  })

/** Where a target has columns for it. */
const withMetadata = (choice: TargetChoice): TargetChoice =>
  listTargets().some(({ id, defaults }) => id === choice.id && defaults.metadata !== undefined)
    ? { ...choice, options: { ...choice.options, metadata: true } }
    : choice
