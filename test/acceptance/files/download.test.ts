/** GET and HEAD /api/files/{fileId}: who may read what, ranges and tags as RFC 9110 has them, and what a browser is told. */
import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { parse } from 'content-disposition'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send } from '#test/support/server.ts'
import type { UploadedFile } from '#contract/messages/index.ts'
import { expectStatus, seed1Failure } from '../surfaces/holding.ts'
import { type FilesWorld, noise, openFilesWorld, PNG, upload, uploaded } from './world.ts'

let world: FilesWorld
let bytes: Buffer
let file: UploadedFile
let etag: string
beforeAll(async () => {
  world = await openFilesWorld()
  bytes = noise(100_000)
  file = await uploaded(world.ada, world.team, bytes, 'noise.bin')
  await world.send(file.id)
  etag = `"${createHash('sha256').update(bytes).digest('hex')}"`
})
afterAll(() => world.close())

const at = (id: string, query = '') => `/api/files/${id}${query}`
const read = async (headers: Record<string, string> = {}, { id = file.id, method = 'GET', query = '' } = {}) => {
  const response = await fetch(world.server.url + at(id, query), {
    method,
    headers: { authorization: `Bearer ${world.ada.token}`, ...headers },
  })
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) }
}

describe('who may read a file', () => {
  it('the members of its conversation, by token and by cookie', async () => {
    for (const person of [world.ada, world.grace]) {
      expectStatus(await person.request('GET', at(file.id)), 200)
      expectStatus(await send(world.server.url, 'GET', at(file.id), undefined, { cookie: person.cookie }), 200)
    }
  })

  it('nobody else: 401, 403 for a stranger, 404 where there is none', async () => {
    for (const path of [at(file.id), at(file.id, '?disposition=inline')]) {
      seed1Failure(await send(world.server.url, 'GET', path), 401)
      expect(seed1Failure(await world.stranger.request('GET', path), 403).detail).toBe(
        "You don't have access to this conversation",
      )
    }
    expect(seed1Failure(await world.stranger.request('GET', at(randomUUID())), 404).detail).toBe('File not found')
    seed1Failure(await world.ada.request('GET', at('none')), 400)
    seed1Failure(await world.ada.request('GET', at(file.id, '?disposition=open')), 400)
  })

  it('until it is sent, its uploader alone', async () => {
    const { id } = await uploaded(world.ada, world.team)
    expectStatus(await world.ada.request('GET', at(id)), 200)
    seed1Failure(await world.grace.request('GET', at(id)), 403)
    await world.send(id)
    expectStatus(await world.grace.request('GET', at(id)), 200)
  })

  it('nobody who has left, at once', async () => {
    const { owner } = world.server.database
    await owner.query('update members set left_at = now() where user_id = $1', [world.grace.id])
    const answer = await world.grace.request('GET', at(file.id), undefined, { 'if-none-match': etag })
    seed1Failure(answer, 403)
    await owner.query('update members set left_at = null where user_id = $1', [world.grace.id])
  })

  it('nobody once it was deleted', async () => {
    const { id } = await uploaded(world.ada, world.team)
    await world.send(id)
    await world.server.database.owner.query('delete from files where file_id = $1', [id])
    for (const person of [world.ada, world.stranger]) seed1Failure(await person.request('GET', at(id)), 404)
  })
})

describe('the whole', () => {
  it('comes byte for byte, and says what it is', async () => {
    const answer = await read()
    expect(answer.status).toBe(200)
    expect(answer.bytes.equals(bytes)).toBe(true)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-length': '100000',
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename=noise.bin',
      'accept-ranges': 'bytes',
      etag,
    })
  })

  it('has a head without bytes, which has no ranges', async () => {
    for (const headers of [{}, { range: 'bytes=0-9' }] as Record<string, string>[]) {
      const answer = await read(headers, { method: 'HEAD' })
      expect([answer.status, answer.headers.get('content-length'), answer.bytes.length]).toEqual([200, '100000', 0])
      expect(answer.headers.get('etag')).toBe(etag)
    }
  })
})

describe('a range', () => {
  it.each<[string, number, number]>([
    ['bytes=0-0', 0, 0],
    ['bytes=10-19', 10, 19],
    ['bytes=99999-', 99_999, 99_999],
    ['bytes=-100', 99_900, 99_999],
    ['bytes=50000-999999', 50_000, 99_999],
  ])('%s comes as 206', async (range, start, end) => {
    const answer = await read({ range })
    expect(answer.status).toBe(206)
    expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end}/100000`)
    expect(answer.headers.get('content-length')).toBe(String(end - start + 1))
    expect(answer.bytes.equals(bytes.subarray(start, end + 1))).toBe(true)
  })

  it('of which nothing is there is 416 with the size', async () => {
    const answer = await world.ada.request('GET', at(file.id), undefined, { range: 'bytes=100000-' })
    seed1Failure(answer, 416)
    expect(answer.headers.get('content-range')).toBe('bytes */100000')
  })

  it.each(['bytes=0-1,5-6', 'bytes=x', 'lines=0-1'])('that we do not know is the whole: %s', async (range) => {
    expect((await read({ range })).status).toBe(200)
  })
})

describe('a tag', () => {
  it('that is known is 304 with nothing in it, for GET and HEAD and whatever the range', async () => {
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*'])
      for (const method of ['GET', 'HEAD']) {
        const answer = await read({ 'if-none-match': header, range: 'bytes=0-1' }, { method })
        expect([answer.status, answer.bytes.length, answer.headers.get('etag')]).toEqual([304, 0, etag])
        expect(answer.headers.get('cache-control')).toBe('private, no-cache')
      }
    expect((await read({ 'if-none-match': '"other"' })).status).toBe(200)
  })

  it('in If-Range decides whether the range is of what the client has', async () => {
    expect((await read({ range: 'bytes=0-1', 'if-range': etag })).status).toBe(206)
    for (const other of ['"other"', `W/${etag}`, 'Sat, 21 Nov 2026 12:00:00 GMT'])
      expect((await read({ range: 'bytes=0-1', 'if-range': other })).status).toBe(200)
    // Then a range that is not there is no mistake either.
    expect((await read({ range: 'bytes=999999-', 'if-range': '"other"' })).status).toBe(200)
  })
})

describe('what a browser is told', () => {
  const expectSandboxed = (headers: Headers) =>
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'private, no-cache',
      'x-frame-options': 'DENY',
    })

  it('is the same for every status', async () => {
    for (const headers of [{}, { range: 'bytes=0-1' }, { 'if-none-match': etag }] as Record<string, string>[])
      expectSandboxed((await read(headers)).headers)
    const refused = await world.stranger.request('GET', at(file.id))
    expect(refused.headers.get('cache-control')).toBe('no-store')
    expect(refused.headers.get('x-content-type-options')).toBe('nosniff')
  })

  const contents: [string, string | Buffer, 'inline' | 'attachment'][] = [
    ['picture.png', PNG, 'inline'],
    ['page.html', '<!doctype html><html><script>alert(1)</script></html>', 'attachment'],
    ['picture.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'attachment'],
    ['data.xml', '<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/xhtml"><script/></x>', 'attachment'],
    // The name and the type that the client says decide nothing.
    ['picture.png', '<!doctype html><html><script>alert(1)</script></html>', 'attachment'],
    ['picture.jpg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 'attachment'],
    ['paper.pdf', '%PDF-1.4\n%%EOF\n', 'attachment'],
    ['noise.png', Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9]), 'attachment'],
  ]
  it.each(contents)('%s is shown in place only where that is safe', async (fileName, content, disposition) => {
    const { id } = await uploaded(world.ada, world.team, content, fileName)
    const inline = await read({}, { id, query: '?disposition=inline' })
    expect(parse(inline.headers.get('content-disposition')!).type).toBe(disposition)
    expectSandboxed(inline.headers)
    expect(parse((await read({}, { id })).headers.get('content-disposition')!).type).toBe('attachment')
  })
})

describe('names', () => {
  const names = [
    'plain.txt',
    'with space.txt',
    'quote".txt',
    "apostrophe's.txt",
    'back\\slash.txt',
    'a/b.txt',
    '../../etc/passwd',
    '..\\..\\windows\\win.ini',
    '/etc/passwd',
    '.htaccess',
    '..',
    'CON',
    'a;b=c.txt',
    '100%.txt',
    '%2e%2e%2f',
    'line\r\nSet-Cookie: a=b\r\n\r\n<html>',
    'tab\tand\u0001control\u007f',
    'báo cáo Đà Nẵng.pdf',
    '日本語のファイル.txt',
    'מסמך.txt',
    '\u202Egpj.exe',
    '\uFEFFbom.txt',
    '👩‍👩‍👧‍👦.png',
    'e\u0301 and \u00e9',
    '<script>alert(1)</script>.html',
    "'; drop table files; --",
    '${7*7}{{7*7}}',
    ' leading and trailing ',
    'x'.repeat(255),
    '😀'.repeat(127),
    "UTF-8''%41.txt",
    'filename*=x',
    '\ufffd',
    '\u2028\u2029',
  ]

  it.each(names)('%j comes back exactly, in JSON and in a header that nothing breaks out of', async (fileName) => {
    const stored = await uploaded(world.ada, world.team, 'x', fileName)
    expect(stored.fileName).toBe(fileName)
    const answer = await read({}, { id: stored.id })
    const header = answer.headers.get('content-disposition')!
    expect(header).toMatch(/^attachment; filename=[\x20-\x7e]+$/)
    expect(parse(header)).toMatchObject({ type: 'attachment', parameters: { filename: fileName } })
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  it('lead curl nowhere but into its own folder', async () => {
    for (const fileName of names) {
      const { id } = await uploaded(world.ada, world.team, 'x', fileName)
      const folder = mkdtempSync('/tmp/parlance-curl-')
      try {
        const url = world.server.url + at(id)
        // Not in sync: the server runs in this process.
        await promisify(execFile)(
          'curl',
          ['-sSOJ', '--max-time', '10', '-H', `Authorization: Bearer ${world.ada.token}`, url],
          { cwd: folder },
        )
        const saved = readdirSync(folder)
        expect(saved, fileName).toHaveLength(1)
        expect(saved[0]).not.toMatch(/[/\r\n]/)
        expect(readFileSync(`${folder}/${saved[0]}`, 'utf8')).toBe('x')
      } catch (error) {
        // curl itself refuses names that are no names of files.
        expect(String(error), fileName).toMatch(/Failed to (open|create|extract)|Failed writing|client returned ERROR/i)
      } finally {
        rmSync(folder, { recursive: true })
      }
    }
  })

  it('of which there are two may be equal', async () => {
    const answer = await upload(
      world.ada,
      world.team,
      { fileName: 'same.txt', bytes: 'one' },
      { fileName: 'same.txt', bytes: 'two' },
    )
    expect(answer.body.data.map(({ file: { fileName } }: { file: UploadedFile }) => fileName)).toEqual([
      'same.txt',
      'same.txt',
    ])
  })
})

it('has logged nothing that is wrong', () => {
  expect(world.server.problems).toEqual([])
})
