/** What a surface is to the server: a name, an error envelope and routes. It knows HTTP and no feature. */
import type { FastifyInstance } from 'fastify'
import type { AppError, ErrorKind } from '#kernel/errors.ts'

export type SurfaceName = 'app' | 'chat-v1' | 'conversations' | 'conversion' | 'messages' | 'training'

/** What an answer may say about its request. */
export interface RequestContext {
  readonly requestId: string
  /** When the answer is made. */
  readonly time: Date
  /** The path parameters that were found, whether or not they are valid. */
  readonly params: Readonly<Record<string, string>>
}

export interface ErrorAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: unknown
}

/** Spells an error as the surface's contract says. */
export type Envelope = (error: AppError, context: RequestContext) => ErrorAnswer

export interface Surface {
  readonly name: SurfaceName
  readonly envelope: Envelope
  /** Adds the routes; a surface that comes later has none yet and answers 404 in its envelope. */
  register?(server: FastifyInstance): void
}

/** The status of each kind where a contract says nothing else. Typed so that a new kind does not compile until it is here. */
export const usualStatus: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  payment_required: 402,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  gone: 410,
  version: 412,
  too_large: 413,
  unsupported_media_type: 415,
  unsatisfiable: 416,
  too_early: 425,
  rate_limited: 429,
  internal: 500,
  upstream: 502,
  unavailable: 503,
}

const ofConversation = String.raw`/api/conversations/[^/]+`

/** First match wins; `method` is absent where it does not matter. */
const table: readonly { readonly path: RegExp; readonly method?: string; readonly surface: SurfaceName }[] = [
  { path: /^\/api\/v1(\/|$)/, surface: 'chat-v1' },
  { path: new RegExp(`^${ofConversation}/messages/?$`), method: 'GET', surface: 'messages' },
  { path: new RegExp(`^${ofConversation}/files(/|$)`), surface: 'messages' },
  { path: /^\/api\/(files|team)(\/|$)/, surface: 'messages' },
  { path: new RegExp(`^${ofConversation}/download(/|$)`), surface: 'training' },
  { path: /^\/(api\/training|storage)(\/|$)/, surface: 'training' },
  { path: /^\/api\/(conversations|api-key|models|auth)(\/|$)/, surface: 'conversations' },
  { path: /^\/(session|upload|convert|job_status|download_token|download)(\/|$)/, surface: 'conversion' },
]

/**
 * Which contract a request belongs to, by its path alone (and, on the one path that two contracts share, by its method):
 * before anybody is asked who they are and before any body is read.
 */
export const surfaceOf = (method: string, url: string): SurfaceName => {
  const query = url.indexOf('?')
  const path = decoded(query === -1 ? url : url.slice(0, query))
  const wanted = method === 'HEAD' ? 'GET' : method
  return table.find((row) => row.path.test(path) && (row.method ?? wanted) === wanted)?.surface ?? 'app'
}

/** As the router reads a path: `%63` is `c`, and `%2F` is no slash. What can't be decoded is left as it is. */
const decoded = (path: string): string => {
  if (!path.includes('%')) return path
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}
