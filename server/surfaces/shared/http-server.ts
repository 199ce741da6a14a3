/** The HTTP server: one Fastify that carries all surfaces, and the one place where an error becomes an answer. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Endpoint } from '#contract/endpoint.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError, toAppError } from '#kernel/errors.ts'
import { readJson } from './read-json.ts'
import { refuseBody } from './refuse-body.ts'
import { securityHeaders } from './security-headers.ts'
import { type Surface, type SurfaceName, surfaceOf } from './surface.ts'

/** Largest JSON body, in bytes: a message of 50,000 characters, each written as an escape of six, fits several times. */
const MAX_BODY = 2 * 1024 * 1024

export interface HttpServerOptions {
  readonly surfaces: readonly Surface[]
  readonly clock: Clock
  readonly logger: FastifyBaseLogger
  /** Trust `X-Forwarded-*` of these proxies: loopback only, unless configured. */
  readonly trustProxy: string | false
  /** `https` adds HSTS and upgrade-insecure-requests. */
  readonly isHttps: boolean
  /** Where the requests come from: made, and listened on, by the caller, who may answer before this server is ready. */
  readonly listener: {
    readonly server: Server
    use(handler: RequestListener): void
    giveTime(request: IncomingMessage): void
  }
  /** Sends the web app's page; absent where it was not built. */
  readonly sendPage: ((reply: FastifyReply) => FastifyReply) | undefined
  /** Routes that belong to no contract: health, the page's files. */
  readonly registerExtras: (server: FastifyInstance) => Promise<void>
}

/** Builds the server; it does not listen yet. */
export const buildHttpServer = async (options: HttpServerOptions): Promise<FastifyInstance> => {
  const server = Fastify({
    loggerInstance: options.logger,
    // Requests are logged by our own hook, without query strings: tickets are in them.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY,
    trustProxy: options.trustProxy === false ? false : options.trustProxy,
    genReqId: () => randomUUID(),
    // A query is read strictly: a repeated key is an array, which every schema refuses.
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    // Answers to what isn't even HTTP, and to paths that can't be decoded.
    frameworkErrors: (error, request, reply) => void answer(error, request as FastifyRequest, reply as FastifyReply),
    // What isn't HTTP is the listener's business.
    clientErrorHandler: () => {},
    // `GET http://any.host/path` means the same as `GET /path` (RFC 9112, 3.2.2), and surfaces are chosen by the path.
    rewriteUrl: ({ url = '/' }) =>
      url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/^(?=\?|$)/, '/'),
    forceCloseConnections: 'idle',
    serverFactory: (handler) => {
      options.listener.use(handler)
      return options.listener.server
    },
  })

  const byName = new Map<SurfaceName, Surface>(options.surfaces.map((surface) => [surface.name, surface]))
  const endpoints: Endpoint[] = []
  server.decorate('endpointRegistry', { add: (endpoint) => void endpoints.push(endpoint), endpoints })
  server.decorate('giveTime', options.listener.giveTime)
  server.decorateRequest('actor', null)

  const fixedHeaders = securityHeaders(options.isHttps)
  const answer = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): unknown => {
    const error = fromFramework(thrown)
    const surface = byName.get(surfaceOf(request.method, request.url))!
    if (error.kind === 'internal' || error.kind === 'unavailable') {
      request.log.error({ err: error.cause ?? error, code: error.code }, 'request failed')
    }
    const { status, contentType, body } = surface.envelope(error, {
      requestId: request.id,
      time: options.clock.now(),
      params: (request.params ?? {}) as Record<string, string>,
    })
    // Again: where the router itself refuses, no hook has set them.
    reply.headers(fixedHeaders).header('x-request-id', request.id)
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds))
    if (error.allow !== undefined) reply.header('allow', error.allow.join(', '))
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    reply.header('cache-control', 'no-store')
    const text = JSON.stringify(body)
    if (error.kind === 'too_large' || isUploading(request))
      return refuseBody(request, reply, { status, contentType, text })
    return reply.code(status).type(contentType).send(text)
  }
  server.setErrorHandler((error, request, reply) => answer(error, request, reply))

  const allowedMethods = methodsByPath(endpoints)
  const nowhere = (request: FastifyRequest): AppError => {
    const allow = allowedMethods(request.url)
    return allow.length > 0 ? new AppError('request.method', { allow }) : new AppError('route.not_found')
  }
  server.setNotFoundHandler((request, reply) => {
    if (options.sendPage !== undefined && isPageAddress(request)) return options.sendPage(reply)
    return answer(nowhere(request), request, reply)
  })

  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, readJson(body as Buffer))
    } catch (error) {
      done(error as Error)
    }
  })

  // These hooks call back: a promise for each of them costs every request some microseconds.
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(fixedHeaders).header('x-request-id', request.id)
    // Before the body is read: what leads nowhere has no body to speak of.
    done(request.is404 && !isReading(request) ? nowhere(request) : undefined)
  })
  server.addHook('onSend', (request, reply, _payload, done) => {
    // What belongs to a person is never kept by a cache.
    const path = request.routeOptions.url ?? request.url
    if (path.startsWith('/api/') && !reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    done()
  })
  server.addHook('onResponse', (request, reply, done) => {
    request.log.debug(
      {
        method: request.method,
        path: pathOf(request.url),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    )
    done()
  })

  await options.registerExtras(server)
  for (const surface of options.surfaces) surface.register?.(server)
  await server.ready()
  return server
}

/** Whether files are still on their way: nobody waits for gigabytes that lead nowhere. */
const isUploading = ({ raw, headers }: FastifyRequest): boolean =>
  !raw.complete && /^(multipart\/|application\/offset\+octet-stream)/i.test(headers['content-type'] ?? '')

const pathOf = (url: string): string => url.split('?', 1)[0]!

const isReading = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD'

/** An address of the web app itself, typed or followed in a browser: the page decides what is there. */
const isPageAddress = (request: FastifyRequest): boolean =>
  isReading(request) && isPagePath(request) && (request.headers.accept ?? '').includes('text/html')

/** The page that converts has addresses beside the endpoints: `/convert`, `/convert/docx-to-pdf`. */
const isPagePath = ({ method, url }: FastifyRequest): boolean => {
  const path = pathOf(url)
  if (surfaceOf(method, url) !== 'app') return /^\/convert(\/[\w-]+)?\/?$/.test(path)
  return !/^\/(api|assets)(\/|$)/.test(path)
}

/** What Fastify itself found wrong with a request, in the words of the catalogue. */
const fromFramework = (thrown: unknown): AppError => {
  if (thrown instanceof AppError) return thrown
  const { code, statusCode } = thrown as FastifyError
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('request.too_large', { cause: thrown })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError('request.media_type', { cause: thrown })
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new AppError('request.malformed', { cause: thrown })
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_ASYNC_CONSTRAINT':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new AppError('route.not_found', { cause: thrown })
    default:
      // An upload that was broken off: nobody will read the answer.
      if (statusCode === 400 || code === 'ECONNRESET') return new AppError('request.malformed', { cause: thrown })
      return toAppError(thrown)
  }
}

/** Which methods an address supports, read from the contract: `[]` where there is no such address. */
const methodsByPath = (endpoints: readonly Endpoint[]) => (url: string) => {
  const path = pathOf(url).replace(/(.)\/$/, '$1')
  const methods = endpoints
    .filter((endpoint) => new RegExp(`^${endpoint.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path))
    .flatMap(({ method, reply }) => (method === 'GET' && !reply.stream && !reply.once ? ['GET', 'HEAD'] : [method]))
  return [...new Set(methods)]
}
