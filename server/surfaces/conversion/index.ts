/** Seed 3: file conversion without an account, in a session that cleans up after itself. */
import type { FastifyInstance } from 'fastify'
import * as contract from '#contract/conversion/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { ConversionUploads, FindOffer, JobFeed, SessionJobs, Sessions } from '../../features/conversion/index.ts'
import type { BlobStore } from '../../features/files/index.ts'
import type { RefuseCrossSite } from '../shared/cross-site.ts'
import type { EventStreams } from '../shared/event-stream.ts'
import type { Identify } from '../shared/identify.ts'
import { serving } from '../shared/serve.ts'
import type { SessionCookie } from '../shared/session-cookie.ts'
import type { Surface } from '../shared/surface.ts'
import { type ConversionRates, makeAdmission } from './admit.ts'
import { registerDownloadRoutes } from './download.routes.ts'
import { conversionEnvelope, wrapSuccess } from './envelope.ts'
import { registerJobsRoutes } from './jobs.routes.ts'
import { presentEngines, presentFormats } from './present.ts'
import { registerUploadRoutes } from './upload.routes.ts'

export interface ConversionNeeds {
  readonly identify: Identify
  readonly sessions: Sessions
  readonly jobs: SessionJobs
  readonly uploads: ConversionUploads
  readonly findOffer: FindOffer
  readonly feed: JobFeed
  readonly streams: EventStreams
  readonly blobs: BlobStore
  readonly cookie: SessionCookie
  readonly refuseCrossSite: RefuseCrossSite
  readonly rates: ConversionRates
  readonly clock: Clock
}

export const conversionSurface = (needs: ConversionNeeds): Surface => ({
  name: 'conversion',
  envelope: conversionEnvelope,
  register: (server) => registerRoutes(server, needs),
})

const registerRoutes = (server: FastifyInstance, needs: ConversionNeeds): void => {
  const { sessions, cookie, findOffer, uploads } = needs
  const { admit, admitNew, sessionOf } = makeAdmission(needs)
  server.decorateRequest('conversionSession', null)
  const options = { identify: needs.identify, present: wrapSuccess, admitAnybody: admit }
  const serve = serving(server, options)

  serve(contract.initSession, async ({ request, reply }) => {
    const { session, newSecret } = await sessions.begin(cookie.read(request), () => admitNew(request, reply))
    if (newSecret !== undefined) cookie.set(reply, newSecret)
    return { csrf_token: session.csrfToken }
  })

  serve(contract.closeSession, async ({ request, reply }) => {
    await needs.jobs.close(sessionOf(request))
    cookie.clear(reply)
    return { message: 'Session closed and cleaned up.' as const }
  })

  serve(contract.listFormats, async () => presentFormats(await findOffer(), uploads.fileBytes))
  serve(contract.listEngines, async () => presentEngines(await findOffer()))

  registerUploadRoutes(server, { ...options, uploads, sessionOf })
  registerJobsRoutes(server, { ...options, ...pick(needs, 'jobs', 'findOffer', 'feed', 'streams', 'clock'), sessionOf })
  registerDownloadRoutes(server, {
    ...options,
    ...pick(needs, 'sessions', 'jobs', 'blobs'),
    sessionOf,
  })
}

const pick = <T, const Key extends keyof T>(from: T, ...keys: Key[]): Pick<T, Key> =>
  Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, Key>
