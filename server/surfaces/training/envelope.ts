/** Seed 0's error shape: `{error, message, conversation_id?, details?}`, to the letter where the document spells an error. */
import { type AppError, type ErrorCode, type ErrorKind, errorCatalogue, toAppError } from '#kernel/errors.ts'
import { type Envelope, type RequestContext, usualStatus } from '../shared/surface.ts'

const names: Record<ErrorKind, string> = {
  invalid: 'Invalid request',
  unauthenticated: 'Unauthorized',
  payment_required: 'Payment required',
  forbidden: 'Access denied',
  not_found: 'Not found',
  method_not_allowed: 'Method not allowed',
  conflict: 'Conflict',
  gone: 'Gone',
  too_early: 'Too early',
  version: 'Unsupported version',
  too_large: 'Request too large',
  unsupported_media_type: 'Unsupported media type',
  unsatisfiable: 'Range not satisfiable',
  rate_limited: 'Too many requests',
  internal: 'Internal server error',
  upstream: 'Upstream error',
  unavailable: 'Service unavailable',
}

interface Spelled {
  readonly error?: string
  readonly message?: string
  readonly conversation_id?: string
  readonly details?: string
}

/** What the document spells otherwise than its kind and the catalogue would (contracts, 0.1). */
const spelled: Partial<Record<ErrorCode, (error: AppError, conversationId: string | undefined) => Spelled>> = {
  'conversation.not_found': (_error, id) =>
    id === undefined
      ? { error: 'Conversation not found' }
      : { error: 'Conversation not found', message: `No conversation found with ID: ${id}`, conversation_id: id },
  'conversation.forbidden': () => ({ message: 'You do not have permission to download this conversation' }),
  'training.no_file': (_error, id) => ({ error: 'File not found', ...(id !== undefined && { conversation_id: id }) }),
  'training.link_failed': ({ cause }) => ({ error: 'Storage error', details: sentenceOf(cause) }),
  'training.download_failed': ({ cause }) => ({ details: sentenceOf(cause) }),
  'generation.failed': () => ({ error: 'Generation failed' }),
  'request.invalid': ({ issues }) => {
    if (issues.some(({ part, path }) => part === 'params' && path[0] === 'conversationId'))
      return { error: 'Invalid conversation ID', message: 'Conversation ID must be a valid UUID' }
    const [first] = issues
    return first === undefined ? {} : { details: [first.path.join('.'), first.message].filter(Boolean).join(' ') }
  },
}

export const trainingEnvelope: Envelope = (error, { params }: RequestContext) => ({
  status: usualStatus[error.kind],
  contentType: 'application/json; charset=utf-8',
  body: {
    error: names[error.kind],
    message: error.kind === 'unauthenticated' ? 'Authentication required' : error.message,
    ...spelled[error.code]?.(error, params['conversationId']),
  },
})

/** What is said of a cause: a sentence of the catalogue, never what it says of itself (decision 14). */
const sentenceOf = (cause: unknown): string => errorCatalogue[toAppError(cause).code].message
