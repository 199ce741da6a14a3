/** Files of conversations: uploading, and reading them and their pictures. */
import multipart, { type MultipartFile } from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as contract from '#contract/messages/index.ts'
import { AppError, toAppError } from '#kernel/errors.ts'
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
    await registerMultipart(scope)
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

const registerMultipart = (server: FastifyInstance) =>
  server.register(multipart, {
    throwFileSizeLimit: false,
    // Names are data and never a path: they are kept whole.
    preservePath: true,
    limits: { files: MOST_FILES, fields: 0, fieldNameSize: 100, headerPairs: 20, fileSize: Infinity },
  })

const sendable = (file: StoredFile, wanted: 'inline' | 'attachment', blobs: BlobStore): SendableFile => ({
  size: file.size,
  tag: file.sha256.toString('hex'),
  contentType: file.contentType,
  name: file.name,
  disposition: wanted === 'inline' && fileTypeOf(file.contentType).isSafeInline ? 'inline' : 'attachment',
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
      if (part.fieldname !== contract.uploadFiles.parts) throw wrongPart(part.fieldname)
      const name = nameOf(part)
      try {
        // Ending its stream early would end the parser's too.
        const bytes = part.file.iterator({ destroyOnReturn: false })
        const file = await uploads.receive(admission, { name, bytes })
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
    if (results.length === 0) throw noPart()
    if (stored.length === 0) throw firstRefusal!
    return results
  } catch (error) {
    request.raw.unpipe()
    await uploads.takeBack(admission, stored)
    throw uploadError(error)
  }
}

const skipRest = async ({ file }: MultipartFile, most: number, refusal: AppError): Promise<void> => {
  let skipped = 0
  for await (const chunk of file.iterator({ destroyOnReturn: false })) {
    skipped += (chunk as Buffer).length
    if (skipped > most) throw refusal
  }
}

/** Browsers write three characters of a name as escapes (HTML, multipart/form-data encoding algorithm). */
const nameOf = ({ filename }: MultipartFile): string =>
  (filename ?? '').replaceAll('%22', '"').replaceAll(/%0d/gi, '\r').replaceAll(/%0a/gi, '\n')

const wrongPart = (name = ''): AppError =>
  new AppError('request.invalid', {
    issues: [{ part: 'body', path: [name.slice(0, 100)], rule: 'unknown', message: 'should not exist' }],
  })

const noPart = (): AppError =>
  new AppError('request.invalid', {
    issues: [{ part: 'body', path: ['file'], rule: 'missing', message: 'must be a file' }],
  })

/** What the parser found wrong, in the words of the catalogue. */
const uploadError = (error: unknown): AppError => {
  if (error instanceof AppError) return error
  switch ((error as { code?: string }).code) {
    case 'FST_FILES_LIMIT':
      return new AppError('file.too_many')
    case 'FST_FIELDS_LIMIT':
    case 'FST_PARTS_LIMIT':
    case 'FST_PROTO_VIOLATION':
      return wrongPart('field')
    case 'FST_MP_PREMATURE_CLOSE':
    case 'ECONNRESET':
      return new AppError('file.cut_off', { cause: error })
  }
  // The parser's own errors have no code.
  const isParser = /^(Multipart:|Part terminated|Unexpected end of multipart|Malformed|Max)/.test(
    (error as Error).message,
  )
  return isParser
    ? new AppError('request.malformed', { cause: error, message: 'The request body is not valid multipart/form-data.' })
    : toAppError(error)
}
