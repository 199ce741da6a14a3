/** Files of conversations in other formats: what there is, and the download. */
import type { FastifyReply } from 'fastify'
import * as contract from '#contract/messages/index.ts'
import type { FileConversions } from '../../features/conversion/index.ts'
import type { BlobStore, GetFile } from '../../features/files/index.ts'
import { sendFile } from '../shared/send-file.ts'
import type { Serve } from '../shared/serve.ts'

export interface FileFormatsNeeds {
  readonly getFile: GetFile
  readonly fileConversions: FileConversions
  readonly blobs: BlobStore
}

export const registerFileFormatsRoutes = (
  serve: Serve,
  { getFile, fileConversions, blobs }: FileFormatsNeeds,
): void => {
  serve(contract.listFileFormats, async ({ actor, params }) => {
    const formats = await fileConversions.formatsFor(await getFile(actor, params.fileId))
    return { data: formats.map(({ id, name }) => ({ format: id, name })) }
  })

  serve(contract.readFileAs, async ({ actor, params, request, reply }) => {
    const file = await getFile(actor, params.fileId)
    const gone = whenGone(reply)
    try {
      const made = await fileConversions.convert(file, params.format, { personId: actor.userId, gone })
      // It may have taken minutes: whoever lost the file meanwhile does not get it.
      await getFile(actor, params.fileId)
      await sendFile(request, reply, {
        ...made,
        disposition: 'attachment',
        proxied: () => blobs.proxied(made.blobKey),
        open: (range) => blobs.open(made.blobKey, range),
      })
    } catch (error) {
      if (!gone.aborted) throw error
      // Nobody is there to be told.
      reply.hijack()
    }
  })
}

/** Fires when the connection is gone, or the answer is out. */
const whenGone = ({ raw }: FastifyReply): AbortSignal => {
  const controller = new AbortController()
  raw.once('close', () => controller.abort())
  return controller.signal
}
