/** Datasets and their versions. */
import * as contract from '#contract/training/index.ts'
import type { Datasets, SelectionPlace } from '../../features/datasets/index.ts'
import { readCursor, readIdCursor, unknownCursor, writeCursor } from '../shared/cursor.ts'
import type { Serve } from '../shared/serve.ts'
import {
  presentChange,
  presentCluster,
  presentDataset,
  presentItem,
  presentMember,
  presentPreview,
  presentVersion,
  readSelection,
  readSettings,
} from './present-dataset.ts'
import { readTrainingPlace, writeTrainingPlace } from './training-place.ts'

export interface DatasetRoutesNeeds {
  readonly datasets: Datasets
}

const success = true as const
const keyOf = (params: { readonly dataset_id: string; readonly version: number }) => ({
  datasetId: params.dataset_id,
  version: params.version,
})
const pageOf = ({ cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number }) => ({
  after: cursor === undefined ? undefined : readIdCursor(cursor),
  limit,
})

/** Members are ordered as the list of conversations is at first. */
const memberOrder = { sort: 'created_at', direction: 'desc' } as const
const writeMemberPlace = ({ createdAt, id }: SelectionPlace): string =>
  writeTrainingPlace({ ...memberOrder, key: createdAt, id })
const readMemberPlace = (cursor: string): SelectionPlace => {
  const { sort, direction, key, id } = readTrainingPlace(cursor)
  if (sort !== memberOrder.sort || direction !== memberOrder.direction) throw unknownCursor()
  return { createdAt: key, id }
}

export const registerDatasetRoutes = (serve: Serve, { datasets }: DatasetRoutesNeeds): void => {
  serve(contract.createDataset, async ({ actor, body: { name, description, selection, settings } }) => {
    const given = { name, description, selection: readSelection(selection), settings: readSettings(settings) }
    return { success, dataset: presentDataset(await datasets.create(actor, given)) }
  })

  serve(contract.listDatasets, async ({ actor, query: { cursor, limit } }) => {
    const before = cursor === undefined ? undefined : readCursor(cursor)
    const { items, next } = await datasets.list(actor, { before, limit })
    return { success, datasets: items.map(presentDataset), next_cursor: next === undefined ? null : writeCursor(next) }
  })

  serve(contract.getDataset, async ({ actor, params }) => ({
    success,
    dataset: presentDataset(await datasets.get(actor, params.dataset_id)),
  }))

  serve(
    contract.changeDataset,
    async ({ actor, params, body: { name, description, selection, settings, updated_at } }) => {
      const change = {
        from: updated_at === undefined ? undefined : new Date(updated_at),
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
        ...(selection === undefined ? {} : { selection: readSelection(selection) }),
        ...(settings === undefined ? {} : { settings: readSettings(settings) }),
      }
      return { success, dataset: presentDataset(await datasets.change(actor, params.dataset_id, change)) }
    },
  )

  serve(contract.changeMembers, async ({ actor, params, body }) => ({
    success,
    dataset: presentDataset(await datasets.changeMembers(actor, params.dataset_id, body)),
  }))

  serve(contract.listMembers, async ({ actor, params, query: { left_out, cursor, limit } }) => {
    const after = cursor === undefined ? undefined : readMemberPlace(cursor)
    const ask = { leftOut: left_out === 'true', after, limit }
    const { items, next } = await datasets.listMembers(actor, params.dataset_id, ask)
    return {
      success,
      members: items.map(presentMember),
      next_cursor: next === undefined ? null : writeMemberPlace(next),
    }
  })

  serve(contract.deleteDataset, ({ actor, params }) => datasets.remove(actor, params.dataset_id))

  serve(contract.previewDataset, async ({ actor, params, body: { selection, settings } }) =>
    presentPreview(
      await datasets.preview(actor, params.dataset_id, {
        selection: selection && readSelection(selection),
        settings: settings && readSettings(settings),
      }),
    ),
  )

  serve(contract.freezeDataset, async ({ actor, params }) => ({
    success,
    version: presentVersion(await datasets.freeze(actor, params.dataset_id)),
  }))

  serve(contract.listVersions, async ({ actor, params, query: { cursor: before, limit } }) => {
    const { items, next } = await datasets.listVersions(actor, params.dataset_id, { before, limit })
    return { success, versions: items.map(presentVersion), next_cursor: next === undefined ? null : String(next) }
  })

  serve(contract.getVersion, async ({ actor, params }) => ({
    success,
    version: presentVersion(await datasets.getVersion(actor, keyOf(params))),
  }))

  serve(contract.cancelVersion, async ({ actor, params }) => ({
    success,
    version: presentVersion(await datasets.cancel(actor, keyOf(params))),
  }))

  serve(contract.listItems, async ({ actor, params, query: { split, dropped, ...page } }) => {
    const { items, next } = await datasets.listItems(actor, keyOf(params), { split, dropped, ...pageOf(page) })
    return { success, items: items.map(presentItem), next_cursor: next ?? null }
  })

  serve(contract.listClusters, async ({ actor, params, query }) => {
    const { items, next } = await datasets.listClusters(actor, keyOf(params), pageOf(query))
    return { success, clusters: items.map(presentCluster), next_cursor: next ?? null }
  })

  serve(contract.diffVersions, async ({ actor, params, query: { with: former = params.version - 1, ...page } }) => {
    const { items, next, counts } = await datasets.diff(actor, keyOf(params), former, pageOf(page))
    return { success, counts, changes: items.map(presentChange), next_cursor: next ?? null }
  })
}
