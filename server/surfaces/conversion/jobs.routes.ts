/** The jobs of a session: converting, looking, following, cancelling, removing. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as contract from '#contract/conversion/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type {
  ConversionSession,
  FindOffer,
  JobEvent,
  JobFeed,
  Offer,
  SessionJobs,
} from '../../features/conversion/index.ts'
import type { EventStreams } from '../shared/event-stream.ts'
import { serving, type ServeOptions } from '../shared/serve.ts'
import { presentJob, presentStatus } from './present.ts'

/** Streams of one session at once: a tab holds one. */
const MOST_STREAMS = 10

interface Needs extends ServeOptions {
  readonly jobs: SessionJobs
  readonly findOffer: FindOffer
  readonly feed: JobFeed
  readonly streams: EventStreams
  readonly clock: Clock
  readonly sessionOf: (request: FastifyRequest) => ConversionSession
}

export const registerJobsRoutes = (server: FastifyInstance, needs: Needs): void => {
  const { jobs, findOffer, feed, streams, clock, sessionOf, ...options } = needs
  const serve = serving(server, options)
  const timestamp = () => clock.now().toISOString()

  serve(contract.convert, async ({ body, request }) => {
    const job = await jobs.convert(sessionOf(request), body.job_id, body.target_format)
    return { job_id: job.id, task_id: job.taskId!, status: 'processing' as const }
  })

  serve(contract.readJobStatus, async ({ query, request }) =>
    presentStatus(await jobs.get(sessionOf(request), query.job_id)),
  )

  serve(contract.readSession, async ({ request }) => {
    const session = sessionOf(request)
    const [held, offer] = await Promise.all([jobs.list(session), findOffer()])
    return { expires_at: session.expiresAt.toISOString(), jobs: held.map((job) => presentJob(job, offer)) }
  })

  serve(contract.cancelJob, async ({ body, request }) => {
    const [job, offer] = await Promise.all([jobs.cancel(sessionOf(request), body.job_id), findOffer()])
    return presentJob(job, offer)
  })

  serve(contract.removeJob, async ({ body, request }) => {
    await jobs.remove(sessionOf(request), body.job_id)
    return { job_id: body.job_id }
  })

  /** How many streams each session has here. */
  const open = new Map<string, number>()
  const count = (hash: string, by: number) => {
    const sum = (open.get(hash) ?? 0) + by
    if (sum === 0) open.delete(hash)
    else open.set(hash, sum)
  }
  // Without the envelope: each event is as it is.
  const { present: _, ...plain } = options
  serving(server, plain)(contract.followSession, async ({ request, reply }) => {
    const { hash, expiresAt } = sessionOf(request)
    if ((open.get(hash) ?? 0) >= MOST_STREAMS) throw new AppError('request.rate_limited', { retryAfterSeconds: 10 })
    const offer = await findOffer()
    if (request.raw.destroyed) return
    let detach = () => {}
    count(hash, 1)
    const stream = streams.open(reply, {
      heartbeat: () => ({ type: 'heartbeat', timestamp: timestamp() }),
      endsAt: expiresAt,
      onClose: () => {
        count(hash, -1)
        detach()
      },
    })
    stream.send({ type: 'connected', timestamp: timestamp() })
    const attached = feed.attach(hash, {
      receive: (event) => stream.send({ ...presentEvent(event, offer), timestamp: timestamp() }),
      close: () => stream.close(),
    })
    detach = attached.detach
    // It may have been closed at once.
    if (!stream.isOpen) detach()
  })
}

const presentEvent = (event: JobEvent, offer: Offer) =>
  event.type === 'job'
    ? { type: event.type, job: presentJob(event.job, offer) }
    : { type: event.type, job_id: event.jobId }
