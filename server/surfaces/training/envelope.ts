/** Seed 0's error shape: `{error, message, conversation_id?, details?}`. */
import type { AppError, ErrorKind } from '#kernel/errors.ts'
import { type Envelope, usualStatus } from '../shared/surface.ts'

const names: Record<ErrorKind, string> = {
  invalid: 'Invalid request',
  unauthenticated: 'Unauthorized',
  payment_required: 'Payment required',
  forbidden: 'Access denied',
  not_found: 'Not found',
  method_not_allowed: 'Method not allowed',
  conflict: 'Conflict',
  version: 'Unsupported version',
  too_large: 'Request too large',
  unsupported_media_type: 'Unsupported media type',
  unsatisfiable: 'Range not satisfiable',
  rate_limited: 'Too many requests',
  internal: 'Internal server error',
  upstream: 'Upstream error',
  unavailable: 'Service unavailable',
}

export const trainingEnvelope: Envelope = (error) => ({
  status: usualStatus[error.kind],
  contentType: 'application/json; charset=utf-8',
  body: { error: names[error.kind], message: messageOf(error) },
})

const messageOf = (error: AppError): string =>
  error.kind === 'unauthenticated' ? 'Authentication required' : error.message
