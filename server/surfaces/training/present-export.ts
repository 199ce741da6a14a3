/** Exports in the words of the contract. */
import type { z } from 'zod'
import type { exportReply, TrainingExport } from '#contract/training/index.ts'
import { errorCatalogue } from '#kernel/errors.ts'
import type { Export } from '../../features/datasets/index.ts'

export const presentExport = (found: Export): TrainingExport => {
  const { scope, order, result, done, total, errorCode } = found
  return {
    export_id: found.id,
    status: found.status,
    scope: {
      name: found.name,
      dataset_id: scope.kind === 'version' ? scope.datasetId : null,
      version: scope.kind === 'version' ? scope.version : null,
      conversations: total,
    },
    targets: order.targets as TrainingExport['targets'],
    stored: order.stored,
    compression: order.compression,
    include_metadata: order.includeMetadata,
    progress: { total, processed: done, percentage: total === 0 ? 0 : Math.floor((done / total) * 100) },
    files: (result?.files ?? []).map(({ records, ...file }) => ({ ...file, rows: records })),
    dropped: [...(result?.dropped ?? [])],
    downloads: [...(result?.downloads ?? [])],
    erased: result?.erased ?? 0,
    error: errorCode && { code: errorCode, message: errorCatalogue[errorCode].message },
    created_at: found.createdAt.toISOString(),
    started_at: found.startedAt?.toISOString() ?? null,
    completed_at: found.completedAt?.toISOString() ?? null,
    expires_at: found.expiresAt?.toISOString() ?? null,
  }
}

/** What is said of an export that has just been asked for. */
export const presentBegun = (begun: Export): z.output<typeof exportReply> => ({
  success: true,
  export_id: begun.id,
  status: begun.status,
  export: presentExport(begun),
})
