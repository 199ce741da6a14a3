/** Seed 3's envelope: `{success: false, data: {error, message}}`, the error inside `data`. */
import type { AppError, ErrorCode, ErrorKind } from '#kernel/errors.ts'
import { type Envelope, usualStatus } from '../shared/surface.ts'

/** The seed's names (contracts, 3.2). */
const names: Record<ErrorKind, string> = {
  invalid: 'ValidationError',
  unauthenticated: 'SessionValidationError',
  payment_required: 'ServerError',
  forbidden: 'CSRFValidationError',
  not_found: 'ResourceNotFound',
  method_not_allowed: 'ValidationError',
  conflict: 'ValidationError',
  gone: 'ResourceNotFound',
  too_early: 'ValidationError',
  version: 'ValidationError',
  too_large: 'ValidationError',
  unsupported_media_type: 'ValidationError',
  unsatisfiable: 'ValidationError',
  rate_limited: 'RateLimitExceeded',
  internal: 'ServerError',
  upstream: 'ServerError',
  unavailable: 'ServiceUnavailableError',
}

/** Where the seed has a more exact name than that of the kind. */
const exactNames: Partial<Record<ErrorCode, string>> = {
  'file.empty': 'FileValidationError',
  'file.dangerous': 'FileValidationError',
  'file.cut_off': 'FileValidationError',
  'file.infected': 'VirusDetectedError',
  'conversion.mislabelled': 'FileValidationError',
  'conversion.unknown_format': 'UnsupportedFormatError',
  'conversion.unsupported': 'UnsupportedFormatError',
  'conversion.wrong_download_token': 'DownloadTokenError',
  'conversion.too_large_for_engine': 'MaxFileSizeExceededError',
  'conversion.no_room': 'MaxFileSizeExceededError',
  'conversion.full': 'TaskLimitExceeded',
  'conversion.queue_full': 'TaskLimitExceeded',
  'job.too_many': 'TaskLimitExceeded',
}

export const conversionEnvelope: Envelope = (error) => ({
  status: usualStatus[error.kind],
  contentType: 'application/json; charset=utf-8',
  body: { success: false, data: { error: exactNames[error.code] ?? names[error.kind], message: messageOf(error) } },
})

/** What is said of a single value names it: `job_id must be a UUID of version 4`. */
const messageOf = ({ code, message, issues: [issue] }: AppError): string => {
  if (code !== 'request.invalid' || issue === undefined || issue.path.length === 0) return message
  return `${issue.path.join('.')} ${issue.message}`
}

/** Wraps what a handler returns. */
export const wrapSuccess = (data: unknown): unknown => ({ success: true, data })
