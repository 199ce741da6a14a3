/** Seed 1's problem details (RFC 9457), `application/problem+json`. */
import type { AppError, ErrorKind } from '#kernel/errors.ts'
import { type Envelope, usualStatus } from '../shared/surface.ts'

const BASE = 'https://api.example.com/problems/'

/** Slug and title of each kind; the first five stand in the seed. */
const problems: Record<ErrorKind, readonly [slug: string, title: string]> = {
  invalid: ['invalid-input', 'Invalid Request'],
  unauthenticated: ['unauthorized', 'Unauthorized'],
  forbidden: ['forbidden', 'Access Denied'],
  not_found: ['not-found', 'Not Found'],
  internal: ['server-error', 'Server Error'],
  payment_required: ['payment-required', 'Payment Required'],
  method_not_allowed: ['method-not-allowed', 'Method Not Allowed'],
  conflict: ['conflict', 'Conflict'],
  gone: ['gone', 'Gone'],
  too_early: ['too-early', 'Too Early'],
  version: ['unsupported-version', 'Precondition Failed'],
  too_large: ['too-large', 'Content Too Large'],
  unsupported_media_type: ['unsupported-media-type', 'Unsupported Media Type'],
  unsatisfiable: ['range-not-satisfiable', 'Range Not Satisfiable'],
  rate_limited: ['rate-limited', 'Too Many Requests'],
  upstream: ['upstream-error', 'Bad Gateway'],
  unavailable: ['unavailable', 'Service Unavailable'],
}

export const messagesEnvelope: Envelope = (error) => {
  const status = usualStatus[error.kind]
  const [slug, title] = problems[error.kind]
  return {
    status,
    contentType: 'application/problem+json; charset=utf-8',
    body: { type: BASE + slug, title, status, detail: detailOf(error) },
  }
}

const detailOf = (error: AppError): string => {
  switch (error.kind) {
    case 'unauthenticated':
      return 'Invalid or expired token'
    case 'internal':
      return 'An error occurred processing your request'
    case 'invalid':
      return error.issues[0] === undefined ? error.message : invalidDetail(error.issues[0])
    default:
      return error.message
  }
}

const invalidDetail = ({ part, path, rule, message }: AppError['issues'][number]): string => {
  const field = path.join('.')
  if (part === 'params' || rule === 'format') return `Invalid ${field} format`
  if (rule === 'unknown') return `Unknown parameter ${field}`
  return field === '' ? message : `Invalid ${field}: ${message}`
}
