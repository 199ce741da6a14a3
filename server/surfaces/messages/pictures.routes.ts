/** Pictures of files: small ones for lists, and larger ones to read by. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as contract from '#contract/messages/index.ts'
import {
  type BlobStore,
  type GetFile,
  hasPages,
  type ReadPicture,
  type StoredFile,
  type StoredPicture,
} from '../../features/files/index.ts'
import type { Identify } from '../shared/identify.ts'
import { sendFile } from '../shared/send-file.ts'
import { serving } from '../shared/serve.ts'

export interface PictureRoutesNeeds {
  readonly identify: Identify
  readonly getFile: GetFile
  readonly readPicture: ReadPicture
  readonly blobs: BlobStore
}

export const registerPictureRoutes = (server: FastifyInstance, needs: PictureRoutesNeeds): void => {
  const serve = serving(server, needs)
  const send = (request: FastifyRequest, reply: FastifyReply, file: StoredFile, picture: StoredPicture) =>
    sendFile(request, reply, {
      size: picture.size,
      tag: picture.tag,
      contentType: 'image/webp',
      name: `${file.name}.webp`,
      disposition: 'inline',
      neverChanges: true,
      proxied: () => needs.blobs.proxied(picture.blobKey),
      open: (range) => needs.blobs.open(picture.blobKey, range),
    })

  serve(contract.readThumbnail, async ({ actor, params, query, request, reply }) => {
    const file = await needs.getFile(actor, params.fileId)
    await send(request, reply, file, await needs.readPicture(file, { kind: 'thumbnail', size: query.size }))
  })

  serve(contract.readPreview, async ({ actor, params, query, request, reply }) => {
    const file = await needs.getFile(actor, params.fileId)
    const picture = await needs.readPicture(file, { kind: 'preview', page: query.page })
    if (hasPages(file)) reply.headers({ 'x-total-pages': picture.pages, 'x-current-page': query.page })
    await send(request, reply, file, picture)
  })
}
