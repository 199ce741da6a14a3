/** What a provider's refusal means in Parlance's own codes, with the key and the provider's words kept away from people. */
import type { IncomingHttpHeaders } from 'node:http'
import { AppError, type ErrorCode } from '#kernel/errors.ts'

/** Whose refusal it is. */
export interface FailureContext {
  /** The provider's name, for the log. */
  readonly provider: string
  /** The model that was asked for; none when models are listed. */
  readonly model?: string
  /** Values that must not appear anywhere: the key, and headers that may hold one. */
  readonly secrets: readonly string[]
}

interface Complaint {
  readonly message: string
  /** `code` and `type`, in small letters. */
  readonly words: string
  /** The HTTP status that the error object itself names. */
  readonly status: number | undefined
}

/** An answer with a status other than 200. `body` may be cut short and need not be JSON. */
export const failureOfStatus = (
  status: number,
  headers: IncomingHttpHeaders,
  body: string,
  context: FailureContext,
): AppError => {
  const complaint = complaintOf(parsed(body))
  return failure(status, complaint, context, retryAfterSeconds(headers))
}

/** An OpenAI style error object where an answer should have been: in mid-stream, or under status 200. */
export const failureOfError = (error: unknown, context: FailureContext): AppError => {
  const complaint = complaintOf(error)
  return failure(complaint.status, complaint, context)
}

const failure = (
  status: number | undefined,
  complaint: Complaint,
  context: FailureContext,
  retryAfter?: number,
): AppError => {
  const code = codeOf(status, complaint, context.model)
  // The refusal of a key tends to repeat the key, or most of it.
  const words = code === 'model.key_rejected' ? '' : scrubbed(complaint.message, context.secrets)
  const cause = new Error(`${context.provider} answered ${status ?? 'an error'}${words === '' ? '' : `: ${words}`}`)
  return new AppError(code, { cause, ...(code === 'model.rate_limited' ? { retryAfterSeconds: retryAfter } : {}) })
}

const codeOf = (status: number | undefined, { message, words }: Complaint, model: string | undefined): ErrorCode => {
  if (status === 401 || status === 403) return 'model.key_rejected'
  if (status === 402) return 'model.no_funds'
  // OpenAI says 429 for an empty account too, and tells them apart by the code.
  if (/insufficient_(?:quota|credits|funds)|payment_required/.test(words)) return 'model.no_funds'
  if (status === 429) return 'model.rate_limited'
  if (status === 408) return 'model.timeout'
  if (status === undefined || status === 400 || status === 404 || status === 422) {
    if (model !== undefined && saysUnknownModel(message, words, status === 404 ? model : undefined))
      return 'model.not_available'
    // xAI and Google answer 400 to a wrong key.
    if (/invalid_api_key/.test(words) || keyComplaint.test(message)) return 'model.key_rejected'
  }
  if (status !== undefined) return 'model.failed'
  if (/rate_?limit|too_many_requests/.test(words)) return 'model.rate_limited'
  if (/authentication|unauthorized|permission/.test(words)) return 'model.key_rejected'
  if (/timeout/.test(words)) return 'model.timeout'
  return 'model.failed'
}

const keyComplaint =
  /\b(?:invalid|incorrect|missing)\b.{0,20}\bapi[ _-]?key\b|\bapi[ _-]?key\b.{0,20}\b(?:invalid|incorrect|not valid|missing)\b/i

const unknownModelWords = /model_not_(?:found|available|exist)|invalid_model|model_decommissioned|unknown_model/
/** The sentences of OpenRouter, OpenAI, Ollama, vLLM, Mistral, Groq, DeepSeek, LM Studio, Google, Together. */
const unknownModelSentences = [
  /\bmodels?\b.{0,300}\b(?:not found|(?:does )?not exist|is not available|unavailable|(?:been )?decommissioned|not loaded|could not be found)\b/i,
  /\bno (?:such )?models?\b/i,
  /\b(?:invalid|unknown|unable to access) model\b(?!'s| (?:parameter|setting))/i,
  /\bis not a valid model\b/i,
  /\bno endpoints? found\b/i,
  /\bno allowed providers\b/i,
]

/** `named`: a 404 that repeats the model's name is about the model, whatever its words. */
const saysUnknownModel = (message: string, words: string, named: string | undefined): boolean =>
  unknownModelWords.test(words) ||
  unknownModelSentences.some((sentence) => sentence.test(message)) ||
  (named !== undefined && named !== '' && message.includes(named))

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Finds the complaint in the shapes that providers use: `{error:{…}}`, `{error:'…'}`, `{message}`, `{detail}`, `[{error}]`. */
const complaintOf = (value: unknown): Complaint => {
  if (Array.isArray(value)) return complaintOf(value[0])
  if (typeof value === 'string') return { message: value, words: '', status: undefined }
  if (!isRecord(value)) return { message: '', words: '', status: undefined }
  if (value.error !== undefined && value.error !== null) return complaintOf(value.error)
  const texts = [value.message, value.detail, value.detail].filter((text) => typeof text === 'string')
  return {
    message: texts[0] ?? '',
    words: [value.code, value.type]
      .filter((word) => typeof word === 'string')
      .join(' ')
      .toLowerCase(),
    status: [value.code, value.status, value.status_code].map(httpStatus).find((status) => status !== undefined),
  }
}

const httpStatus = (value: unknown): number | undefined => {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : undefined
}

const mostRetryAfter = 24 * 60 * 60

/** `Retry-After` in whole seconds, from seconds or a date (RFC 9110, 10.2.3); at most a day. */
const retryAfterSeconds = (headers: IncomingHttpHeaders): number | undefined => {
  const value = headers['retry-after']?.trim()
  if (value === undefined || value === '') return undefined
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.min(mostRetryAfter, Math.max(0, Math.ceil(seconds))) : undefined
}

const longestWords = 300

/** A provider's words for the log: without the key and what looks like one, on one line, at most 300 characters. */
const scrubbed = (text: string, secrets: readonly string[]): string => {
  let clean = text
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '[key]')
  return clean
    .replace(/\b(?:sk|pk|rk|gsk|xai|hf|key|AIza)[-_][^\s"',;]{4,}|\bAIza[\w-]{8,}|\bBearer\s+\S+/gi, '[key]')
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .slice(0, longestWords)
    .trim()
}
