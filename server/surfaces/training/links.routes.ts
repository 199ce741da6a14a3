/** Follows signed links (contracts, decision 11). Who has the link is all that is asked. */
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
import { sendFile } from '../shared/send-file.ts'

export interface LinkRoutesNeeds {
  readonly followLink: FollowLink
  readonly blobs: BlobStore
}

/** Paths hold `/`, which no endpoint of a contract can say: the route is declared here. */
export const registerLinkRoutes = (server: FastifyInstance, { followLink, blobs }: LinkRoutesNeeds): void => {
  server.route({
    method: ['GET', 'HEAD'],
    url: `${LINK_PATH}/*`,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const { target, token } = read(request)
      const { key, size } = await followLink(target, token)
      return sendFile(request, reply, {
        size,
        tag: undefined,
        contentType: linkedType(target),
        name: linkedName(target),
        disposition: 'attachment',
        proxied: () => blobs.proxied(key),
        open: (range) => blobs.open(key, range),
      })
    },
  })
}

/** One spelling only, the one that was signed: as it came, before anything of it is decoded. */
const read = ({ url }: FastifyRequest): { target: LinkTarget; token: string } => {
  const [, bucket, path, token] =
    /^\/([\w-][\w.-]*)\/([\w.-]+(?:\/[\w.-]+)*)\?token=([\w-]+)$/.exec(url.slice(LINK_PATH.length)) ?? []
  if (!url.startsWith(`${LINK_PATH}/`) || bucket === undefined || path === undefined || token === undefined)
    throw new AppError('link.invalid')
  return { target: { bucket, path }, token }
}
