/** POST /upload: a form with one file and the id that its job shall have. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as contract from '#contract/conversion/index.ts'
import { AppError } from '#kernel/errors.ts'
import type { ConversionSession, ConversionUploads, TakenUpload } from '../../features/conversion/index.ts'
import {
  bytesOfPart,
  fileNameOf,
  missingFile,
  multipartError,
  registerMultipart,
  unknownPart,
} from '../shared/multipart.ts'
import { serving, type ServeOptions } from '../shared/serve.ts'

/** What boundaries and names of parts may take, in bytes. */
const OVERHEAD = 64 * 1024

interface Needs extends ServeOptions {
  readonly uploads: ConversionUploads
  readonly sessionOf: (request: FastifyRequest) => ConversionSession
}

export const registerUploadRoutes = (server: FastifyInstance, { uploads, sessionOf, ...options }: Needs): void => {
  // In a scope of its own: everywhere else a form is no body.
  void server.register(async (scope) => {
    await registerMultipart(scope, { files: 1, fields: 1 })
    serving(scope, options)(contract.upload, async ({ request }) => {
      if (!request.isMultipart()) throw new AppError('request.media_type')
      const announced = Number(request.headers['content-length'] ?? 0)
      if (announced > uploads.fileBytes + OVERHEAD) throw uploads.tooLarge()
      try {
        const job = await takeForm(request, uploads, sessionOf(request))
        return { job_id: job.id, status: 'uploaded' as const }
      } catch (error) {
        request.raw.unpipe()
        throw multipartError(error)
      }
    })
  })
}

/** The file is taken before it is known whether an id follows: nothing says that it comes first. */
const takeForm = async (request: FastifyRequest, uploads: ConversionUploads, session: ConversionSession) => {
  let jobId: string | undefined
  let taken: TakenUpload | undefined
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        if (part.fieldname !== contract.upload.parts) throw unknownPart(part.fieldname)
        if (jobId !== undefined) await uploads.checkId(session, jobId)
        taken = await uploads.take(session, { name: fileNameOf(part), bytes: bytesOfPart(part) })
      } else {
        if (part.fieldname !== 'job_id') throw unknownPart(part.fieldname)
        jobId = readJobId(part.value)
      }
    }
    if (taken === undefined) throw missingFile('file')
    return await uploads.keep(session, jobId ?? readJobId(undefined), taken)
  } finally {
    if (taken !== undefined) await uploads.discard(taken)
  }
}

const readJobId = (value: unknown): string => {
  const result = contract.jobId.safeParse(value)
  if (result.success) return result.data
  throw new AppError('request.invalid', {
    issues: [
      {
        part: 'body',
        path: ['job_id'],
        rule: value === undefined ? 'missing' : 'format',
        message: 'must be a UUID of version 4',
      },
    ],
  })
}
