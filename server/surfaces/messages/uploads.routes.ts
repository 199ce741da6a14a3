/** Uploading a large file so that it can go on where it stopped: tus 1.0. */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as contract from '#contract/messages/index.ts'
import { AppError } from '#kernel/errors.ts'
import type { ResumableUploads, UploadProgress } from '../../features/files/index.ts'
import type { Identify } from '../shared/identify.ts'
import { serving } from '../shared/serve.ts'
import { presentUploadedFile } from './present-file.ts'

export interface UploadsRoutesNeeds {
  readonly identify: Identify
  readonly resumableUploads: ResumableUploads
}

export const registerUploadsRoutes = (server: FastifyInstance, needs: UploadsRoutesNeeds): void => {
  const uploads = needs.resumableUploads

  // In a scope of its own: everywhere else such bytes are no body, and there is no version to speak of.
  void server.register((scope, _options, done) => {
    scope.addContentTypeParser(contract.continueUpload.bytes!, (_request, payload, parsed) => parsed(null, payload))
    scope.addHook('onRequest', (_request, reply, next) => {
      reply.header('tus-resumable', contract.TUS_VERSION)
      next()
    })
    const serve = serving(scope, needs)

    serve(contract.beginUpload, async ({ actor, request, reply }) => {
      checkVersion(request, reply)
      const size = Number(request.headers['upload-length'])
      const upload = await uploads.begin(actor, { ...readMetadata(request), size })
      reply.headers({
        location: `${contract.beginUpload.path}/${upload.id}`,
        'upload-expires': upload.expiresAt.toUTCString(),
      })
    })

    serve(contract.getUpload, async ({ actor, params, request, reply }) => {
      // GET is our own: the protocol has HEAD only.
      if (request.method === 'HEAD') checkVersion(request, reply)
      const progress = await uploads.get(actor, params.fileId)
      tell(reply, progress).header('upload-length', progress.size)
      const { offset, size, file } = progress
      return { offset, fileSize: size, file: file ? presentUploadedFile(file) : null }
    })

    serve(contract.continueUpload, async ({ actor, params, request, reply }) => {
      checkVersion(request, reply)
      if (!(request.body instanceof Readable)) throw new AppError('request.media_type')
      const offset = Number(request.headers['upload-offset'])
      tell(reply, await uploads.append(actor, params.fileId, offset, request.body))
    })

    serve(contract.cancelUpload, async ({ actor, params, request, reply }) => {
      checkVersion(request, reply)
      await uploads.cancel(actor, params.fileId)
    })
    done()
  })
}

const checkVersion = ({ headers }: FastifyRequest, reply: FastifyReply): void => {
  if (headers['tus-resumable'] === contract.TUS_VERSION) return
  reply.header('tus-version', contract.TUS_VERSION)
  throw new AppError('request.tus_version')
}

const tell = (reply: FastifyReply, { offset, expiresAt, file }: UploadProgress): FastifyReply =>
  reply.headers({
    'upload-offset': offset,
    ...(expiresAt && { 'upload-expires': expiresAt.toUTCString() }),
    ...(file && { 'x-file-id': file.id }),
  })

/** `Upload-Metadata`: names with values in Base64. */
const readMetadata = ({ headers }: FastifyRequest): { conversationId: string; name: string } => {
  const values = new Map<string, string>()
  for (const pair of String(headers['upload-metadata']).split(',')) {
    const [, key, value = ''] = /^([^ ,]+)(?: ([A-Za-z0-9+/]*={0,2}))?$/.exec(pair.trim()) ?? []
    if (key === undefined || values.has(key)) throw wrongMetadata('must be names with values in Base64')
    values.set(key, decoded(value))
  }
  const conversationId = contract.uploadFiles.query!.safeParse({ conversationId: values.get('conversationId') })
  if (!conversationId.success) throw wrongMetadata('must name a conversationId')
  return { ...conversationId.data, name: values.get('filename') ?? '' }
}

const decoded = (value: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'base64'))
  } catch {
    throw wrongMetadata('must be UTF-8')
  }
}

const wrongMetadata = (message: string): AppError =>
  new AppError('request.invalid', {
    issues: [{ part: 'headers', path: ['upload-metadata'], rule: 'other', message }],
  })
