/** The one error that the page knows: made from any failure shape that the server speaks, or from no answer at all. */
import type { Problem } from '#contract/app/index.ts'
import type { failure } from '#contract/conversations/index.ts'
import type { z } from 'zod'

type Failure = z.output<typeof failure>

export interface FieldError {
  readonly field: string
  readonly message: string
}

export class RequestError extends Error {
  override readonly name = 'RequestError'
  /** HTTP status; 0 when the server could not be reached. */
  readonly status: number
  /** Code of the error catalogue where the server sent one, else made from the status: `http.402`, `network`. */
  readonly code: string
  readonly retryable: boolean
  readonly fields: readonly FieldError[]
  /** Seconds after which the server would hear the request again; null where it did not say. */
  readonly retryAfter: number | null

  constructor(
    status: number,
    code: string,
    message: string,
    retryable: boolean,
    fields: readonly FieldError[] = [],
    retryAfter: number | null = null,
  ) {
    super(message)
    this.status = status
    this.code = code
    this.retryable = retryable
    this.fields = fields
    this.retryAfter = retryAfter
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isProblem = (body: unknown): body is Problem =>
  isRecord(body) &&
  typeof body.code === 'string' &&
  typeof body.detail === 'string' &&
  typeof body.retryable === 'boolean'

const isFailure = (body: unknown): body is Failure =>
  isRecord(body) && typeof body.statusCode === 'number' && typeof body.message === 'string'

/** Problem details without a code: what seed 1's surface says. */
const isPlainProblem = (body: unknown): body is { readonly detail: string } =>
  isRecord(body) && typeof body.type === 'string' && typeof body.detail === 'string'

/** Seed 3's envelope: the error inside `data`. */
const isEnveloped = (body: unknown): body is { readonly data: { readonly error: string; readonly message: string } } =>
  isRecord(body) && isRecord(body.data) && typeof body.data.error === 'string' && typeof body.data.message === 'string'

/** Seed 0's: what it is called, and a sentence. */
const isNamed = (
  body: unknown,
): body is { readonly error: string; readonly message: string; readonly details?: string } =>
  isRecord(body) && typeof body.error === 'string' && typeof body.message === 'string'

const mayPass = (status: number) => status === 408 || status === 429 || status >= 500

/**
 * Status and body of a refused request → the page's error. Bodies of no such shape (a proxy's page, say) give a plain one.
 * @param retryAfter the header of that name, which counts only as seconds
 */
export const toRequestError = (status: number, body: unknown, retryAfter: string | null = null): RequestError => {
  const seconds = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null
  if (isProblem(body)) {
    return new RequestError(status, body.code, body.detail, body.retryable, body.errors ?? [], seconds)
  }
  if (isFailure(body)) {
    return new RequestError(status, `http.${status}`, body.message, mayPass(status), body.errors ?? [], seconds)
  }
  if (isEnveloped(body)) {
    return new RequestError(status, body.data.error, body.data.message, mayPass(status), [], seconds)
  }
  if (isNamed(body)) {
    const sentence = [body.message, body.details].filter(Boolean).join(' ')
    return new RequestError(status, `http.${status}`, sentence, mayPass(status), [], seconds)
  }
  return new RequestError(
    status,
    `http.${status}`,
    isPlainProblem(body) ? body.detail : '',
    mayPass(status),
    [],
    seconds,
  )
}

/** No answer came: the network is down, or the server is. */
export const unreachable = (): RequestError => new RequestError(0, 'network', '', true)

/** Anything thrown → a `RequestError`, so that every error state shows something sensible. */
export const asRequestError = (thrown: unknown): RequestError =>
  thrown instanceof RequestError
    ? thrown
    : new RequestError(0, 'page', thrown instanceof Error ? thrown.message : '', false)
