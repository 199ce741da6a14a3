/** Exports of training data: asked for, followed, downloaded. */
import * as contract from '#contract/training/index.ts'
import type { Exports } from '../../features/datasets/index.ts'
import { readCursor, writeCursor } from '../shared/cursor.ts'
import type { Serve } from '../shared/serve.ts'
import { presentBegun, presentExport } from './present-export.ts'

export interface ExportRoutesNeeds {
  readonly exports: Exports
}

export const registerExportRoutes = (serve: Serve, { exports }: ExportRoutesNeeds): void => {
  serve(contract.createExport, async ({ actor, body }) => {
    const { dataset_id, version, conversation_ids, targets, compression, include_metadata, file_name } = body
    return presentBegun(
      await exports.begin(actor, {
        from:
          conversation_ids === undefined
            ? { kind: 'version', datasetId: dataset_id!, version: version! }
            : { kind: 'conversations', ids: conversation_ids },
        targets,
        compression,
        includeMetadata: include_metadata,
        fileName: file_name ?? null,
      }),
    )
  })

  serve(contract.prepareDownloads, async ({ actor, body }) => {
    const { conversation_ids: conversationIds, type, format, compression } = body
    const fileName = body.file_name ?? null
    const includeMetadata = body.include_metadata
    return presentBegun(
      await exports.beginBatch(actor, { conversationIds, type, format, includeMetadata, compression, fileName }),
    )
  })

  serve(contract.listExports, async ({ actor, query }) => {
    const after = query.cursor === undefined ? undefined : readCursor(query.cursor)
    const found = await exports.list(actor, { after, limit: query.limit + 1 })
    const page = found.slice(0, query.limit)
    const last = found.length > query.limit ? page.at(-1) : undefined
    return {
      success: true as const,
      exports: page.map(presentExport),
      next_cursor: last === undefined ? null : writeCursor({ at: last.createdAt, id: last.id }),
    }
  })

  serve(contract.getExport, async ({ actor, params }) => ({
    success: true as const,
    export: presentExport(await exports.get(actor, params.export_id)),
  }))

  serve(contract.downloadExport, async ({ actor, params, query }) => {
    const { download, url, expiresAt } = await exports.link(actor, params.export_id, query.file)
    return {
      export_id: params.export_id,
      download_url: url,
      filename: download.name,
      file_size: download.bytes,
      sha256: download.sha256,
      expires_at: expiresAt.toISOString(),
    }
  })

  serve(contract.cancelExport, async ({ actor, params }) => ({
    success: true as const,
    export: presentExport(await exports.cancel(actor, params.export_id)),
  }))

  serve(contract.deleteExport, async ({ actor, params }) => {
    await exports.remove(actor, params.export_id)
  })
}
