/** Files of conversations: uploading, and reading them and their pictures. */
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as contract from '#contract/messages/index.ts'
import { AppError } from '#kernel/errors.ts'
import {
  type Admission,
  type BlobStore,
  fileTypeOf,
  type GetFile,
  type RemoveUpload,
  type StoredFile,
  type Uploads,
} from '../../features/files/index.ts'
import { type SendableFile, sendFile } from '../shared/send-file.ts'
import type { Identify } from '../shared/identify.ts'
import {
  bytesOfPart,
  fileNameOf,
  missingFile,
  multipartError,
  registerMultipart,
  unknownPart,
} from '../shared/multipart.ts'
import { serving } from '../shared/serve.ts'
import { presentUploadedFile } from './present-file.ts'

export interface FilesRoutesNeeds {
  readonly identify: Identify
  readonly uploads: Uploads
  readonly removeUpload: RemoveUpload
  readonly getFile: GetFile
  readonly blobs: BlobStore
}

/** Files in one request. */
const MOST_FILES = 10
/** What boundaries and names of parts may take, in bytes. */
const OVERHEAD = 1024 * 1024
/** How much more of a file that is too large is read, in bytes, to get at the next one, while nothing else was stored. */
const MOST_SKIPPED = 16 * 1024 * 1024

export const registerFilesRoutes = (server: FastifyInstance, needs: FilesRoutesNeeds): void => {
  const { uploads } = needs
  const serve = serving(server, needs)

  // In a scope of its own: everywhere else a form is no body.
  void server.register(async (scope) => {
    await registerMultipart(scope, { files: MOST_FILES, fields: 0 })
    serving(scope, needs)(contract.uploadFiles, async ({ actor, query, request }) => {
      if (!request.isMultipart()) throw new AppError('request.media_type')
      const announced = Number(request.headers['content-length'] ?? 0)
      if (announced > MOST_FILES * uploads.limits.fileBytes + OVERHEAD) throw new AppError('file.too_large')
      const admission = await uploads.admit(actor, query.conversationId, announced - OVERHEAD)
      return { data: await takeParts(request, uploads, admission) }
    })
  })

  serve(contract.deleteUpload, ({ actor, params }) => needs.removeUpload(actor, params.fileId))

  serve(contract.readFile, async ({ actor, params, query, request, reply }) => {
    const file = await needs.getFile(actor, params.fileId)
    await sendFile(request, reply, sendable(file, query.disposition, needs.blobs))
  })
}

const sendable = (file: StoredFile, wanted: 'inline' | 'attachment', blobs: BlobStore): SendableFile => ({
  size: file.size,
  tag: file.sha256.toString('hex'),
  contentType: file.contentType,
  name: file.name,
  disposition: wanted === 'inline' && fileTypeOf(file.contentType).isSafeInline ? 'inline' : 'attachment',
  proxied: () => blobs.proxied(file.blobKey),
  open: (range) => blobs.open(file.blobKey, range),
})

/**
 * One part after the other. One that is refused keeps nothing from the next; when all are, or the request breaks, nothing
 * of it stays.
 */
const takeParts = async (
  request: FastifyRequest,
  uploads: Uploads,
  admission: Admission,
): Promise<contract.UploadResult[]> => {
  const stored: StoredFile[] = []
  const results: contract.UploadResult[] = []
  let firstRefusal: AppError | undefined
  try {
    for await (const part of request.files()) {
      if (part.fieldname !== contract.uploadFiles.parts) throw unknownPart(part.fieldname)
      const name = fileNameOf(part)
      try {
        const file = await uploads.receive(admission, { name, bytes: bytesOfPart(part) })
        stored.push(file)
        results.push({ status: 'stored', file: presentUploadedFile(file) })
      } catch (error) {
        // Anything else is no refusal of this file: the request broke, or we did.
        if (!(error instanceof AppError) || error.kind === 'internal') throw error
        firstRefusal ??= error
        results.push({ status: 'refused', fileName: name.toWellFormed(), code: error.code, detail: error.message })
        await skipRest(part, stored.length === 0 ? MOST_SKIPPED : Infinity, error)
      }
    }
    if (results.length === 0) throw missingFile('file')
    if (stored.length === 0) throw firstRefusal!
    return results
  } catch (error) {
    request.raw.unpipe()
    await uploads.takeBack(admission, stored)
    throw multipartError(error)
  }
}

const skipRest = async (part: MultipartFile, most: number, refusal: AppError): Promise<void> => {
  let skipped = 0
  for await (const chunk of bytesOfPart(part)) {
    skipped += chunk.length
    if (skipped > most) throw refusal
  }
}
