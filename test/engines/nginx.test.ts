/** Parlance behind nginx as deploy/nginx.conf sets it up: nginx sends the files, Parlance decides who gets which. */
import { createHash } from 'node:crypto'
import http from 'node:http'
import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'content-disposition'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UploadedFile } from '#contract/messages/index.ts'
import { type DeployedNginx, freePort, startDeployedNginx } from '#test/support/deployed-nginx.ts'
import type { TestPerson } from '#test/support/server.ts'
import { copyingEngine } from '#test/support/stub-engines.ts'
import { beginSession } from '../acceptance/conversion/world.ts'
import { seed1Failure } from '../acceptance/surfaces/holding.ts'
import { listen } from '../acceptance/teams/events-world.ts'
import { type FilesWorld, noise, openFilesWorld, PNG, sendSlowly, uploaded } from '../acceptance/files/world.ts'

let world: FilesWorld
let nginx: DeployedNginx
let bytes: Buffer
let file: UploadedFile
let etag: string
beforeAll(async () => {
  const port = await freePort()
  world = await openFilesWorld({
    env: {
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      TRUST_PROXY: 'loopback',
      X_ACCEL_PREFIX: '/internal-blobs',
      UPLOAD_LIMIT_MB: '8',
    },
    engines: [copyingEngine({ conversions: [{ from: ['txt'], to: ['md'] }] })],
  })
  nginx = await startDeployedNginx(port, world.server)
  bytes = noise(3_000_000)
  file = await uploaded(world.ada, world.team, bytes, 'noise.bin')
  etag = `"${createHash('sha256').update(bytes).digest('hex')}"`
})
afterAll(async () => {
  await nginx.close()
  await world.close()
})

interface Got {
  readonly status: number
  /** Names and values as they came; what comes twice is here twice. */
  readonly headers: readonly (readonly [string, string])[]
  readonly bytes: Buffer
}
/** As it is on the wire: nothing of the path is put in order, as `fetch` would. */
const get = (url: string, target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const request = http.request({ hostname, port, path: target, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject).once('end', () => {
        const raw = response.rawHeaders.map((text) => Buffer.from(text, 'latin1').toString())
        const pairs = raw.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1]!] as const] : []))
        resolve({ status: response.statusCode!, headers: pairs, bytes: Buffer.concat(chunks) })
      })
    })
    request.once('error', reject).end()
  })
const bearer = (person: TestPerson) => ({ authorization: `Bearer ${person.token}` })
const read = (headers: Record<string, string> = {}, { id = file.id, method = 'GET', query = '' } = {}) =>
  get(nginx.url, `/api/files/${id}${query}`, { ...bearer(world.ada), ...headers }, method)
/** In the words of the contract. */
const failed = ({ status, headers, bytes: body }: Got, expected: number) =>
  seed1Failure(
    { status, headers: new Headers(headers.map(([...pair]) => pair)), body: JSON.parse(body.toString()) },
    expected,
  )
const header = (got: Got, name: string) => got.headers.filter(([each]) => each === name).map(([, value]) => value)

describe('a file', () => {
  it('comes from nginx: Parlance only says where it lies', async () => {
    const direct = await get(world.server.url, `/api/files/${file.id}`, bearer(world.ada))
    expect([direct.status, direct.bytes.length]).toEqual([200, 0])
    expect(header(direct, 'x-accel-redirect')).toEqual([expect.stringMatching(/^\/internal-blobs\/[\w./-]+$/)])
    const { status, bytes: got } = await read()
    expect(status).toBe(200)
    expect(got.equals(bytes)).toBe(true)
  })

  it('has every header that Parlance gave it, once, and tells nobody where it lies', async () => {
    const own = 'x-accel-redirect accept-ranges content-length x-request-id connection keep-alive date server'.split(
      ' ',
    )
    const kept = ({ headers }: Got) => headers.filter(([name]) => !own.includes(name)).map((pair) => pair.join(': '))
    for (const query of ['', '?disposition=inline']) {
      const direct = await get(world.server.url, `/api/files/${file.id}${query}`, bearer(world.ada))
      const got = await read({}, { query })
      expect(kept(got).toSorted()).toEqual(kept(direct).toSorted())
      expect([header(got, 'content-length'), header(got, 'accept-ranges')]).toEqual([['3000000'], ['bytes']])
      expect(header(got, 'x-request-id')).toHaveLength(1)
      expect(header(got, 'server')).toEqual(['nginx'])
    }
  })

  it.each([
    ['the first bytes', 'bytes=0-99', 0, 99],
    ['one byte', 'bytes=2999999-2999999', 2_999_999, 2_999_999],
    ['from the middle on', 'bytes=1500000-', 1_500_000, 2_999_999],
    ['the last bytes', 'bytes=-500', 2_999_500, 2_999_999],
    ['more than there is', 'bytes=2999000-9999999', 2_999_000, 2_999_999],
  ])('is sent in part: %s', async (_, range, start, end) => {
    const got = await read({ range })
    expect([got.status, header(got, 'content-range')]).toEqual([206, [`bytes ${start}-${end}/3000000`]])
    expect(got.bytes.equals(bytes.subarray(start, end + 1))).toBe(true)
    expect(header(got, 'content-security-policy')).toEqual(["default-src 'none'; sandbox"])
  })

  it('is sent whole where parts of it would be of something else, or several', async () => {
    const others: Record<string, string>[] = [
      { range: 'bytes=0-9', 'if-range': '"other"' },
      { range: 'bytes=0-9', 'if-range': 'Wed, 21 Oct 2015 07:28:00 GMT' },
      { range: 'bytes=0-9,20-29' },
      { range: 'lines=0-9' },
    ]
    for (const headers of others) {
      const got = await read(headers)
      expect([headers, got.status, got.bytes.length]).toEqual([headers, 200, bytes.length])
    }
    const same = await read({ range: 'bytes=0-9', 'if-range': etag })
    expect([same.status, same.bytes.length]).toEqual([206, 10])
  })

  it('is not sent again to who has it, whatever the times say', async () => {
    expect(await read({ 'if-none-match': etag })).toMatchObject({ status: 304, bytes: Buffer.alloc(0) })
    expect((await read({ 'if-none-match': '"other"' })).status).toBe(200)
    expect((await read({ 'if-modified-since': new Date(Date.now() + 60_000).toUTCString() })).status).toBe(200)
  })

  it('past its end there is nothing, in the words of the contract', async () => {
    const got = await read({ range: 'bytes=3000000-' })
    expect([got.status, header(got, 'content-range')]).toEqual([416, ['bytes */3000000']])
    failed(got, 416)
  })

  it('answers HEAD with what GET would say', async () => {
    const got = await read({}, { method: 'HEAD' })
    expect([got.status, header(got, 'content-length'), header(got, 'etag')]).toEqual([200, ['3000000'], [etag]])
  })

  it('keeps its name, in whatever script it is', async () => {
    for (const name of [
      'báo cáo quý 3.txt',
      '报告 (最终).txt',
      'تقرير.txt',
      '100% "sure"; x=y.txt',
      '../../etc/passwd',
      '😀.txt',
    ]) {
      const { id } = await uploaded(world.ada, world.team, 'words', name)
      const got = await read({}, { id })
      expect(parse(header(got, 'content-disposition')[0]!)).toMatchObject({ type: 'attachment' })
      const direct = await get(world.server.url, `/api/files/${id}`, bearer(world.ada))
      expect(header(got, 'content-disposition')).toEqual(header(direct, 'content-disposition'))
      expect(got.bytes.toString()).toBe('words')
    }
  })

  it('has its picture from nginx as well', async () => {
    const { id } = await uploaded(world.ada, world.team, PNG, 'dot.png')
    for (const what of ['thumbnail', 'preview']) {
      const got = await get(nginx.url, `/api/files/${id}/${what}`, bearer(world.ada))
      expect([got.status, header(got, 'content-type')]).toEqual([200, ['image/webp']])
      expect(got.bytes.subarray(8, 12).toString()).toBe('WEBP')
    }
  })

  it('whose bytes are gone is not found, in the words of the contract', async () => {
    const { id } = await uploaded(world.ada, world.team, 'words', 'gone.txt')
    await rm(await placeOf(id))
    const got = await read({}, { id })
    failed(got, 404)
  })
})

/** Where the bytes of a file lie. */
const placeOf = async (id: string): Promise<string> => {
  const direct = await get(world.server.url, `/api/files/${id}`, bearer(world.ada))
  return path.join(world.server.dataDir, header(direct, 'x-accel-redirect')[0]!.replace('/internal-blobs', 'blobs'))
}

describe('who may not read it', () => {
  it('does not get it from nginx either', async () => {
    for (const person of [world.stranger, undefined]) {
      const got = await get(nginx.url, `/api/files/${file.id}`, person === undefined ? {} : bearer(person))
      failed(got, person === undefined ? 401 : 403)
    }
  })

  it('does not get in where only Parlance may send nginx', async () => {
    const place = path.relative(path.join(world.server.dataDir, 'blobs'), await placeOf(file.id))
    const targets = [
      `/internal-blobs/${place}`,
      `//internal-blobs/${place}`,
      `/%69nternal-blobs/${place}`,
      `/internal-blobs%2f${place}`,
      `/x/../internal-blobs/${place}`,
      `/x/%2e%2e/internal-blobs/${place}`,
      `/internal-blobs/../internal-blobs/${place}`,
      '/internal-blobs/../secret.key',
      '/internal-blobs../secret.key',
      '/internal-blobs/%2e%2e/secret.key',
      '/internal-blobs/',
      '/internal-blobs',
    ]
    for (const target of targets) {
      const asProxy = { 'x-accel-redirect': `/internal-blobs/${place}`, 'x-original-url': target }
      for (const extra of [{}, asProxy] as Record<string, string>[]) {
        const got = await get(nginx.url, target, { ...bearer(world.ada), ...extra })
        expect([target, [400, 403, 404].includes(got.status), got.bytes.includes(bytes.subarray(0, 64))]).toEqual([
          target,
          true,
          false,
        ])
      }
    }
    const led = await get(nginx.url, '/health', { 'x-accel-redirect': `/internal-blobs/${place}` })
    expect(JSON.parse(led.bytes.toString())).toEqual({ status: 'ok' })
  })

  it('on the same machine finds files closed to all but the group, and the way there closed to others', async () => {
    const place = await placeOf(file.id)
    expect((await stat(place)).mode & 0o777).toBe(0o640)
    for (let folder = path.dirname(place); folder !== world.server.dataDir; folder = path.dirname(folder)) {
      expect([folder, (await stat(folder)).mode & 0o007]).toEqual([folder, 0])
    }
  })
})

describe('a converted file', () => {
  it('comes from nginx for a token, once, under its name, and goes on with a fresh one', async () => {
    const visitor = await beginSession(nginx.url)
    const content = noise(300_000).toString('base64')
    const job = await visitor.finished(content, 'ghi chú.txt')
    const token = await visitor.token(job)
    const got = await visitor.download(token)
    expect([got.status, got.bytes.toString() === content]).toEqual([200, true])
    expect(parse(got.headers.get('content-disposition')!).parameters['filename']).toBe('ghi chú.md')
    expect(got.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await visitor.request('GET', `/download?token=${token}`)).status).toBe(401)
    const range = { range: 'bytes=400-', 'if-range': got.headers.get('etag')! }
    const rest = await visitor.download(await visitor.token(job), range)
    expect([rest.status, rest.bytes.toString() === content.slice(400)]).toEqual([206, true])
  })
})

describe('what goes through', () => {
  it('are streams, event by event', async () => {
    const stream = await listen({ url: nginx.url }, world.grace)
    for (const content of ['one', 'two', 'three']) {
      const posted = await world.ada.request('POST', `/api/team/conversations/${world.team}/messages`, { content })
      expect(posted.status).toBe(201)
      await stream.next((event) => JSON.stringify(event).includes(`"${content}"`))
    }
    stream.close()
    await stream.over
  })

  it('are uploads, byte for byte', async () => {
    const body = new Uint8Array(noise(7 * 1024 * 1024))
    const form = new FormData()
    form.append('file', new Blob([body]), 'large.bin')
    const response = await fetch(`${nginx.url}/api/files?conversationId=${world.team}`, {
      method: 'POST',
      headers: bearer(world.ada),
      body: form,
    })
    expect(response.status).toBe(201)
    const { data } = (await response.json()) as { data: { file: { id: string } }[] }
    expect((await read({}, { id: data[0]!.file.id })).bytes.equals(Buffer.from(body))).toBe(true)
  })

  it('is the refusal of an upload, before it has been sent', async () => {
    async function* endless() {
      yield Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n')
      for (;;) yield noise(64 * 1024)
    }
    const boundary = { 'content-type': 'multipart/form-data; boundary=b' }
    const server = { ...world.server, url: nginx.url }
    const target = `/api/files?conversationId=${world.team}`
    const answer = await sendSlowly(
      server,
      { path: target, headers: { ...bearer(world.stranger), ...boundary }, length: 60 * 1024 * 1024 },
      endless(),
    )
    failed({ ...answer, headers: Object.entries(answer.headers as Record<string, string>) }, 403)
    expect(answer.sentBefore).toBeLessThan(30 * 1024 * 1024)
  })
})
