/** The links that downloads answer with: for how long they open the file, and that nothing near them opens anything. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linksOf } from '#test/support/links.ts'
import { startS3Server } from '#test/support/s3-server.ts'
import { ask } from '../bad-input/client.ts'
import { openTrainingWorld, type TrainingWorld } from './world.ts'

const FILE = '{"dataset_metadata":{},"consultant_profile":{},"training_pairs":[]}'

let world: TrainingWorld
beforeAll(async () => {
  world = await openTrainingWorld()
})
afterAll(() => world.close())

/** A conversation with files, and the address of a link to one. */
const linked = async (type: 'final' | 'raw' = 'final') => {
  const { id } = await world.seedConversation(world.ada, { file: FILE, raw: FILE })
  const { body } = await world.ada.request('GET', `/api/conversations/${id}/download?type=${type}`)
  const { pathname, search } = new URL(body.download_url)
  return { id, pathname, search, address: pathname + search, expiresAt: Date.parse(body.expires_at) }
}

const read = async (address: string, init: RequestInit = {}) => {
  const response = await fetch(world.server.url + address, init)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

describe('a link to a training file', () => {
  it('opens it for anybody, any number of times, as a download that stays private', async () => {
    const { address } = await linked()
    for (let use = 0; use < 20; use++) {
      const { status, text } = await read(address)
      expect([status, text]).toEqual([200, FILE])
    }
    expect(Object.fromEntries((await read(address)).headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': 'attachment; filename=conversation.json',
      'content-length': String(FILE.length),
      'cache-control': 'private, no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
    })
  })

  it('lives 3600 seconds: it opens a second before they are over, and not a second after', async () => {
    const other = await openTrainingWorld()
    try {
      const { id } = await other.seedConversation(other.ada, { file: FILE })
      const { body } = await other.ada.request('GET', `/api/conversations/${id}/download`)
      const { pathname, search } = new URL(body.download_url)
      const { clock, url } = other.server
      const status = async () => (await fetch(url + pathname + search)).status
      clock.moveBy(Date.parse(body.expires_at) - clock.now().getTime() - 1_000)
      expect(await status()).toBe(200)
      clock.moveBy(2_000)
      expect(await status()).toBe(403)
      // Another is to be had at once, and the first stays dead.
      const again = await other.ada.request('GET', `/api/conversations/${id}/download`)
      const fresh = new URL(again.body.download_url)
      expect((await fetch(url + fresh.pathname + fresh.search)).status).toBe(200)
      expect(await status()).toBe(403)
    } finally {
      await other.close()
    }
  })

  it('opens nothing with any single bit of its path or token flipped', async () => {
    const { address } = await linked()
    const from = '/storage/v1/object/sign/'.length
    const original = Buffer.from(address)
    const opened: string[] = []
    const flips: string[] = []
    for (let bit = from * 8; bit < original.length * 8; bit++) {
      const other = Buffer.from(original)
      other[bit >> 3]! ^= 1 << (bit & 7)
      flips.push(
        [...other]
          .map((byte) =>
            byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`,
          )
          .join(''),
      )
    }
    for (let start = 0; start < flips.length; start += 50) {
      await Promise.all(
        flips.slice(start, start + 50).map(async (path) => {
          const { status, text } = await ask(world.server.url, { method: 'GET', path })
          if (status < 400 || status >= 500 || text.includes('training_pairs')) opened.push(path)
        }),
      )
    }
    expect(opened).toEqual([])
    expect(flips.length).toBeGreaterThan(1_000)
  })

  it('goes on where a download was cut off', async () => {
    const { address } = await linked('raw')
    const part = await read(address, { headers: { range: 'bytes=10-' } })
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([
      206,
      FILE.slice(10),
      `bytes 10-${FILE.length - 1}/${FILE.length}`,
    ])
    expect((await read(address, { headers: { range: `bytes=${FILE.length}-` } })).status).toBe(416)
    const head = await read(address, { method: 'HEAD' })
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', String(FILE.length)])
  })

  it('may be broken off and begun again, and nobody minds', async () => {
    const whole = 'x'.repeat(8_000_000)
    const { id } = await world.seedConversation(world.ada, { file: whole })
    const { body } = await world.ada.request('GET', `/api/conversations/${id}/download`)
    const { pathname, search } = new URL(body.download_url)
    for (let round = 0; round < 5; round++) {
      const controller = new AbortController()
      const response = await fetch(world.server.url + pathname + search, { signal: controller.signal })
      await response.body!.getReader().read()
      controller.abort()
    }
    expect((await read(pathname + search)).text === whole).toBe(true)
    expect(world.server.problems).toEqual([])
  })

  it('opens no other conversation, not the raw file beside it, and nothing in another bucket', async () => {
    const [one, other] = [await linked(), await linked()]
    const raw = await linked('raw')
    for (const path of [
      other.pathname,
      one.pathname.replace(one.id, other.id),
      raw.pathname,
      one.pathname.replace('conversation-files', 'training-exports'),
    ])
      expect((await read(path + one.search)).status, path).toBe(403)
  })

  it('dies with the conversation at once, though its bytes may still lie there', async () => {
    const { id, address } = await linked()
    expect((await read(address)).status).toBe(200)
    const { status } = await world.ada.request('DELETE', `/api/training/conversations/${id}`)
    expect(status).toBe(204)
    expect((await read(address)).status).toBe(404)
    expect((await read(address, { method: 'HEAD' })).status).toBe(404)
  })

  it('dies when its row no longer names the file', async () => {
    const { id, address } = await linked()
    await world.rows('update training_conversations set file_path = null where conversation_id = $1', [id])
    expect((await read(address)).status).toBe(404)
  })

  it('shows what the file says now, after the conversation was changed', async () => {
    const { id, address } = await linked()
    const links = linksOf(world.server)
    await links.put(
      { bucket: 'conversation-files', path: `${world.ada.id}/${id}/conversation.json` },
      Buffer.from('{}'),
    )
    expect((await read(address)).text).toBe('{}')
  })

  it('is another each time it is asked for, with its whole time, and ends none before it', async () => {
    const first = await linked()
    world.server.clock.moveBy(10_000)
    const { body } = await world.ada.request('GET', `/api/conversations/${first.id}/download`)
    expect(Date.parse(body.expires_at)).toBeGreaterThanOrEqual(first.expiresAt + 10_000)
    expect((await read(first.address)).status).toBe(200)
  })

  it('is nowhere in the database', async () => {
    const { search } = await linked()
    const token = search.slice('?token='.length)
    const tables = await world.rows(
      `select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    )
    for (const { table_name } of tables) {
      const found = await world.rows(`select 1 from ${table_name} t where t::text like $1`, [`%${token}%`])
      expect([table_name, found]).toEqual([table_name, []])
    }
  })
})

it('is S3’s own where files are in S3, for the same hour', async () => {
  const s3 = await startS3Server()
  const other = await openTrainingWorld({
    env: {
      S3_ENDPOINT: s3.place.endpoint,
      S3_BUCKET: s3.place.bucket,
      S3_ACCESS_KEY_ID: s3.place.accessKeyId,
      S3_SECRET_ACCESS_KEY: s3.place.secretAccessKey,
    },
  })
  const links = linksOf(other.server, s3.place)
  try {
    const { id } = await other.seedConversation(other.ada, { file: FILE })
    const path = `${other.ada.id}/${id}/conversation.json`
    await links.put({ bucket: 'conversation-files', path }, Buffer.from(FILE))
    const { status, body } = await other.ada.request('GET', `/api/conversations/${id}/download`)
    expect([status, body.expires_in_seconds, body.filename]).toEqual([200, 3600, 'conversation.json'])
    const url = new URL(body.download_url)
    expect([url.origin, url.searchParams.get('X-Amz-Expires')]).toEqual([s3.place.endpoint, '3600'])
    for (let use = 0; use < 3; use++) {
      const response = await fetch(url)
      expect([response.status, await response.text()]).toEqual([200, FILE])
      expect(response.headers.get('content-disposition')).toBe('attachment; filename="conversation.json"')
    }
    // That S3 refuses a changed path is its own promise, which the server that stands for it here does not keep.
    expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/)
  } finally {
    links.close()
    await other.close()
    await s3.close()
  }
})
