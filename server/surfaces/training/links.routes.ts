/** Follows signed links (contracts, decision 11). Who has the link is all that is asked. */
import { pipeline, type Readable, Transform } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '#kernel/errors.ts'
import {
  type BlobStore,
  type FollowLink,
  LINK_PATH,
  linkedName,
  linkedType,
  type LinkTarget,
} from '../../features/files/index.ts'
import type { TrainingDownloads } from '../../features/training/index.ts'
import { sendFile } from '../shared/send-file.ts'

export interface LinkRoutesNeeds {
  readonly followLink: FollowLink
  readonly blobs: BlobStore
  readonly downloads: TrainingDownloads
}

/** Paths hold `/`, which no endpoint of a contract can say: the route is declared here. */
export const registerLinkRoutes = (
  server: FastifyInstance,
  { followLink, blobs, downloads }: LinkRoutesNeeds,
): void => {
  server.route({
    method: ['GET', 'HEAD'],
    url: `${LINK_PATH}/*`,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const { target, token } = read(request)
      const { key, size } = await followLink(target, token)
      // Its bytes may lie there until they are swept: a link ends with what it leads to.
      if (!(await downloads.isKept(target))) throw new AppError('file.not_found')
      return sendFile(request, reply, {
        size,
        tag: undefined,
        contentType: linkedType(target),
        name: linkedName(target),
        disposition: 'attachment',
        proxied: () => blobs.proxied(key),
        open: async (range) => counted(await blobs.open(key, range), (sent) => downloads.noteServed(target, sent)),
      })
    },
  })
}

/** The same bytes; says how many pass, piece by piece. What breaks on either side ends the other. */
const counted = (bytes: Readable | undefined, note: (sent: number) => void): Readable | undefined => {
  if (bytes === undefined) return undefined
  const counter = new Transform({
    transform(piece: Buffer, _encoding, done) {
      note(piece.length)
      done(null, piece)
    },
  })
  return pipeline(bytes, counter, () => {})
}

/** One spelling only, the one that was signed: as it came, before anything of it is decoded. */
const read = ({ url }: FastifyRequest): { target: LinkTarget; token: string } => {
  const [, bucket, path, token] =
    /^\/([\w-][\w.-]*)\/([\w.-]+(?:\/[\w.-]+)*)\?token=([\w-]+)$/.exec(url.slice(LINK_PATH.length)) ?? []
  if (!url.startsWith(`${LINK_PATH}/`) || bucket === undefined || path === undefined || token === undefined)
    throw new AppError('link.invalid')
  return { target: { bucket, path }, token }
}
