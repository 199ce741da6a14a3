import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import Fastify, { type FastifyReply } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { makeEventStreams } from './event-stream.ts'

const streams = makeEventStreams({ now: () => 0 })
const server = Fastify()
afterEach(() => server.close())

describe('an open stream', () => {
  it('holds neither the head that it was asked with nor the one that it was answered with, and ends in order', async () => {
    const opened = Promise.withResolvers<[FastifyReply]>()
    const reasons: string[] = []
    server.get('/events', (_request, reply) => {
      reply.header('x-request-id', 'one')
      const stream = streams.open(reply, { heartbeat: () => ({}), onClose: () => void reasons.push('closed') })
      stream.send({ n: 1 }, '1')
      // In a list: Fastify's replies are thenables.
      opened.resolve([reply])
    })
    await server.listen({ port: 0, host: '127.0.0.1' })
    const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1')
    let got = ''
    socket.on('data', (chunk) => (got += String(chunk)))
    socket.write('GET /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer secret\r\n\r\n')

    const [{ request, raw }] = await opened.promise
    expect(request.raw.rawHeaders).toEqual([])
    expect(request.raw.headers).toEqual({})
    expect(raw.headersSent).toBe(true)
    expect((raw as unknown as { _header: string })._header.length).toBeLessThan(10)
    expect(streams.count()).toBe(1)

    streams.closeAll()
    await once(socket, 'close')
    expect(reasons).toEqual(['closed'])
    expect(streams.count()).toBe(0)
    const [head, ...events] = got.split('\r\n\r\n')
    expect(head!.split('\r\n')).toEqual(
      expect.arrayContaining([
        'HTTP/1.1 200 OK',
        'x-request-id: one',
        'content-type: text/event-stream; charset=utf-8',
        'cache-control: no-cache, no-transform',
        'connection: close',
      ]),
    )
    expect(events).toEqual(['retry: 1000\n\nid: 1\ndata: {"n":1}\n\n'])
  })
})
