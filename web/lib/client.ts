/** Sends one request of the contract and hands back its body, typed by the endpoint; every failure is a `RequestError`. */
import type { BodyOf, Endpoint, ParamsOf, QueryInputOf, ReplyOf } from '#contract/endpoint.ts'
import { awaitAnswer, reportAnswer, reportSilence } from './reachability.ts'
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

/** What an answer says; undefined where it says nothing, or not in JSON. */
export const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const readBody = async (response: Response): Promise<unknown> => readJson(await response.text())

/**
 * Asks, and reads with `read` what was answered.
 * @throws RequestError for every failure, also where the answer was lost on its way; an `AbortError` when `signal` fired
 */
export const ask = async <T>(
  address: string,
  { signal, ...init }: Omit<RequestInit, 'signal'> & { readonly signal?: AbortSignal | undefined },
  read: (response: Response) => Promise<T>,
  keepsSession = false,
): Promise<T> => {
  const lost = new AbortController()
  const { ended } = awaitAnswer(() => lost.abort())
  let response: Response
  let answer: T | undefined
  let refused: unknown
  try {
    response = await fetch(address, { ...init, signal: signal ? AbortSignal.any([signal, lost.signal]) : lost.signal })
    if (response.ok) answer = await read(response)
    else refused = await readBody(response)
  } catch (thrown) {
    if (signal?.aborted) throw thrown
    reportSilence()
    throw unreachable()
  } finally {
    ended()
  }
  if (response.status < 500) reportAnswer()
  if (response.ok) return answer as T
  throw refusal(response.status, refused, keepsSession, response.headers.get('retry-after'))
}

/**
 * @throws RequestError for every failure; an `AbortError` when `signal` fired.
 */
export const request = <E extends Endpoint>(wanted: RequestOf<E>): Promise<ReplyOf<E>> => {
  const { params, body } = wanted as { params?: Record<string, string>; body?: unknown }
  return ask(
    toAddress(wanted.path, params, wanted.query),
    {
      method: wanted.method,
      headers: { ...wanted.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      keepalive: wanted.keepalive ?? false,
      signal: wanted.signal,
    },
    readBody as (response: Response) => Promise<ReplyOf<E>>,
    wanted.keepsSession,
  )
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
