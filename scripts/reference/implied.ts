/** What every endpoint may answer without its contract saying so. It knows HTTP and the contract's data, no server. */
import type { Endpoint } from '#contract/endpoint.ts'

const READING = ['GET', 'HEAD']

/**
 * Statuses that follow from how all endpoints are served: 401 and 503 where somebody must be known, 403 for a cookie
 * that another site made a browser send, 400, 413 and 415 where a body is read (even if none is wanted), 500 anywhere.
 */
export const impliedFailures = ({ method, access }: Endpoint): number[] => [
  ...(access === 'person' ? [401, 503] : []),
  ...(READING.includes(method) ? [] : [400, 403, 413, 415]),
  500,
]

/** Everything an endpoint may answer but success, in order. */
export const failuresOf = (endpoint: Endpoint): number[] =>
  [...new Set([...endpoint.failures, ...impliedFailures(endpoint)])].toSorted((a, b) => a - b)
