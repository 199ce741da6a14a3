/** POST /upload: what is taken, as what, and that of everything else nothing stays. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as contract from '#contract/conversion/index.ts'
import { send, startTestServer, type TestServer } from '#test/support/server.ts'
import { type ScriptedClamd, startScriptedClamd } from '#test/support/scripted-clamd.ts'
import { copyingEngine } from '#test/support/stub-engines.ts'
import { keptIn, noise, PNG, sendSlowly } from '../files/world.ts'
import { beginSession, expectError, filePart, formOf, jobField, rowsOf, type Visitor } from './world.ts'

const MB = 1024 * 1024
const EICAR = 'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'

let server: TestServer
let clamd: ScriptedClamd
let visitor: Visitor
beforeAll(async () => {
  clamd = await startScriptedClamd((file) => (file.includes(EICAR) ? 'stream: Eicar-Test FOUND\0' : 'stream: OK\0'))
  server = await startTestServer({
    engines: [copyingEngine({ conversions: [{ from: ['txt', 'png'], to: ['md'] }] })],
    env: {
      UPLOAD_LIMIT_MB: '1',
      CONVERSION_QUOTA_MB: '4',
      CONVERSION_ROOM_MB: '10',
      SESSION_RATE_LIMIT: '0',
      UPLOAD_RATE_LIMIT: '0',
      CLAMD_HOST: clamd.address.host,
      CLAMD_PORT: String(clamd.address.port),
    },
  })
})
afterAll(async () => {
  await server.close()
  await clamd.close()
})
beforeEach(async () => {
  visitor = await beginSession(server.url)
})

/** Neither in the quarantine nor among the blobs, nor in any table. */
const expectNothing = async () => {
  expect((await visitor.request('GET', '/session')).body.data.jobs).toEqual([])
  const { rows } = await server.database.owner.query(
    `select job_id from conversion_jobs where session_hash = (select session_hash from conversion_sessions where csrf_token = $1)`,
    [visitor.csrf],
  )
  expect(rows).toEqual([])
  expect((await keptIn(server.dataDir)).quarantine).toEqual([])
  expect((await rowsOf(server)).notes).toBe(0)
}

describe('an upload', () => {
  it('becomes a job, with what it is and what can be made of it', async () => {
    const jobId = randomUUID()
    const answer = await visitor.post('/upload', jobField(jobId), filePart('some text', 'Báo cáo.txt'))
    expect([answer.status, answer.body]).toEqual([201, { success: true, data: { job_id: jobId, status: 'uploaded' } }])
    expect(contract.upload.reply.body!.parse(answer.body)).toEqual(answer.body)
    expect(await visitor.details(jobId)).toEqual({
      job_id: jobId,
      original_filename: 'Báo cáo.txt',
      source_format: 'txt',
      target_formats: ['md'],
      target_format: null,
      status: 'uploaded',
      progress: null,
      error_type: null,
      error_message: null,
      can_retry: false,
      size: 9,
      output_size: null,
      output_filename: null,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      completed_at: null,
    })
    expect((await visitor.request('GET', `/job_status?job_id=${jobId}`)).body).toEqual({
      success: true,
      data: { status: 'uploaded', error_message: null, completed_at: null },
    })
  })

  it('may send the id after the file', async () => {
    const jobId = randomUUID()
    expect((await visitor.post('/upload', filePart(), jobField(jobId))).status).toBe(201)
    expect(await visitor.details(jobId)).toMatchObject({ status: 'uploaded' })
  })

  it('leaves nothing in the quarantine, and no note that it was on its way', async () => {
    await visitor.uploaded()
    expect((await keptIn(server.dataDir)).quarantine).toEqual([])
    expect((await rowsOf(server)).notes).toBe(0)
  })

  it('is what its content says, whatever the browser and a missing ending say', async () => {
    const jobId = await visitor.uploaded(PNG, 'picture')
    expect(await visitor.details(jobId)).toMatchObject({ source_format: 'png', original_filename: 'picture' })
  })

  it('may have exactly the size of the limit', async () => {
    await visitor.uploaded('a'.repeat(MB))
  })
})

describe('ids of jobs', () => {
  it('are of one session: the same id is another job in another one', async () => {
    const other = await beginSession(server.url)
    const jobId = await visitor.uploaded('mine')
    expect((await other.post('/upload', jobField(jobId), filePart('theirs, longer'))).status).toBe(201)
    expect(await visitor.details(jobId)).toMatchObject({ size: 4 })
    expect(await other.details(jobId)).toMatchObject({ size: 14 })
  })

  it.each(['before', 'after'])(
    'are used once: 409 with the id %s the file, and the first file stays',
    async (where) => {
      const jobId = await visitor.uploaded('first')
      const parts = [jobField(jobId), filePart('second, longer')]
      const answer = await visitor.post('/upload', ...(where === 'before' ? parts : parts.toReversed()))
      expectError(answer, 409, 'ValidationError')
      expect(await visitor.details(jobId)).toMatchObject({ size: 5 })
      expect((await keptIn(server.dataDir)).quarantine).toEqual([])
    },
  )

  it('of ten uploads at once with one id, one is taken', async () => {
    const jobId = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => visitor.post('/upload', filePart(), jobField(jobId))),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9)
    await visitor.request('POST', '/session/close', {})
    expect((await keptIn(server.dataDir)).quarantine).toEqual([])
  })

  it('can be used again once the job was removed', async () => {
    const jobId = await visitor.uploaded('first')
    expect((await visitor.request('POST', '/session/remove', { job_id: jobId })).body.data).toEqual({ job_id: jobId })
    expect((await visitor.post('/upload', jobField(jobId), filePart('again'))).status).toBe(201)
    expect(await visitor.converted(jobId)).toMatchObject({ status: 'completed', output_size: 5 })
  })

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['a word', 'job'],
    ['a path', '../../etc/passwd'],
    ['a UUID of another version', '01890a5d-ac96-774b-bcce-b302099a8057'],
    ['a list', `${randomUUID()},${randomUUID()}`],
  ])('are UUIDs of version 4: %s is refused', async (_, id) => {
    const answer = await visitor.post('/upload', ...(id === undefined ? [] : [jobField(id)]), filePart())
    expect(expectError(answer, 400, 'ValidationError')).toBe('job_id must be a UUID of version 4')
    await expectNothing()
  })
})

describe('what is refused', () => {
  it('a file above the limit, with the sentence of the seed', async () => {
    const answer = await visitor.post('/upload', jobField(randomUUID()), filePart('a'.repeat(MB + 1)))
    expect(expectError(answer, 413, 'ValidationError')).toBe('File size exceeds 1MB limit.')
    await expectNothing()
  })

  it('a file above the limit in a request that does not say its length', async () => {
    const { body, type } = formOf([jobField(randomUUID()), filePart('a'.repeat(MB + 1))])
    const chunks = async function* () {
      for (let at = 0; at < body.length; at += 64 * 1024) yield body.subarray(at, at + 64 * 1024)
    }
    const headers = { 'content-type': type, cookie: visitor.cookie, 'x-csrf-token': visitor.csrf }
    const answer = await sendSlowly(server, { path: '/upload', headers }, chunks())
    expect(answer.status).toBe(413)
    expect(JSON.parse(answer.bytes.toString()).data.message).toBe('File size exceeds 1MB limit.')
    await expectNothing()
  })

  it('a request that announces more than a file may have, before its bytes', async () => {
    const { type } = formOf([])
    const headers = { 'content-type': type, cookie: visitor.cookie, 'x-csrf-token': visitor.csrf }
    const endless = async function* () {
      for (;;) yield noise(64 * 1024)
    }
    const answer = await sendSlowly(server, { path: '/upload', headers, length: 100 * MB }, endless())
    expect(answer.status).toBe(413)
    expect(answer.sentBefore).toBeLessThan(20 * MB)
  })

  it('the seed says 100 MB where nobody says anything else', async () => {
    const usual = await startTestServer({ engines: [copyingEngine()] })
    try {
      const { cookie, csrf } = await beginSession(usual.url)
      const headers = { 'content-type': formOf([]).type, cookie, 'x-csrf-token': csrf }
      const few = async function* () {
        yield noise(1024)
      }
      const answer = await sendSlowly(usual, { path: '/upload', headers, length: 101 * MB }, few())
      expect(answer.status).toBe(413)
      expect(JSON.parse(answer.bytes.toString())).toEqual({
        success: false,
        data: { error: 'ValidationError', message: 'File size exceeds 100MB limit.' },
      })
    } finally {
      await usual.close()
    }
  })

  it.each<[string, string | Uint8Array, string, number, string]>([
    ['an empty file', '', 'notes.txt', 400, 'FileValidationError'],
    ['a picture that calls itself a text', PNG, 'notes.txt', 400, 'FileValidationError'],
    ['a text that calls itself a picture', 'text', 'picture.png', 400, 'FileValidationError'],
    ['bytes that are nothing that is known', noise(1000), 'thing.bin', 400, 'UnsupportedFormatError'],
    ['a kind of file that no engine here takes', '%PDF-1.7\n%%EOF', 'paper.pdf', 400, 'UnsupportedFormatError'],
    ['a virus', EICAR, 'notes.txt', 400, 'VirusDetectedError'],
    ['a name that is too long', 'text', `${'x'.repeat(256)}.txt`, 400, 'ValidationError'],
    ['a file without a name', 'text', '', 400, 'ValidationError'],
  ])('%s', async (_, content, fileName, status, error) => {
    const answer = await visitor.post('/upload', jobField(randomUUID()), filePart(content, fileName))
    expectError(answer, status, error)
    await expectNothing()
  })

  it('everything while the scanner does not answer', async () => {
    const { behaviour } = clamd
    clamd.behaviour = { cut: 1 }
    try {
      const answer = await visitor.post('/upload', jobField(randomUUID()), filePart())
      expectError(answer, 503, 'ServiceUnavailableError')
      await expectNothing()
    } finally {
      clamd.behaviour = behaviour
    }
    await visitor.uploaded()
  })

  it('more than a session has room for', async () => {
    for (let count = 0; count < 4; count++) await visitor.uploaded('a'.repeat(MB))
    const answer = await visitor.post('/upload', jobField(randomUUID()), filePart('a'))
    expectError(answer, 413, 'MaxFileSizeExceededError')
    const other = await beginSession(server.url)
    await other.uploaded()
  })

  it('more than there is room for in all sessions together, until some of it goes', async () => {
    const { rows } = await server.database.owner.query(
      'select coalesce(sum(size), 0)::int as held from conversion_jobs',
    )
    const room = 10 * MB - rows[0].held
    const others = await Promise.all([1, 2, 3].map(() => beginSession(server.url)))
    const megabyte = 'a'.repeat(MB)
    for (let count = 0; count < Math.floor(room / MB); count++) await others[count % 3]!.uploaded(megabyte)
    const answer = await visitor.post('/upload', jobField(randomUUID()), filePart(megabyte))
    expectError(answer, 429, 'TaskLimitExceeded')
    for (const other of others) expect((await other.request('POST', '/session/close', {})).status).toBe(200)
    await visitor.uploaded(megabyte)
  })

  it('more files than a session can have', async () => {
    await server.database.owner.query(
      `insert into conversion_jobs (session_hash, job_id, original_filename, source_format, size, status, input_key,
         created_at, expires_at)
       select session_hash, gen_random_uuid(), 'a.txt', 'txt', 1, 'uploaded', 'x' || n, now(), expires_at
       from conversion_sessions, generate_series(1, 100) n where csrf_token = $1`,
      [visitor.csrf],
    )
    const answer = await visitor.post('/upload', jobField(randomUUID()), filePart())
    expectError(answer, 429, 'TaskLimitExceeded')
    expect((await visitor.request('GET', '/session')).body.data.jobs).toHaveLength(100)
    await visitor.request('POST', '/session/close', {})
  })

  it.each([
    ['a field that nobody knows', [{ name: 'path', value: '/tmp' }, filePart()], 400],
    ['a file in another field', [jobField(randomUUID()), { ...filePart(), name: 'files' }], 400],
    ['no file', [jobField(randomUUID())], 400],
    ['two ids', [jobField(randomUUID()), jobField(randomUUID()), filePart()], 400],
    ['two files', [jobField(randomUUID()), filePart(), filePart()], 413],
    ['nothing', [], 400],
  ])('a form with %s', async (_, parts, status) => {
    expectError(await visitor.post('/upload', ...parts), status, 'ValidationError')
    await expectNothing()
  })

  it('what is no form', async () => {
    expectError(await visitor.request('POST', '/upload', { job_id: randomUUID() }), 415, 'ValidationError')
  })

  it('a form that ends in the middle', async () => {
    const { body, type } = formOf([jobField(randomUUID()), filePart('x'.repeat(5000))])
    const answer = await visitor.request('POST', '/upload', body.subarray(0, 3000), { 'content-type': type })
    expect(answer.status).toBe(400)
    await expectNothing()
  })

  it('a stranger, before the body has come', async () => {
    const endless = async function* () {
      for (;;) yield noise(64 * 1024)
    }
    const headers = { 'content-type': formOf([]).type, cookie: visitor.cookie, 'x-csrf-token': 'wrong' }
    const answer = await sendSlowly(server, { path: '/upload', headers }, endless())
    expect(answer.status).toBe(403)
    expect(answer.sentBefore).toBeLessThan(20 * MB)
  })
})

it('a session that is closed while a file is on its way keeps nothing of it', async () => {
  const { body, type } = formOf([jobField(randomUUID()), filePart('x'.repeat(5000))])
  const chunks = async function* () {
    yield body.subarray(0, 3000)
    expect((await visitor.request('POST', '/session/close', {})).status).toBe(200)
    yield body.subarray(3000)
  }
  const headers = { 'content-type': type, cookie: visitor.cookie, 'x-csrf-token': visitor.csrf }
  const answer = await sendSlowly(server, { path: '/upload', headers }, chunks())
  expect(answer.status).toBe(401)
  expect(JSON.parse(answer.bytes.toString()).data.error).toBe('SessionValidationError')
  const { rows } = await server.database.owner.query(`select from conversion_jobs where size = 5000`)
  expect(rows).toEqual([])
  expect((await keptIn(server.dataDir)).quarantine).toEqual([])
  expect((await rowsOf(server)).notes).toBe(0)
})

it('names in every script are kept as they are, and are data only', async () => {
  const names = [
    'Báo cáo quý 3.txt',
    'отчёт.txt',
    '报告 2024.txt',
    'تقرير.txt',
    'דוח.txt',
    'รายงาน.txt',
    '👩‍👩‍👧 photo.txt',
    'a"b\\c;d=e.txt',
    '../../etc/passwd.txt',
    'line\r\nSet-Cookie: x=1.txt',
    "'; drop table conversion_jobs; --.txt",
    '<script>alert(1)</script>.txt',
    'CON.txt',
    '.hidden.txt',
  ]
  for (const name of names) {
    const jobId = await visitor.uploaded('text', name)
    expect(await visitor.details(jobId)).toMatchObject({ original_filename: name })
    expect(await visitor.converted(jobId)).toMatchObject({ status: 'completed' })
    const { status, headers, bytes } = await visitor.download(await visitor.token(jobId))
    expect([status, bytes.toString()]).toEqual([200, 'text'])
    const disposition = headers.get('content-disposition')!
    expect(disposition).toMatch(/^attachment; filename=/)
    expect(disposition).toMatch(/^[\x20-\x7e]+$/)
    expect(headers.getSetCookie()).toEqual([])
    const [, encoded] = /filename\*=UTF-8''([^;]+)/.exec(disposition) ?? []
    const [, plain] = /filename="((?:[^"\\]|\\.)*)"/.exec(disposition) ?? /filename=([^;]+)/.exec(disposition) ?? []
    const saved = encoded === undefined ? plain!.replaceAll(/\\(.)/g, '$1') : decodeURIComponent(encoded)
    expect(saved).toMatch(/\.md$/)
    expect(saved).not.toMatch(/[/\r\n]/)
    if (!/[/\\\r]/.test(name)) expect(saved).toBe(name.replace(/\.txt$/, '.md'))
  }
  expect(expectError(await send(server.url, 'GET', '/session'), 401, 'SessionValidationError')).not.toBe('')
})
