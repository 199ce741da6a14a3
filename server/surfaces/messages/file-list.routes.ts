/** The listing of a conversation's files, and who shared them. */
import * as contract from '#contract/messages/index.ts'
import type { makeListFiles, makeListFileSenders } from '../../features/files/index.ts'
import type { Serve } from '../shared/serve.ts'
import { readFilePlace, writeFilePlace } from './file-place.ts'
import { presentSharedFile } from './present-file.ts'

export interface FileListNeeds {
  readonly listFiles: ReturnType<typeof makeListFiles>
  readonly listFileSenders: ReturnType<typeof makeListFileSenders>
}

export const registerFileListRoutes = (serve: Serve, { listFiles, listFileSenders }: FileListNeeds): void => {
  serve(contract.listFiles, async ({ actor, params, query }) => {
    const { type, sender, q, from, to, cursor, ...rest } = query
    const { files, total, counts, next } = await listFiles(actor, params.conversationId, {
      ...rest,
      categories: type,
      senderIds: sender,
      text: q,
      from: from === undefined ? undefined : new Date(from),
      to: to === undefined ? undefined : new Date(to),
      after: cursor === undefined ? undefined : readFilePlace(cursor),
    })
    return { data: files.map(presentSharedFile), total, counts, nextCursor: next ? writeFilePlace(next) : null }
  })

  serve(contract.listFileSenders, async ({ actor, params, query }) => ({
    data: await listFileSenders(actor, params.conversationId, query.kind),
  }))
}
