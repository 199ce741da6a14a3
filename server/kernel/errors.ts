/** Every error that Parlance can tell a person about; it knows nothing of HTTP, SQL or any surface. */

/**
 * What went wrong, seen from far enough away that every surface can answer for it. A surface's envelope
 * maps each kind to its status and wording; adding a kind does not compile until all of them do.
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'payment_required'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'internal'
  | 'upstream'
  | 'unavailable'

interface CatalogueEntry {
  readonly kind: ErrorKind
  /** A sentence for the person, complete without the code. */
  readonly message: string
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean
}

const entry = (kind: ErrorKind, message: string, retryable = false): CatalogueEntry => ({ kind, message, retryable })

/** The one catalogue; `docs/reference/errors.md` is generated from it. */
export const errorCatalogue = {
  'request.malformed': entry('invalid', 'The request body is not valid JSON.'),
  'request.invalid': entry('invalid', 'Some values in the request are not valid.'),
  'request.too_large': entry('too_large', 'The request is larger than the server accepts.'),
  'request.media_type': entry('unsupported_media_type', 'The content type of the request is not supported.'),
  'request.method': entry('method_not_allowed', 'This address does not support that method.'),
  'request.cross_site': entry('forbidden', 'The request came from another site and was refused.'),
  'request.idempotency_key_reused': entry(
    'conflict',
    'This Idempotency-Key was used for another request. Use a new key for a new request.',
  ),
  'request.rate_limited': entry('rate_limited', 'Too many requests. Please wait a moment and try again.', true),
  'route.not_found': entry('not_found', 'There is nothing at this address.'),

  'identity.missing': entry('unauthenticated', 'Please sign in.'),
  'identity.invalid': entry('unauthenticated', 'Your sign-in is not valid or has expired.'),
  'identity.unverifiable': entry('unavailable', 'Your sign-in cannot be checked right now. Please try again.', true),
  'identity.wrong_credentials': entry('unauthenticated', 'Invalid email or password'),
  'identity.too_many_attempts': entry('rate_limited', 'Too many attempts to sign in. Please wait and try again.', true),
  'account.exists': entry('conflict', 'An account with this e-mail address exists already.'),
  'account.signup_closed': entry('forbidden', 'New accounts are not open on this server.'),
  'account.no_password': entry('conflict', 'This account signs in elsewhere and has no password here.'),
  'session.not_found': entry('not_found', 'Session not found'),
  'access_token.not_found': entry('not_found', 'Access token not found'),
  'access_token.too_many': entry(
    'conflict',
    'You have as many access tokens as one person can have. Revoke one first.',
  ),
  'provider_key.unreadable': entry('internal', 'The stored API key cannot be read. Please save it again.'),

  'conversation.not_found': entry('not_found', 'Conversation not found'),
  'conversation.forbidden': entry('forbidden', "You don't have access to this conversation"),
  'message.not_found': entry('not_found', 'Message not found'),
  'reply.not_found': entry('not_found', 'No reply is being written in this conversation.'),
  'reply.nothing_to_answer': entry('conflict', 'There is no message to answer, or its reply is being written already.'),

  'model.not_configured': entry('invalid', 'No API key is configured. Add your OpenRouter API key in the settings.'),
  'model.not_available': entry('invalid', 'This model is not available. Choose another one.'),
  'model.key_rejected': entry('payment_required', 'The model provider rejected the API key.'),
  'model.no_funds': entry('payment_required', 'The account at the model provider has no credit left.'),
  'model.rate_limited': entry(
    'payment_required',
    'The model provider is limiting requests. Please wait and try again.',
    true,
  ),
  'model.unreachable': entry('upstream', 'The model provider cannot be reached.', true),
  'model.failed': entry('upstream', 'The model provider failed to answer.', true),
  'model.timeout': entry('upstream', 'The model provider took too long to answer.', true),
  'model.garbled': entry('upstream', 'The model provider sent an answer that cannot be read.', true),
  'model.cut_off': entry('upstream', 'The connection to the model was lost in the middle of the reply.', true),
  'model.empty': entry('upstream', 'The model sent an empty reply.', true),
  'reply.interrupted': entry('unavailable', 'The server was stopped while this reply was being written.', true),

  'server.internal': entry('internal', 'Something went wrong on the server.', true),
  'server.unavailable': entry('unavailable', 'The server is starting or shutting down. Please try again.', true),
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof errorCatalogue

/** One thing wrong with one place of the input. */
export interface InputIssue {
  /** Where, from the root of params, query or body: `['content']`. Empty: the whole. */
  readonly path: readonly (string | number)[]
  /** Which rule was broken. */
  readonly rule: 'type' | 'missing' | 'unknown' | 'format' | 'too_small' | 'too_big' | 'other'
  /** What is wanted, without the name of the field: `must be a string`. */
  readonly message: string
  /** Which part of the request it was in. */
  readonly part: 'params' | 'query' | 'body' | 'headers'
}

export interface AppErrorOptions {
  /** The underlying error, for the log only; it never reaches the wire. */
  readonly cause?: unknown
  /** What exactly was wrong, for `request.invalid`. */
  readonly issues?: readonly InputIssue[]
  /** Seconds after which a retry makes sense (`Retry-After`). */
  readonly retryAfterSeconds?: number
  /** Methods that the address supports (`Allow`), for `request.method`. */
  readonly allow?: readonly string[]
  /** Replaces the catalogue's sentence where a more exact one exists. Never an internal message. */
  readonly message?: string
}

/** The one error type of the program: a code from the catalogue, its kind, and a sentence for the person. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly kind: ErrorKind
  readonly retryable: boolean
  readonly issues: readonly InputIssue[]
  readonly retryAfterSeconds: number | undefined
  readonly allow: readonly string[] | undefined

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    const { kind, message, retryable } = errorCatalogue[code]
    super(options.message ?? message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.kind = kind
    this.retryable = retryable
    this.issues = options.issues ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
    this.allow = options.allow
  }
}

/** Anything thrown → an AppError. What is not one already becomes `server.internal` and keeps its cause for the log. */
export const toAppError = (thrown: unknown): AppError =>
  thrown instanceof AppError ? thrown : new AppError('server.internal', { cause: thrown })
