/** An issuer for tests: a loopback server that publishes keys, counts who asks, and can be broken; and tokens of any shape. */
import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign, type SignKeyObjectInput } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JWK } from 'jose'

export type Algorithm = 'RS256' | 'ES256' | 'EdDSA'

export interface SigningKey {
  readonly alg: Algorithm
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: JWK & { kid: string; alg: string; use: string }
}

export const newSigningKey = (alg: Algorithm = 'RS256', kid: string = randomUUID()): SigningKey => {
  const { privateKey, publicKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519')
  return {
    alg,
    kid,
    privateKey,
    publicKey,
    jwk: { ...(publicKey.export({ format: 'jwk' }) as JWK), kid, alg, use: 'sig' },
  }
}

const encoded = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** `header` and `payload` are objects, or JSON text where the text itself matters. */
export const signedToken = (key: SigningKey, payload: unknown, header?: unknown): string => {
  const signed = `${encoded(header ?? { alg: key.alg, kid: key.kid, typ: 'JWT' })}.${encoded(payload)}`
  const options: SignKeyObjectInput = { key: key.privateKey, dsaEncoding: 'ieee-p1363' }
  const signature = sign(key.alg === 'EdDSA' ? null : 'sha256', Buffer.from(signed), options)
  return `${signed}.${signature.toString('base64url')}`
}

export const hmacToken = (secret: string | Buffer, payload: unknown, header: unknown): string => {
  const signed = `${encoded(header)}.${encoded(payload)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

export const unsignedToken = (payload: unknown, header: unknown, signature = ''): string =>
  `${encoded(header)}.${encoded(payload)}.${signature}`

export interface Listener {
  readonly url: string
  /** How many requests came. */
  hits: number
  answer: RequestListener
  stop(): Promise<void>
}

/** Any loopback server; it answers what `answer` says, and is stopped with all of its connections. */
export const listen = async (answer: RequestListener): Promise<Listener> => {
  const server = createServer((request, response) => {
    listener.hits++
    listener.answer(request, response)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const listener: Listener = {
    url: `http://127.0.0.1:${port}`,
    hits: 0,
    answer,
    async stop() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return listener
}

/** Publishes the keys that are in `keys` at the time. */
export const publishing =
  (keys: readonly SigningKey[]): RequestListener =>
  (_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }))
  }
