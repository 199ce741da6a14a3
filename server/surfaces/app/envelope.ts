/** Problem details for the web app: the catalogue's code, whether a retry may help, and what was wrong where. */
import type { ErrorKind } from '#kernel/errors.ts'
import { type Envelope, usualStatus } from '../shared/surface.ts'

const titles: Record<ErrorKind, string> = {
  invalid: 'Invalid Request',
  unauthenticated: 'Unauthorized',
  payment_required: 'Payment Required',
  forbidden: 'Forbidden',
  not_found: 'Not Found',
  method_not_allowed: 'Method Not Allowed',
  conflict: 'Conflict',
  gone: 'Gone',
  too_early: 'Too Early',
  version: 'Precondition Failed',
  too_large: 'Content Too Large',
  unsupported_media_type: 'Unsupported Media Type',
  unsatisfiable: 'Range Not Satisfiable',
  rate_limited: 'Too Many Requests',
  internal: 'Server Error',
  upstream: 'Bad Gateway',
  unavailable: 'Service Unavailable',
}

export const appEnvelope: Envelope = (error, { requestId }) => {
  const status = usualStatus[error.kind]
  const errors = error.issues.map(({ path, message }) => ({ field: path.join('.'), message }))
  return {
    status,
    contentType: 'application/problem+json; charset=utf-8',
    body: {
      type: 'about:blank',
      title: titles[error.kind],
      status,
      detail: error.message,
      code: error.code,
      retryable: error.retryable,
      requestId,
      ...(errors.length > 0 ? { errors } : {}),
    },
  }
}
