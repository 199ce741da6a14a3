/** Seed 3's envelope: `{success: false, data: {error, message}}`, the error inside `data`. */
import type { ErrorKind } from '#kernel/errors.ts'
import { type Envelope, usualStatus } from '../shared/surface.ts'

const names: Record<ErrorKind, string> = {
  invalid: 'ValidationError',
  unauthenticated: 'SessionValidationError',
  payment_required: 'ServerError',
  forbidden: 'CSRFValidationError',
  not_found: 'ResourceNotFound',
  method_not_allowed: 'ValidationError',
  conflict: 'ValidationError',
  too_large: 'ValidationError',
  unsupported_media_type: 'ValidationError',
  rate_limited: 'RateLimitExceeded',
  internal: 'ServerError',
  upstream: 'ServerError',
  unavailable: 'ServiceUnavailableError',
}

export const conversionEnvelope: Envelope = (error) => ({
  status: usualStatus[error.kind],
  contentType: 'application/json; charset=utf-8',
  body: { success: false, data: { error: names[error.kind], message: error.message } },
})
