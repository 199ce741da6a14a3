/** /convert, /job_status, /session/events, cancelling and removing: the life of a job as its owner sees it, and nobody else. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as contract from '#contract/conversion/index.ts'
import { send, startTestServer, type TestServer } from '#test/support/server.ts'
import { copyingEngine, failingEngine, hangingEngine, idleEngine, slowEngine } from '#test/support/stub-engines.ts'
import { beginSession, blobsOf, expectError, type Visitor } from './world.ts'

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

let server: TestServer
let visitor: Visitor
beforeAll(async () => {
  const only = (to: string) => [{ from: ['txt'], to: [to] }]
  server = await startTestServer({
    engines: [
      copyingEngine({ conversions: only('md') }),
      slowEngine(600, { id: 'pdf', conversions: only('html') }),
      hangingEngine({ id: 'media', conversions: only('epub') }),
      failingEngine('refused', Infinity, { id: 'ocr', conversions: only('tex') }),
      idleEngine({ id: 'images', conversions: only('csv') }),
      copyingEngine({
        id: 'office',
        conversions: only('pdf'),
        isInstalled: async () => false,
        packages: ['an-office'],
      }),
      copyingEngine({ id: 'print', conversions: only('odt'), maxBytes: 10 }),
      failingEngine('timeout', 1, { id: 'photos', conversions: only('rst') }),
    ],
    env: { SESSION_RATE_LIMIT: '0', CONVERT_RATE_LIMIT: '0', UPLOAD_RATE_LIMIT: '0' },
  })
})
afterAll(() => server.close())
beforeEach(async () => {
  visitor = await beginSession(server.url)
})

const convert = (jobId: string, target: string) =>
  visitor.request('POST', '/convert', { job_id: jobId, target_format: target })
const statusOf = async (jobId: string) => {
  const { body } = await visitor.request('GET', `/job_status?job_id=${jobId}`)
  expect(contract.readJobStatus.reply.body!.parse(body)).toEqual(body)
  return body.data
}

describe('a conversion', () => {
  it('answers `processing`, and ends with what was made', async () => {
    const job = await visitor.uploaded('some text', 'Notes.txt')
    const answer = await convert(job, 'md')
    expect(answer.status).toBe(202)
    expect(contract.convert.reply.body!.parse(answer.body)).toEqual(answer.body)
    expect(answer.body.data).toEqual({ job_id: job, task_id: expect.any(String), status: 'processing' })
    const reader = await visitor.events()
    await reader.next((event) => event.type === 'job' && event.job.status === 'completed')
    reader.stop()
    expect(await statusOf(job)).toEqual({
      status: 'completed',
      error_message: null,
      completed_at: expect.stringMatching(ISO),
    })
    expect(await visitor.details(job)).toMatchObject({
      target_format: 'md',
      progress: 1,
      output_size: 9,
      output_filename: 'Notes.md',
      error_type: null,
      can_retry: false,
    })
  })

  it('removes the upload when it has succeeded, so it can not be converted again', async () => {
    const job = await visitor.finished()
    expectError(await convert(job, 'html'), 409, 'ValidationError')
    const { rows } = await server.database.owner.query('select input_key from conversion_jobs where job_id = $1', [job])
    expect(rows).toEqual([{ input_key: null }])
  })

  it('says why it failed, keeps the upload, and can be asked for again', async () => {
    const job = await visitor.uploaded()
    const failed = await visitor.converted(job, 'tex')
    expect(failed).toMatchObject({ status: 'failed', error_type: 'refused', can_retry: false, output_filename: null })
    expect(await statusOf(job)).toEqual({
      status: 'failed',
      error_message: 'The file cannot be read: it may be damaged, empty or protected by a password.',
      completed_at: expect.stringMatching(ISO),
    })
    expect(await blobsOf(server, visitor)).toHaveLength(1)
    expect(await visitor.converted(job, 'md')).toMatchObject({ status: 'completed', error_type: null })
  })

  it('that took too long says that the same may be tried again', async () => {
    const job = await visitor.uploaded()
    expect(await visitor.converted(job, 'rst')).toMatchObject({ error_type: 'timeout', can_retry: true })
    expect(await visitor.converted(job, 'rst')).toMatchObject({ status: 'completed', can_retry: false })
  })

  it('that makes nothing has failed', async () => {
    expect(await visitor.converted(await visitor.uploaded(), 'csv')).toMatchObject({ error_type: 'bad_output' })
  })

  it('is not begun twice', async () => {
    const job = await visitor.uploaded()
    expect((await convert(job, 'epub')).status).toBe(202)
    expectError(await convert(job, 'md'), 409, 'ValidationError')
    await visitor.request('POST', '/convert/cancel', { job_id: job })
  })

  it('takes formats by their other names', async () => {
    expect(await visitor.converted(await visitor.uploaded(), 'markdown')).toMatchObject({ target_format: 'md' })
  })

  it.each([
    ['a format that no engine makes of it', 'mp3'],
    ['a format that an engine would make that is not installed', 'pdf'],
    ['the format that it has', 'txt'],
    ['a format that nobody knows', 'zzz'],
  ])('is refused into %s', async (_, target) => {
    const job = await visitor.uploaded()
    expectError(await convert(job, target), 400, 'UnsupportedFormatError')
    expect(await statusOf(job)).toMatchObject({ status: 'uploaded' })
  })

  it('is refused where the engine takes smaller files only', async () => {
    expectError(await convert(await visitor.uploaded('more than ten'), 'odt'), 413, 'MaxFileSizeExceededError')
  })

  it.each<[string, unknown]>([
    ['no job', { target_format: 'md' }],
    ['no format', { job_id: randomUUID() }],
    ['a path for a format', { job_id: randomUUID(), target_format: '../md' }],
    ['something more', { job_id: randomUUID(), target_format: 'md', engine: 'office' }],
    ['a list', [randomUUID()]],
    ['nothing', undefined],
  ])('is refused with %s', async (_, body) => {
    expectError(await visitor.request('POST', '/convert', body), 400, 'ValidationError')
  })

  it('waits in a queue of which one session may take twenty places', async () => {
    const jobs: string[] = []
    // Two are being worked on.
    for (let count = 0; count < 22; count++) jobs.push(await visitor.uploaded())
    const reader = await visitor.events()
    for (const [index, job] of jobs.entries()) {
      expect((await convert(job, 'epub')).status).toBe(202)
      if (index < 2) {
        await reader.next(
          (event) => event.type === 'job' && event.job.job_id === job && event.job.status === 'processing',
        )
      }
    }
    reader.stop()
    const answer = await convert(await visitor.uploaded(), 'md')
    expect(answer.status).toBe(429)
    expectError(answer, 429, 'TaskLimitExceeded')
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    await visitor.request('POST', '/session/close', {})
  })
})

describe('whoever follows a session', () => {
  it('is told first how everything is, then what changes, with progress, until a job is removed', async () => {
    const old = await visitor.finished()
    const job = await visitor.uploaded('<p>some text</p>')
    const reader = await visitor.events()
    await reader.next((event) => event.type === 'job' && event.job.job_id === job)
    expect(reader.seen.map(({ data }) => [data.type, data.job?.job_id])).toEqual([
      ['connected', undefined],
      ['job', old],
      ['job', job],
    ])
    await convert(job, 'html')
    await reader.next((event) => event.type === 'job' && event.job.status === 'completed' && event.job.job_id === job)
    await visitor.request('POST', '/session/remove', { job_id: job })
    await reader.next((event) => event.type === 'job-removed' && event.job_id === job)
    reader.stop()
    const seen = reader.seen.map(({ data }) => contract.sessionEvent.parse(data))
    const statuses = seen.flatMap((event) => (event.type === 'job' && event.job.job_id === job ? event.job.status : []))
    expect([...new Set(statuses)].filter((status) => status !== 'queued')).toEqual([
      'uploaded',
      'processing',
      'completed',
    ])
    const shares = seen.flatMap((event) => (event.type === 'job' ? (event.job.progress ?? []) : []))
    expect(shares.some((share) => share > 0 && share < 1)).toBe(true)
  })

  it('hears nothing of other sessions', async () => {
    const other = await beginSession(server.url)
    const reader = await visitor.events()
    await other.finished()
    const job = await visitor.uploaded()
    await reader.next((event) => event.type === 'job')
    reader.stop()
    expect(reader.seen.flatMap(({ data }) => data.job?.job_id ?? [])).toEqual([job])
  })

  it('has no more than ten streams, in tabs as many', async () => {
    const readers = await Promise.all(Array.from({ length: 10 }, () => visitor.events()))
    const answer = await visitor.request('GET', '/session/events')
    expectError(answer, 429, 'RateLimitExceeded')
    expect(answer.headers.get('retry-after')).toBe('10')
    for (const reader of readers) reader.stop()
  })
})

describe('cancelling', () => {
  it('stops a conversion at once; the upload stays', async () => {
    const job = await visitor.uploaded()
    await convert(job, 'epub')
    const reader = await visitor.events()
    await reader.next((event) => event.type === 'job' && event.job.status === 'processing')
    reader.stop()
    const answer = await visitor.request('POST', '/convert/cancel', { job_id: job })
    expect(answer.status).toBe(200)
    expect(contract.cancelJob.reply.body!.parse(answer.body)).toEqual(answer.body)
    expect(answer.body.data).toMatchObject({ status: 'failed', error_type: 'cancelled', can_retry: true })
    expect(await statusOf(job)).toMatchObject({ status: 'failed', error_message: 'The conversion was cancelled.' })
    expect(await visitor.converted(job, 'md')).toMatchObject({ status: 'completed' })
  })

  it('leaves alone what nobody converts, and what is finished', async () => {
    const [waiting, finished] = [await visitor.uploaded(), await visitor.finished()]
    for (const [job, status] of [
      [waiting, 'uploaded'],
      [finished, 'completed'],
    ]) {
      const { body } = await visitor.request('POST', '/convert/cancel', { job_id: job })
      expect(body.data.status).toBe(status)
    }
  })
})

describe('removing', () => {
  it('takes the files along, at once', async () => {
    const job = await visitor.finished()
    const answer = await visitor.request('POST', '/session/remove', { job_id: job })
    expect([answer.status, answer.body]).toEqual([200, { success: true, data: { job_id: job } }])
    expect((await blobsOf(server, visitor)).filter((name) => name.startsWith('out'))).toEqual([])
    expectError(await visitor.request('GET', `/job_status?job_id=${job}`), 404, 'ResourceNotFound')
    expectError(await visitor.request('POST', '/session/remove', { job_id: job }), 404, 'ResourceNotFound')
  })
})

describe('a job', () => {
  it('is not found by another session: 404 wherever it is named', async () => {
    const job = await visitor.finished()
    const other = await beginSession(server.url)
    expectError(await other.request('GET', `/job_status?job_id=${job}`), 404, 'ResourceNotFound')
    for (const [path, body] of [
      ['/convert', { job_id: job, target_format: 'md' }],
      ['/convert/cancel', { job_id: job }],
      ['/session/remove', { job_id: job }],
      ['/download_token', { job_id: job }],
    ] as const) {
      expectError(await other.request('POST', path, body), 404, 'ResourceNotFound')
    }
    expect(await statusOf(job)).toMatchObject({ status: 'completed' })
  })

  it.each([
    '',
    '?job_id=',
    '?job_id=x',
    `?job_id=${randomUUID()}&job_id=${randomUUID()}`,
    `?job_id=${randomUUID()}&x=1`,
  ])('has one valid id: `/job_status%s` is refused', async (query) => {
    expectError(await visitor.request('GET', `/job_status${query}`), 400, 'ValidationError')
  })

  it('that does not exist is not found', async () => {
    expectError(await visitor.request('GET', `/job_status?job_id=${randomUUID()}`), 404, 'ResourceNotFound')
  })
})

describe('without a session', () => {
  it('anybody sees what is converted into what, as far as it is installed', async () => {
    const { status, body } = await send(server.url, 'GET', '/convert/formats')
    expect(status).toBe(200)
    expect(contract.listFormats.reply.body!.parse(body)).toEqual(body)
    expect(body.data.map((group: any) => group.outputFormats)).toEqual([
      ['md'],
      ['html'],
      ['epub'],
      ['tex'],
      ['csv'],
      ['odt'],
      ['rst'],
    ])
    expect(body.data[0]).toEqual({
      id: 'markup',
      name: 'Stub',
      description: 'Does what a test wants.',
      inputFormats: ['txt'],
      outputFormats: ['md'],
      maxSize: 100 * 1024 ** 2,
      features: [],
    })
  })

  it('anybody sees which engines there are, and what brings those that are missing', async () => {
    const { body } = await send(server.url, 'GET', '/convert/engines')
    expect(contract.listEngines.reply.body!.parse(body)).toEqual(body)
    expect(body.data).toContainEqual({ id: 'office', name: 'Stub', isInstalled: false, packages: ['an-office'] })
    expect(body.data.filter((engine: any) => engine.isInstalled)).toHaveLength(7)
  })

  it('a browser gets the page at /convert and at the addresses of pairs, and everybody else the envelope', async () => {
    const accept = { accept: 'text/html' }
    for (const path of ['/convert', '/convert/docx-to-pdf']) {
      const page = await send(server.url, 'GET', path, undefined, accept)
      // Where it was built.
      if (page.status === 200) expect(page.headers.get('content-type')).toContain('text/html')
      expect((await send(server.url, 'GET', path)).body.data.error).toMatch(/ValidationError|ResourceNotFound/)
    }
    expect((await send(server.url, 'GET', '/convert/formats', undefined, accept)).body.success).toBe(true)
  })
})
