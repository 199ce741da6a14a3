/** Requests that are no proper HTTP, come in halves, too slowly or too large, or several at once (RFC 9112). */
import net from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answersIn, ask, talk } from './client.ts'
import { operations, writing } from './document.ts'
import { bearer, bodyFor, pathFor, requestFor } from './samples.ts'
import { type Belongings, openWorld, type World } from './world.ts'

const MB = 1024 * 1024

let world: World
let owner: Belongings
let before: Record<string, string>

beforeAll(async () => {
  world = await openWorld()
  owner = await world.newOwner()
  before = await world.snapshot()
})
afterAll(() => world.close())

const HOST = 'Host: parlance.test\r\n'
const authorization = () => `Authorization: Bearer ${owner.person.token}\r\n`
/** Whatever says on any surface who is asking. */
const credentials = () =>
  Object.entries(bearer(owner))
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
const me = () => `GET /api/app/me HTTP/1.1\r\n${HOST}${authorization()}`
const rename = (headers: string, body: string) =>
  `PATCH /api/app/me HTTP/1.1\r\n${HOST}${authorization()}Content-Type: application/json\r\n${headers}\r\n${body}`

const isWell = async (): Promise<void> => {
  const answer = await ask(world.url, { method: 'GET', path: '/api/app/me', headers: bearer(owner) })
  expect(answer.status).toBe(200)
}

describe('a message that two parsers could read differently', () => {
  const json = '{"name":"Smuggled"}'
  const chunked = `${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`
  const cases: readonly (readonly [why: string, bytes: () => string])[] = [
    [
      'both a length and chunks',
      () => rename(`Content-Length: ${json.length}\r\nTransfer-Encoding: chunked\r\n`, chunked),
    ],
    ['chunks, then a length', () => rename(`Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`, chunked)],
    ['two lengths', () => rename(`Content-Length: ${json.length}\r\nContent-Length: 5\r\n`, json)],
    [
      'the same length twice',
      () => rename(`Content-Length: ${json.length}\r\nContent-Length: ${json.length}\r\n`, json),
    ],
    ['a list of lengths', () => rename(`Content-Length: ${json.length}, ${json.length}\r\n`, json)],
    ['a negative length', () => rename('Content-Length: -1\r\n', json)],
    ['a length with a sign', () => rename(`Content-Length: +${json.length}\r\n`, json)],
    ['a hexadecimal length', () => rename('Content-Length: 0x13\r\n', json)],
    ['a length beyond 64 bits', () => rename('Content-Length: 99999999999999999999999\r\n', json)],
    ['an empty length', () => rename('Content-Length:\r\n', json)],
    ['a coding that is not chunked', () => rename('Transfer-Encoding: gzip\r\n', json)],
    ['chunked, but not last', () => rename('Transfer-Encoding: chunked, gzip\r\n', chunked)],
    ['chunked twice', () => rename('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', chunked)],
    ['a coding that looks like chunked', () => rename('Transfer-Encoding: xchunked\r\n', chunked)],
    ['a chunk length that is none', () => rename('Transfer-Encoding: chunked\r\n', `zz\r\n${json}\r\n0\r\n\r\n`)],
    ['a chunk length with a sign', () => rename('Transfer-Encoding: chunked\r\n', `-13\r\n${json}\r\n0\r\n\r\n`)],
    [
      'a chunk longer than 64 bits',
      () => rename('Transfer-Encoding: chunked\r\n', `fffffffffffffffff\r\n${json}\r\n0\r\n\r\n`),
    ],
    ['a chunk without its line break', () => rename('Transfer-Encoding: chunked\r\n', `2\r\n${json}0\r\n\r\n`)],
    ['a blank before the colon', () => rename(`Content-Length : ${json.length}\r\n`, json)],
    ['a folded header', () => rename(`X-Folded: a\r\n b\r\nContent-Length: ${json.length}\r\n`, json)],
    ['a header without a name', () => rename(`: a\r\nContent-Length: ${json.length}\r\n`, json)],
    ['a header without a colon', () => rename(`Nonsense\r\nContent-Length: ${json.length}\r\n`, json)],
    ['a NUL in a header', () => rename(`X-Nul: a\0b\r\nContent-Length: ${json.length}\r\n`, json)],
    ['a bare CR in a header', () => rename(`X-Cr: a\rContent-Length: 5\r\nContent-Length: ${json.length}\r\n`, json)],
    ['no host', () => `GET /api/app/me HTTP/1.1\r\n${authorization()}\r\n`],
    ['two hosts', () => `GET /api/app/me HTTP/1.1\r\n${HOST}Host: other.test\r\n${authorization()}\r\n`],
    ['a method that is none', () => `BREW /api/app/me HTTP/1.1\r\n${HOST}\r\n`],
    ['a method in small letters', () => `get /api/app/me HTTP/1.1\r\n${HOST}\r\n`],
    ['a blank in the address', () => `GET /api/app/ me HTTP/1.1\r\n${HOST}\r\n`],
    ['a byte above ASCII in the address', () => `GET /api/app/\u00E9 HTTP/1.1\r\n${HOST}\r\n`],
    ['no address', () => `GET  HTTP/1.1\r\n${HOST}\r\n`],
    ['another protocol', () => `GET /api/app/me ICE/1.0\r\n${HOST}\r\n`],
    ['HTTP/2 without asking', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', () => '\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00FC\u0003\u0003'],
    ['noise', () => '\0\u0001\u0002\r\n\r\n'],
    ['CONNECT', () => `CONNECT evil.test:443 HTTP/1.1\r\n${HOST}\r\n`],
  ]

  it.each(cases)('with %s is refused, and the connection ends', async (_why, bytes) => {
    const { received, wasClosed } = await talk(world.url, Buffer.from(bytes(), 'latin1'))
    expect(wasClosed).toBe(true)
    const answers = answersIn(received)
    expect(answers.length).toBeLessThanOrEqual(1)
    for (const { status, body } of answers) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
      expect(body).not.toMatch(/HPE_|Error|\bat \b|node:/)
    }
    await isWell()
  })

  it('with a bare LF between its lines is refused or read to the same end', async () => {
    const bytes = rename(`Content-Length: ${json.length}\n`, '[]')
    const { received } = await talk(world.url, bytes, (text) => answersIn(text).length > 0)
    for (const { status } of answersIn(received)) expect(status).toBe(400)
  })
})

describe('a head that is too large', () => {
  const cases: readonly (readonly [why: string, bytes: () => string])[] = [
    ['one header of 100 KB', () => `${me()}X-Large: ${'a'.repeat(100_000)}\r\n\r\n`],
    ['10,000 headers', () => `${me()}${'X-Many: a\r\n'.repeat(10_000)}\r\n`],
    ['a cookie of 20 KB', () => `${me()}Cookie: a=${'b'.repeat(20_000)}\r\n\r\n`],
    ['an address of 100 KB', () => `GET /api/${'a'.repeat(100_000)} HTTP/1.1\r\n${HOST}\r\n`],
  ]

  it.each(cases)('for %s is refused with 431', async (_why, bytes) => {
    const { received } = await talk(world.url, bytes())
    expect(answersIn(received).map(({ status }) => status)).toEqual([431])
  })
})

describe('a body that is too large', () => {
  const announcing = (method: string, path: string, length: number, asking: string) =>
    `${method} ${path} HTTP/1.1\r\n${HOST}${asking}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

  it.each(writing.map((operation) => ({ operation, name: `${operation.method} ${operation.path}` })))(
    'of 51 MB is refused by $name as soon as it is announced',
    async ({ operation }) => {
      const head = announcing(operation.method, pathFor(operation, owner), 51 * MB, credentials())
      const { received } = await talk(world.url, head, (text) => answersIn(text).length > 0)
      const [answer] = answersIn(received)
      expect(answer?.status).toBe(413)
      expect(operation.replies.get(413)!.body!.safeParse(JSON.parse(answer!.body)).success).toBe(true)
    },
  )

  it('is not read to its end, and does not stay in memory', async () => {
    const chunk = Buffer.alloc(MB, 'a')
    const sendAll = (announced: boolean): Promise<{ written: number; received: string }> =>
      new Promise((resolve) => {
        const { hostname, port } = new URL(world.url)
        let received = ''
        let sent = 0
        const socket = net.connect(Number(port), hostname, () => {
          const framing = announced ? `Content-Length: ${51 * MB}` : 'Transfer-Encoding: chunked'
          socket.write(
            `POST /api/conversations HTTP/1.1\r\n${HOST}${authorization()}Content-Type: application/json\r\n${framing}\r\n\r\n`,
          )
          more()
        })
        const more = () => {
          if (sent === 51 || socket.destroyed) return
          sent++
          if (!announced) socket.write(`${MB.toString(16)}\r\n`)
          socket.write(chunk, (error) => (error ? undefined : more()))
          if (!announced) socket.write('\r\n')
        }
        socket.setEncoding('latin1').on('data', (text: string) => (received += text))
        socket.on('error', () => {})
        socket.once('close', () => resolve({ written: sent, received }))
      })
    let memory = Infinity
    for (let round = 0; round < 20; round++) {
      // What the process takes once is no leak: a whole gigabyte is still to come.
      if (round === 10) memory = process.memoryUsage.rss()
      for (const announced of [true, false]) {
        const { written, received } = await sendAll(announced)
        expect(answersIn(received).map(({ status }) => status)).toEqual([413])
        expect(written).toBeLessThan(51)
      }
    }
    expect(process.memoryUsage.rss() - memory).toBeLessThan(51 * MB)
  })

  it('is refused in a way that an ordinary client can read, though it is still sending', async () => {
    const body = Buffer.alloc(51 * MB, 'a')
    const headers = { 'content-type': 'application/json', ...bearer(owner) }
    for (let round = 0; round < 10; round++) {
      const response = await fetch(`${world.url}/api/conversations`, { method: 'POST', headers, body })
      expect([response.status, await response.json()]).toMatchObject([413, { statusCode: 413 }])
    }
  })

  it('of strangers is not read at all', async () => {
    for (const operation of writing.filter(({ isPublic, wantsSession }) => !isPublic || wantsSession)) {
      const head = announcing(operation.method, pathFor(operation, owner), 1000, '')
      // The body never comes: whoever answers did not wait for it.
      const { received } = await talk(world.url, head, (text) => answersIn(text).length > 0)
      expect(answersIn(received)[0]?.status).toBe(401)
    }
  })
})

describe('a request that is broken off', () => {
  it.each(
    writing
      .filter(({ body }) => body !== undefined)
      .map((operation) => ({ operation, name: `${operation.method} ${operation.path}` })),
  )('in the middle of the body leaves nothing of $name', async ({ operation }) => {
    const body = JSON.stringify(bodyFor(operation, owner))
    const head = `${operation.method} ${pathFor(operation, owner)} HTTP/1.1\r\n${HOST}${credentials()}Content-Type: application/json\r\n`
    for (const framing of [`Content-Length: ${Buffer.byteLength(body)}`, 'Transfer-Encoding: chunked']) {
      for (const kept of [0, 1, Math.floor(body.length / 2), body.length - 1]) {
        await brokenOff(`${head}${framing}\r\n\r\n${body.slice(0, kept)}`)
      }
    }
    await isWell()
    expect(await world.snapshot()).toEqual(before)
  })

  it('before its answer came harms nobody', async () => {
    for (const operation of operations.filter(({ method }) => method === 'GET')) {
      await brokenOff(`GET ${requestFor(operation, owner).path} HTTP/1.1\r\n${HOST}${credentials()}\r\n`)
    }
    await isWell()
  })

  const brokenOff = (bytes: string): Promise<void> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(world.url)
      const socket = net.connect(Number(port), hostname, () => socket.write(bytes, () => socket.resetAndDestroy()))
      socket.on('error', () => {})
      socket.once('close', () => resolve())
    })
})

describe('several requests on one connection', () => {
  it('are answered in order, though they came at once', async () => {
    const count = 50
    const bytes = Array.from({ length: count }, (_, index) =>
      index % 2 === 0 ? `${me()}\r\n` : rename('Content-Length: 2\r\n', '[]'),
    ).join('')
    const { received } = await talk(world.url, bytes, (text) => answersIn(text).length === count)
    expect(answersIn(received).map(({ status }) => status)).toEqual(
      Array.from({ length: count }, (_, index) => (index % 2 === 0 ? 200 : 400)),
    )
  })

  it('are not answered any more after one that is no HTTP', async () => {
    const { received, wasClosed } = await talk(world.url, `${me()}\r\nnonsense\r\n\r\n${me()}\r\n`)
    expect(wasClosed).toBe(true)
    const statuses = answersIn(received).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1)
  })

  it('do not put a refusal into the middle of a stream', async () => {
    const stream = operations.find(({ isStream, surface }) => isStream && surface === 'app')!
    const head = `GET ${pathFor(stream, owner)} HTTP/1.1\r\n${HOST}${authorization()}\r\n`
    const { hostname, port } = new URL(world.url)
    const received = await new Promise<string>((resolve) => {
      let text = ''
      const socket = net.connect(Number(port), hostname, () => socket.write(head))
      socket.setEncoding('latin1').on('data', (more: string) => {
        if (!text.includes('connected') && (text + more).includes('connected')) socket.write('nonsense\r\n\r\n')
        text += more
      })
      socket.on('error', () => {})
      socket.once('close', () => resolve(text))
    })
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1)
  })

  it('are answered though a thousand connections do nothing', async () => {
    const { hostname, port } = new URL(world.url)
    const idle = await Promise.all(
      Array.from(
        { length: 1000 },
        () =>
          new Promise<net.Socket>((resolve, reject) => {
            const socket = net.connect(Number(port), hostname, () => resolve(socket)).once('error', reject)
          }),
      ),
    )
    const answer = await ask(world.url, { method: 'GET', path: '/api/app/me', headers: bearer(owner) })
    for (const socket of idle) socket.destroy()
    expect(answer.status).toBe(200)
    expect(answer.ms).toBeLessThan(1000)
  })
})

describe('an address with a host', () => {
  const absolute = (path: string) => `GET http://other.test${path} HTTP/1.1\r\n${HOST}${authorization()}\r\n`
  const statusAndBody = async (path: string) =>
    answersIn((await talk(world.url, absolute(path), (text) => answersIn(text).length > 0)).received)[0]!

  it('means the same as its path', async () => {
    const { status, body } = await statusAndBody('/api/app/me')
    expect([status, JSON.parse(body).id]).toEqual([200, owner.person.id])
  })

  it('is refused in the words of the surface that its path belongs to', async () => {
    const { status, body } = await statusAndBody('/api/v1/nothing')
    expect([status, JSON.parse(body).error.code]).toEqual([404, 'NOT_FOUND'])
  })

  it.each(['', '?', '?a=b', '#', '/'])('and %s is an address, too', async (rest) => {
    expect((await statusAndBody(rest)).status).toBeLessThan(500)
  })
})

it('refuses an expectation that it does not know, and meets the one that it does', async () => {
  const unknown = await talk(
    world.url,
    rename('Expect: a-miracle\r\nContent-Length: 2\r\n', '[]'),
    (text) => answersIn(text).length > 0,
  )
  expect(answersIn(unknown.received)[0]?.status).toBe(417)
  const asked = await talk(
    world.url,
    rename('Expect: 100-continue\r\nContent-Length: 2\r\n', ''),
    (text) => text.length > 0,
  )
  expect(asked.received).toMatch(/^HTTP\/1\.1 100 /)
})

it('has stored nothing of all that', async () => {
  expect(await world.snapshot()).toEqual(before)
})

it('is well after all that', async () => {
  expect(await world.ailments()).toEqual([])
})
