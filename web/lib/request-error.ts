/** The one error that the page knows: made from either failure shape that the server speaks, or from no answer at all. */
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

  constructor(status: number, code: string, message: string, retryable: boolean, fields: readonly FieldError[] = []) {
    super(message)
    this.status = status
    this.code = code
    this.retryable = retryable
    this.fields = fields
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

const mayPass = (status: number) => status === 408 || status === 429 || status >= 500

/** Status and body of a refused request → the page's error. Bodies that are neither shape (a proxy's page, say) give a plain one. */
export const toRequestError = (status: number, body: unknown): RequestError => {
  if (isProblem(body)) {
    return new RequestError(status, body.code, body.detail, body.retryable, body.errors ?? [])
  }
  if (isFailure(body)) {
    return new RequestError(status, `http.${status}`, body.message, mayPass(status), body.errors ?? [])
  }
  return new RequestError(status, `http.${status}`, '', mayPass(status))
}

/** No answer came: the network is down, or the server is. */
export const unreachable = (): RequestError => new RequestError(0, 'network', '', true)

/** Anything thrown → a `RequestError`, so that every error state shows something sensible. */
export const asRequestError = (thrown: unknown): RequestError =>
  thrown instanceof RequestError
    ? thrown
    : new RequestError(0, 'page', thrown instanceof Error ? thrown.message : '', false)
