/** Refuses requests that another site made a browser send. It looks at headers that scripts can't set, and at no content. */
import type { FastifyRequest } from 'fastify'
import { AppError } from '#kernel/errors.ts'

/** Fails with `request.cross_site`; reading methods always pass. */
export type RefuseCrossSite = (request: FastifyRequest) => void

const READING = ['GET', 'HEAD', 'OPTIONS']

/**
 * By Fetch Metadata where the browser sends it, else by `Origin` (OWASP CSRF cheat sheet; the rules of Go's
 * `http.CrossOriginProtection`). With neither header it is no browser, and the cookie's SameSite is the other wall.
 * A same-site request (another port or subdomain) is another site's here.
 *
 * @param publicUrl `PUBLIC_URL`: where a browser sees us, whatever the `Host` header says behind a proxy
 */
export const refusingCrossSite = (publicUrl: string): RefuseCrossSite => {
  const home = new URL(publicUrl)
  return ({ method, headers }) => {
    if (READING.includes(method)) return
    const site = headers['sec-fetch-site']
    const { origin, host } = headers
    if (site !== undefined ? isOwnSite(site) : origin === undefined || isOwnOrigin(origin, host, home)) return
    throw new AppError('request.cross_site')
  }
}

/** `none`: the person did it, by an address bar or a bookmark. */
const isOwnSite = (site: unknown): boolean => site === 'same-origin' || site === 'none'

const isOwnOrigin = (origin: string, host: string | undefined, home: URL): boolean => {
  const from = URL.canParse(origin) ? new URL(origin) : undefined
  // `null`, lists, and whatever no browser writes.
  if (from === undefined || from.origin !== origin || !/^https?:$/.test(from.protocol)) return false
  // At our own address the scheme counts too; at another host name, only a proxy knows which scheme was used.
  if (from.host === home.host) return from.origin === home.origin
  const address = `${from.protocol}//${host ?? ''}`
  if (!/^[^/?#@\\]+$/.test(host ?? '') || !URL.canParse(address)) return false
  return new URL(address).host === from.host
}
