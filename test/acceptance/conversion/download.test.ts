/** /download_token and /download: one file for one token, in one session, within ten minutes. */
import { randomUUID } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { send, startTestServer, type TestServer } from '#test/support/server.ts'
import { copyingEngine } from '#test/support/stub-engines.ts'
import { keptIn, noise } from '../files/world.ts'
import { beginSession, expectError, SECRET, type Visitor } from './world.ts'

const MINUTE = 60_000

let server: TestServer
let visitor: Visitor
beforeAll(async () => {
  const only = (to: string) => [{ from: ['txt'], to: [to] }]
  server = await startTestServer({
    engines: [copyingEngine({ conversions: only('md') })],
    env: { SESSION_RATE_LIMIT: '0', DOWNLOAD_RATE_LIMIT: '0', CONVERT_RATE_LIMIT: '0', UPLOAD_RATE_LIMIT: '0' },
  })
})
afterAll(() => server.close())
beforeEach(async () => {
  visitor = await beginSession(server.url)
})

const use = (token: string, by: Visitor = visitor) => by.request('GET', `/download?token=${token}`)

describe('a download', () => {
  it('is the converted file under the name that it had, never shown in place', async () => {
    const job = await visitor.finished('some text', 'notes.txt')
    const token = await visitor.token(job)
    expect(token).toMatch(SECRET)
    const { status, headers, bytes } = await visitor.download(token)
    expect([status, bytes.toString()]).toEqual([200, 'some text'])
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/markdown; charset=utf-8',
      'content-length': '9',
      'content-disposition': 'attachment; filename=notes.md',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
    })
    expect(headers.get('cache-control')).toMatch(/private|no-store/)
  })

  it('spends its token; the file stays for another one', async () => {
    const job = await visitor.finished()
    const token = await visitor.token(job)
    expect((await visitor.download(token)).status).toBe(200)
    expectError(await use(token), 401, 'DownloadTokenError')
    expect((await visitor.download(await visitor.token(job))).status).toBe(200)
  })

  it('of 500 at once with one token is one', async () => {
    const token = await visitor.token(await visitor.finished())
    const answers = await Promise.all(Array.from({ length: 500 }, () => visitor.download(token)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(499)
  })

  it('goes on where it was interrupted, with a fresh token and a range', async () => {
    const content = noise(300_000).toString('base64')
    const job = await visitor.finished(content)
    const first = await visitor.download(await visitor.token(job), { range: 'bytes=0-99999' })
    expect(first.status).toBe(206)
    expect(first.headers.get('content-range')).toBe(`bytes 0-99999/${content.length}`)
    const tag = first.headers.get('etag')!
    const rest = await visitor.download(await visitor.token(job), { range: 'bytes=100000-', 'if-range': tag })
    expect(rest.status).toBe(206)
    expect(first.bytes.toString() + rest.bytes.toString()).toBe(content)
    const other = await visitor.download(await visitor.token(job), { range: 'bytes=100000-', 'if-range': '"another"' })
    expect([other.status, other.bytes.length]).toEqual([200, content.length])
    const beyond = await visitor.request('GET', `/download?token=${await visitor.token(job)}`, undefined, {
      range: `bytes=${content.length}-`,
    })
    expectError(beyond, 416, 'ValidationError')
  })

  it('is not spent by asking for its head', async () => {
    const token = await visitor.token(await visitor.finished())
    const head = await fetch(`${server.url}/download?token=${token}`, {
      method: 'HEAD',
      headers: { cookie: visitor.cookie },
    })
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'GET'])
    expect((await visitor.download(token)).status).toBe(200)
  })
})

describe('a token', () => {
  it('is of one session: in another one it is nothing, and it is not spent there', async () => {
    const token = await visitor.token(await visitor.finished())
    const other = await beginSession(server.url)
    expectError(await use(token, other), 401, 'DownloadTokenError')
    expectError(await send(server.url, 'GET', `/download?token=${token}`), 401, 'SessionValidationError')
    expect((await visitor.download(token)).status).toBe(200)
  })

  it('can be used for ten minutes, to the second', async () => {
    const job = await visitor.finished()
    const [used, late] = [await visitor.token(job), await visitor.token(job)]
    server.clock.moveBy(10 * MINUTE - 1000)
    expect((await visitor.download(used)).status).toBe(200)
    server.clock.moveBy(1000)
    expectError(await use(late), 401, 'DownloadTokenError')
  })

  it('does not outlive its session', async () => {
    const job = await visitor.finished()
    const { body } = await visitor.request('GET', '/session')
    server.clock.moveBy(Date.parse(body.data.expires_at) - server.clock.now().getTime() - 2000)
    const token = await visitor.token(job)
    const { rows } = await server.database.owner.query(
      `select t.expires_at = s.expires_at as same from download_tokens t join conversion_sessions s using (session_hash)
       where s.csrf_token = $1`,
      [visitor.csrf],
    )
    expect(rows).toEqual([{ same: true }])
    server.clock.moveBy(2000)
    expectError(await use(token), 401, 'SessionValidationError')
  })

  it('is not there for what is not finished', async () => {
    const job = await visitor.uploaded()
    expectError(await visitor.request('POST', '/download_token', { job_id: job }), 409, 'ValidationError')
    expectError(await visitor.request('POST', '/download_token', { job_id: randomUUID() }), 404, 'ResourceNotFound')
    expectError(await visitor.request('POST', '/download_token/all', {}), 404, 'ResourceNotFound')
  })

  it('of a job that was removed leads nowhere', async () => {
    const job = await visitor.finished()
    const token = await visitor.token(job)
    await visitor.request('POST', '/session/remove', { job_id: job })
    expectError(await use(token), 404, 'ResourceNotFound')
  })

  it.each(['', '?token=', `?token=${'x'.repeat(201)}`, '?token=a&token=b', '?token=a&x=1'])(
    'is one: `/download%s` is refused',
    async (query) => {
      const answer = await visitor.request('GET', `/download${query}`)
      expect([400, 401]).toContain(answer.status)
    },
  )

  it('is stored as a hash only', async () => {
    const token = await visitor.token(await visitor.finished())
    const { rows } = await server.database.owner.query('select to_jsonb(t)::text as row from download_tokens t')
    expect(rows.length).toBeGreaterThan(0)
    for (const { row } of rows) expect(row).not.toContain(token)
  })
})

describe('the archive of all finished files', () => {
  it('has each of them once, under names that no file system mixes up, as another program reads them', async () => {
    const large = noise(200_000).toString('base64')
    await visitor.finished('one', 'Report.txt')
    await visitor.finished('two', 'report.txt')
    await visitor.finished('three', '../../evil:name?.txt')
    await visitor.finished(large, 'Báo cáo 报告.txt')
    await visitor.uploaded('not converted', 'waiting.txt')
    const answer = await visitor.request('POST', '/download_token/all', {})
    expect(answer.status).toBe(201)
    const { status, headers, bytes } = await visitor.download(answer.body.data.download_token)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/zip')
    expect(headers.get('content-disposition')).toBe('attachment; filename=converted-files.zip')
    expect(Number(headers.get('content-length'))).toBe(bytes.length)

    const folder = await mkdtemp('/tmp/parlance-archive-')
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await writeFile(path.join(folder, 'all.zip'), bytes)
    const script =
      'import json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; ' +
      'print(json.dumps({i.filename: z.read(i).decode() for i in z.infolist()}))'
    const { stdout, stderr } = spawnSync('python3', ['-c', script, path.join(folder, 'all.zip')], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      'Report.md': 'one',
      'report (2).md': 'two',
      'evil_name_.md': 'three',
      'Báo cáo 报告.md': large,
    })
    expect((await keptIn(server.dataDir)).quarantine).toEqual([])
    expectError(await use(answer.body.data.download_token), 401, 'DownloadTokenError')
  })
})
