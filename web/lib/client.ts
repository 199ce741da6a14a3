/** Sends one request of the contract and hands back its body, typed by the endpoint; every failure is a `RequestError`. */
import type { BodyOf, Endpoint, ParamsOf, QueryInputOf, ReplyOf } from '#contract/endpoint.ts'
import { reportAnswer, reportSilence } from './reachability.ts'
import { type RequestError, toRequestError, unreachable } from './request-error.ts'

type Given<Key extends string, Value> = [Value] extends [undefined] ? unknown : { readonly [K in Key]: Value }

/** Query values as they are written in an address. */
type Written<Q> = { readonly [K in keyof Q]?: QueryValue }
type QueryValue = string | number | readonly string[] | undefined

export type RequestOf<E extends Endpoint> = {
  readonly method: E['method']
  /** As the contract spells it, with `{braces}`. */
  readonly path: string
  readonly query?: Written<QueryInputOf<E>>
  /** Those that the endpoint reads besides what all do. */
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Lets the request outlive the page. */
  readonly keepalive?: boolean
  /** A 401 here is about what was typed, not about the session. */
  readonly keepsSession?: boolean
} & Given<'params', ParamsOf<E>> &
  Given<'body', BodyOf<E>>

let whenSignedOut = () => {}

/** Says what happens when the server no longer knows who this is. */
export const onSignedOut = (listener: () => void): void => {
  whenSignedOut = listener
}

/** Fills `{braces}` and appends the query; undefined values are left out, lists repeat their key. */
export const toAddress = (
  path: string,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, QueryValue>> = {},
): string => {
  const filled = path.replace(/\{(\w+)\}/g, (_brace, name: string) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(key, String(one))
  }
  return search.size === 0 ? filled : `${filled}?${search}`
}

const readBody = async (response: Response): Promise<unknown> => {
  const text = await response.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * @throws RequestError for every failure; an `AbortError` when `signal` fired.
 */
export const request = async <E extends Endpoint>(wanted: RequestOf<E>): Promise<ReplyOf<E>> => {
  const { params, body } = wanted as { params?: Record<string, string>; body?: unknown }
  const address = toAddress(wanted.path, params, wanted.query)
  let response: Response
  let answer: unknown
  try {
    response = await fetch(address, {
      method: wanted.method,
      headers: { ...wanted.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(wanted.signal ? { signal: wanted.signal } : {}),
      keepalive: wanted.keepalive ?? false,
    })
    answer = await readBody(response)
  } catch (thrown) {
    if (wanted.signal?.aborted) throw thrown
    reportSilence()
    throw unreachable()
  }
  if (response.status < 500) reportAnswer()
  if (response.ok) return answer as ReplyOf<E>
  throw refusal(response.status, answer, wanted.keepsSession, response.headers.get('retry-after'))
}

/** Status and body of a refused request → its error, for requests that are not sent from here too: whoever is signed out is told so. */
export const refusal = (
  status: number,
  body: unknown,
  keepsSession = false,
  retryAfter: string | null = null,
): RequestError => {
  const error = toRequestError(status, body, retryAfter)
  if (error.status === 401 && !keepsSession) whenSignedOut()
  return error
}
