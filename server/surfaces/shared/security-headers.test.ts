/** Our headers are those that helmet would send: when it learns of a new one, this says so. */
import fastifyHelmet from '@fastify/helmet'
import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { securityHeaders } from './security-headers.ts'

const self = ["'self'"]
const none = ["'none'"]

const helmetsHeaders = async (isHttps: boolean): Promise<object> => {
  const server = Fastify()
  await server.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: none,
        scriptSrc: self,
        styleSrc: self,
        fontSrc: self,
        imgSrc: [...self, 'data:', 'blob:'],
        mediaSrc: [...self, 'blob:'],
        connectSrc: self,
        manifestSrc: self,
        workerSrc: self,
        formAction: self,
        baseUri: none,
        frameAncestors: none,
        ...(isHttps ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    hsts: isHttps,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  })
  server.get('/', (_request, reply) => reply.send())
  const { headers } = await server.inject('/')
  await server.close()
  const { 'content-length': _length, date: _date, connection: _connection, ...helmets } = headers
  return helmets
}

describe('the headers that protect every answer', () => {
  it.each([
    ['http', false],
    ['https', true],
  ])('are those of helmet over %s', async (_scheme, isHttps) => {
    expect(securityHeaders(isHttps)).toEqual(await helmetsHeaders(isHttps))
  })
})
