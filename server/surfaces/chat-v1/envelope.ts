/** Seed 2's envelope: `{success, data | error, timestamp, statusCode, requestId}`. */
import type { FastifyRequest } from 'fastify'
import type { Clock } from '#kernel/clock.ts'
import type { AppError, ErrorKind, InputIssue } from '#kernel/errors.ts'
import { type Envelope, usualStatus } from '../shared/surface.ts'

const codes: Record<ErrorKind, string> = {
  invalid: 'VALIDATION_ERROR',
  unauthenticated: 'UNAUTHORIZED',
  payment_required: 'PAYMENT_REQUIRED',
  forbidden: 'FORBIDDEN',
  not_found: 'NOT_FOUND',
  method_not_allowed: 'METHOD_NOT_ALLOWED',
  conflict: 'CONFLICT',
  gone: 'GONE',
  too_early: 'TOO_EARLY',
  version: 'UNSUPPORTED_VERSION',
  too_large: 'PAYLOAD_TOO_LARGE',
  unsupported_media_type: 'UNSUPPORTED_MEDIA_TYPE',
  unsatisfiable: 'RANGE_NOT_SATISFIABLE',
  rate_limited: 'RATE_LIMIT_EXCEEDED',
  internal: 'INTERNAL_ERROR',
  upstream: 'BAD_GATEWAY',
  unavailable: 'SERVICE_UNAVAILABLE',
}

export const chatV1Envelope: Envelope = (error, { requestId, time }) => {
  const status = usualStatus[error.kind]
  const errors = error.issues.map(sentence)
  return {
    status,
    contentType: 'application/json; charset=utf-8',
    body: {
      success: false,
      error: {
        code: codes[error.kind],
        message: errors.length > 0 ? errors.join(', ') : messageOf(error),
        details: errors.length > 0 ? { errors } : {},
      },
      timestamp: time.toISOString(),
      statusCode: status,
      requestId,
    },
  }
}

/** An error inside the stream, after the first byte. */
export const chatV1ErrorCode = (kind: ErrorKind): string => codes[kind]

const messageOf = (error: AppError): string =>
  error.kind === 'unauthenticated' ? 'Invalid or expired token' : error.message

/** class-validator's words, which the seed's clients know. */
const sentence = ({ path, rule, message }: InputIssue): string => {
  const field = path.join('.')
  if (rule === 'unknown') return `property ${field} should not exist`
  return field === '' ? `body ${message}` : `${field} ${message}`
}

/** Wraps what a handler returns. */
export const wrapSuccess =
  (clock: Clock) =>
  (data: unknown, request: FastifyRequest, status: number): unknown => ({
    success: true,
    data,
    timestamp: clock.now().toISOString(),
    statusCode: status,
    requestId: request.id,
  })
