/** GET /download: one file, or a ZIP of all of them, for one token. */
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ZipFile } from 'yazl'
import * as contract from '#contract/conversion/index.ts'
import { AppError } from '#kernel/errors.ts'
import {
  type ConversionSession,
  findFormat,
  type Job,
  outputNameOf,
  type SessionJobs,
  type Sessions,
  uniqueNames,
} from '../../features/conversion/index.ts'
import { type BlobStore, UNKNOWN_TYPE } from '../../features/files/index.ts'
import { dispositionOf, sendFile } from '../shared/send-file.ts'
import { serving, type ServeOptions } from '../shared/serve.ts'

const ARCHIVE_NAME = 'converted-files.zip'

interface Needs extends ServeOptions {
  readonly sessions: Sessions
  readonly jobs: SessionJobs
  readonly blobs: BlobStore
  readonly sessionOf: (request: FastifyRequest) => ConversionSession
}

/** A job whose output is there. */
type FinishedJob = Job & { readonly outputKey: string; readonly outputFormat: string; readonly outputSize: number }

const isFinished = (job: Job): job is FinishedJob =>
  job.status === 'completed' && job.outputKey !== null && job.outputFormat !== null && job.outputSize !== null

export const registerDownloadRoutes = (server: FastifyInstance, needs: Needs): void => {
  const { sessions, jobs, blobs, sessionOf, ...options } = needs
  const serve = serving(server, options)

  serve(contract.issueDownloadToken, async ({ body, request }) => {
    const session = sessionOf(request)
    const job = await jobs.get(session, body.job_id)
    if (!isFinished(job)) throw new AppError('job.not_finished')
    return { download_token: await sessions.issueToken(session, job.id) }
  })

  serve(contract.issueArchiveToken, async ({ request }) => {
    const session = sessionOf(request)
    if (!(await jobs.list(session)).some(isFinished)) throw new AppError('conversion.nothing_finished')
    return { download_token: await sessions.issueToken(session, null) }
  })

  serve(contract.download, async ({ query, request, reply }) => {
    const session = sessionOf(request)
    const { jobId } = await sessions.takeToken(session, query.token)
    if (jobId === null) {
      await sendArchive(reply, (await jobs.list(session)).filter(isFinished), blobs)
      return
    }
    const job = await jobs.get(session, jobId)
    if (!isFinished(job)) throw new AppError('job.not_finished')
    await sendFile(request, reply, {
      size: job.outputSize,
      // Another task has another output.
      tag: job.taskId ?? undefined,
      contentType: contentTypeOf(job),
      name: outputNameOf(job)!,
      disposition: 'attachment',
      proxied: () => blobs.proxied(job.outputKey),
      open: (range) => blobs.open(job.outputKey, range),
    })
  })
}

/** Texts that engines make are UTF-8. */
const contentTypeOf = ({ outputFormat }: FinishedJob): string => {
  const type = findFormat(outputFormat)?.contentTypes[0] ?? UNKNOWN_TYPE
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}

/** As it is read: nothing of it lies anywhere. Its files are stored as they are, so its length is known before. */
const sendArchive = async (reply: FastifyReply, jobs: readonly FinishedJob[], blobs: BlobStore): Promise<void> => {
  if (jobs.length === 0) throw new AppError('conversion.nothing_finished')
  const names = uniqueNames(jobs.map((job) => outputNameOf(job)!))
  const zip = new ZipFile()
  const length = new Promise<number>((resolve, reject) => {
    // A file that is gone, because the session was closed: whoever reads sees that the archive is cut off.
    zip.on('error', (error: Error) => {
      reject(error)
      output.destroy(error)
    })
    for (const [index, job] of jobs.entries()) {
      const mtime = job.completedAt ?? job.createdAt
      zip.addReadStreamLazy(names[index]!, { size: job.outputSize, compress: false, mtime, mode: 0o100644 }, (pass) => {
        openOutput(job, blobs).then(
          (bytes) => pass(null, bytes),
          (error: unknown) => pass(error, undefined!),
        )
      })
    }
    // Its types know neither that all options may be left out nor what is called back.
    zip.end(undefined, resolve as () => void)
  })
  const output = zip.outputStream as Readable
  reply.headers({
    'content-type': 'application/zip',
    'content-disposition': dispositionOf({ disposition: 'attachment', name: ARCHIVE_NAME }),
    'content-security-policy': "default-src 'none'; sandbox",
    'content-length': await length,
  })
  await reply.code(200).send(output)
}

const openOutput = async ({ outputKey }: FinishedJob, blobs: BlobStore): Promise<Readable> => {
  const bytes = await blobs.open(outputKey)
  if (bytes === undefined) throw new AppError('file.not_found')
  return bytes
}
