/** /storage/v1/object/sign: what a signed link opens, for how long, and that nothing near it opens. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Links, linksOf } from '#test/support/links.ts'
import { ask } from '../bad-input/client.ts'
import { startS3Server } from '#test/support/s3-server.ts'
import { startTestServer, type TestServer } from '#test/support/server.ts'

const bytes = Buffer.from('{"dataset_metadata":{},"consultant_profile":{},"training_pairs":[]}')
const bucket = 'linked-files'
const place = `${randomUUID()}/${randomUUID()}/conversation.json`
const HOUR = 3600

let server: TestServer
let links: Links
let url: string
beforeAll(async () => {
  server = await startTestServer()
  links = linksOf(server)
  await links.put({ bucket, path: place }, bytes)
  url = (await links.sign({ bucket, path: place }, HOUR)).url
})
afterAll(() => server.close())

const read = async (address: string, init: RequestInit = {}) => {
  const response = await fetch(address, init)
  return { status: response.status, headers: response.headers, text: await response.text() }
}
/** Whether a path opens nothing; it is sent as it is, where `fetch` would tidy it up. */
const refused = async (at: string): Promise<boolean> => {
  const { status, text } = await ask(server.url, { method: 'GET', path: at })
  return status >= 400 && status < 500 && !text.includes('training_pairs')
}

describe('a signed link', () => {
  it('gives the file to anybody who has it, as a download', async () => {
    expect(url).toMatch(
      new RegExp(`^${server.url}/storage/v1/object/sign/${bucket}/${place.replaceAll('.', String.raw`\.`)}\\?token=`),
    )
    const { status, headers, text } = await read(url)
    expect([status, text]).toEqual([200, String(bytes)])
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': 'attachment; filename=conversation.json',
      'content-length': String(bytes.length),
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers.get('cache-control')).toContain('private')
  })

  it('has a head, and ranges', async () => {
    const head = await read(url, { method: 'HEAD' })
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', String(bytes.length)])
    const part = await read(url, { headers: { range: 'bytes=2-17' } })
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([
      206,
      'dataset_metadata',
      `bytes 2-17/${bytes.length}`,
    ])
    expect((await read(url, { headers: { range: 'bytes=9999-' } })).status).toBe(416)
    // Nobody knows a tag of it: what a client has may be another.
    expect((await read(url, { headers: { range: 'bytes=0-1', 'if-range': '"x"' } })).status).toBe(200)
  })

  it('works twenty times until its time is over, a second before and not a second after', async () => {
    const other = await startTestServer()
    try {
      const theirs = linksOf(other)
      await theirs.put({ bucket, path: place }, bytes)
      const link = await theirs.sign({ bucket, path: place }, HOUR)
      for (let use = 0; use < 20; use++) expect((await read(link.url)).status).toBe(200)
      const left = link.expiresAt.getTime() - other.clock.now().getTime()
      other.clock.moveBy(left - 1_000)
      expect((await read(link.url)).status).toBe(200)
      other.clock.moveBy(2_000)
      const late = await read(link.url)
      expect(late.status).toBe(403)
      expect(JSON.parse(late.text)).toEqual({
        error: 'Access denied',
        message: 'This link is not valid, or it has expired.',
      })
    } finally {
      await other.close()
    }
  })

  it('opens nothing with any single bit of its path or token flipped', async () => {
    const { pathname, search } = new URL(url)
    const from = '/storage/v1/object/sign/'.length
    const original = Buffer.from(pathname + search)
    const flips: string[] = []
    for (let bit = from * 8; bit < original.length * 8; bit++) {
      const other = Buffer.from(original)
      other[bit >> 3]! ^= 1 << (bit & 7)
      const spelled = [...other].map((byte) =>
        byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`,
      )
      flips.push(spelled.join(''))
    }
    for (let start = 0; start < flips.length; start += 50) {
      const results = await Promise.all(
        flips.slice(start, start + 50).map(async (each) => ({ each, isRefused: await refused(each) })),
      )
      expect(results.filter(({ isRefused }) => !isRefused)).toEqual([])
    }
    expect(flips.length).toBeGreaterThan(1_000)
  })

  it('opens in one spelling only', async () => {
    const { pathname, search, searchParams } = new URL(url)
    const token = searchParams.get('token')!
    const [user] = place.split('/')
    const others = [
      pathname,
      `${pathname}?token=`,
      `${pathname}${search}&token=${token}`,
      `${pathname}?token=x&token=${token}`,
      `${pathname}${search}&download=x`,
      `${pathname}?download=x&token=${token}`,
      `${pathname}?TOKEN=${token}`,
      `${pathname}/${search}`,
      `${pathname.replace(user!, `${user}/.`)}${search}`,
      `${pathname.replace(user!, `%2e%2e/${user}`)}${search}`,
      `${pathname.replace('conversation.json', 'conversation%2ejson')}${search}`,
      `${pathname.replaceAll('/', '%2f')}${search}`,
      `${pathname.replace(`${bucket}/`, `${bucket}%2f`)}${search}`,
      `${pathname.replace(`${bucket}/`, `${bucket}%252f`)}${search}`,
      `${pathname.replace(bucket, bucket.toUpperCase())}${search}`,
      `${pathname.replace('conversation.json', 'conversation.js%d0%ben')}${search}`,
      `/storage/v1/object/sign/${bucket}/${search}`,
      `/storage/v1/object/sign/${search}`,
    ]
    for (const each of others) expect(await refused(each), each).toBe(true)
  })

  it('opens nothing else, and no file of a conversation, with the token of another', async () => {
    const token = new URL(url).search
    for (const other of [`${randomUUID()}/conversation.json`, place.replace('conversation.json', 'raw.json'), 'x']) {
      await links.put({ bucket, path: other }, bytes)
      expect((await read(`${server.url}/storage/v1/object/sign/${bucket}/${other}${token}`)).status).toBe(403)
    }
  })

  it('is dead as soon as what it leads to is gone', async () => {
    const gone = `${randomUUID()}/conversation.json`
    await links.put({ bucket, path: gone }, bytes)
    const link = await links.sign({ bucket, path: gone }, HOUR)
    expect((await read(link.url)).status).toBe(200)
    await links.remove({ bucket, path: gone })
    expect((await read(link.url)).status).toBe(404)
  })

  it('lasts a week at most', async () => {
    const { sign } = links
    for (const seconds of [0, -1, 1.5, 604_801, 2 ** 31, 2 ** 32, NaN, Infinity])
      await expect(sign({ bucket, path: place }, seconds)).rejects.toThrow(RangeError)
    expect((await read((await sign({ bucket, path: place }, 604_800)).url)).status).toBe(200)
  })

  it('is not logged with its token', async () => {
    await read(url)
    expect(JSON.stringify(server.problems)).not.toContain(new URL(url).searchParams.get('token'))
    expect(server.problems).toEqual([])
  })
})

it('is S3’s own where files are in S3, and works as often', async () => {
  const s3 = await startS3Server()
  const theirs = linksOf(server, s3.place)
  try {
    await theirs.put({ bucket, path: place }, bytes)
    const link = await theirs.sign({ bucket, path: place }, HOUR)
    const { origin, searchParams } = new URL(link.url)
    expect(origin).toBe(s3.place.endpoint)
    expect(searchParams.get('X-Amz-Expires')).toBe(String(HOUR))
    for (let use = 0; use < 3; use++) {
      const { status, text, headers } = await read(link.url)
      expect([status, text]).toEqual([200, String(bytes)])
      expect(headers.get('content-disposition')).toBe('attachment; filename="conversation.json"')
    }
  } finally {
    theirs.close()
    await s3.close()
  }
})
