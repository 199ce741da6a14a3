/** The cookie in which a browser keeps its session: its name, its attributes, and how it is read. It verifies nothing. */
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface SessionCookie {
  readonly name: string
  /** What the browser sent; undefined without a cookie, `''` when there are two of that name and neither can be trusted. */
  read(request: FastifyRequest): string | undefined
  set(reply: FastifyReply, text: string): void
  clear(reply: FastifyReply): void
}

/** The cookie of people who are signed in. */
const SIGN_IN = 'parlance_session'

/**
 * On https the name begins with `__Host-` and the cookie is `Secure`: no other host, no subdomain and no plain http can
 * set or read it (RFC 6265bis, 4.1.3.2).
 *
 * @param publicUrl `PUBLIC_URL`
 * @param milliseconds how long the browser keeps it
 */
export const sessionCookie = (publicUrl: string, milliseconds: number, plainName = SIGN_IN): SessionCookie => {
  const isHttps = new URL(publicUrl).protocol === 'https:'
  const name = isHttps ? `__Host-${plainName}` : plainName
  const attributes = `Path=/; HttpOnly; SameSite=Strict${isHttps ? '; Secure' : ''}`
  return {
    name,
    read({ headers: { cookie } }) {
      if (cookie === undefined) return undefined
      const found = cookie
        .split(';')
        .map((pair) => pair.trim())
        .filter((pair) => pair.startsWith(`${name}=`))
      return found.length > 1 ? '' : found[0]?.slice(name.length + 1)
    },
    set: (reply, text) =>
      void reply.header('set-cookie', `${name}=${text}; Max-Age=${milliseconds / 1000}; ${attributes}`),
    clear: (reply) => void reply.header('set-cookie', `${name}=; Max-Age=0; ${attributes}`),
  }
}
