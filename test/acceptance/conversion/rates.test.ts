/** How often anybody may ask, and when to come again. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Answer, movableClock, send, startTestServer, type TestServer } from '#test/support/server.ts'
import { copyingEngine } from '#test/support/stub-engines.ts'
import { beginSession, expectError, filePart, jobField } from './world.ts'

const MINUTE = 60_000

let server: TestServer
beforeAll(async () => {
  // The limits are per minute of the clock: each test begins one.
  const clock = movableClock()
  server = await startTestServer({
    clock: { now: () => start, moveBy: clock.moveBy },
    engines: [copyingEngine()],
    env: { SESSION_RATE_LIMIT: '9', UPLOAD_RATE_LIMIT: '3', CONVERT_RATE_LIMIT: '2', DOWNLOAD_RATE_LIMIT: '2' },
  })
})
afterAll(() => server.close())

let start = new Date(Math.floor(Date.now() / MINUTE) * MINUTE + 1000)
const nextMinute = () => {
  start = new Date(start.getTime() + MINUTE)
}
const expectLater = (answer: Answer) => {
  expectError(answer, 429, 'RateLimitExceeded')
  expect(answer.headers.get('retry-after')).toBe('59')
}

it('of one session: uploads, conversions and downloads, each by itself', async () => {
  nextMinute()
  const visitor = await beginSession(server.url)
  const jobs = [await visitor.uploaded(), await visitor.uploaded(), await visitor.uploaded()]
  expectLater(await visitor.post('/upload', jobField(randomUUID()), filePart()))
  await visitor.converted(jobs[0]!)
  await visitor.converted(jobs[1]!)
  expectLater(await visitor.request('POST', '/convert', { job_id: jobs[2], target_format: 'md' }))
  const tokens = [await visitor.token(jobs[0]!), await visitor.token(jobs[0]!)]
  expectLater(await visitor.request('POST', '/download_token', { job_id: jobs[0] }))
  for (const token of tokens) expect((await visitor.download(token)).status).toBe(200)
  expectLater(await visitor.request('GET', '/download?token=a'))
  expect((await visitor.request('GET', `/job_status?job_id=${jobs[2]}`)).status).toBe(200)

  const other = await beginSession(server.url)
  await other.uploaded()
  nextMinute()
  await visitor.converted(jobs[2]!)
})

it('of one address: four times as much in all its sessions', async () => {
  nextMinute()
  for (let count = 0; count < 4; count++) {
    const visitor = await beginSession(server.url)
    for (let upload = 0; upload < 3; upload++) await visitor.uploaded()
  }
  const visitor = await beginSession(server.url)
  expectLater(await visitor.post('/upload', jobField(randomUUID()), filePart()))
})

it('of one address: new sessions; asking again for one that there is counts nothing', async () => {
  nextMinute()
  const visitor = await beginSession(server.url)
  for (let count = 0; count < 8; count++) await beginSession(server.url)
  expectLater(await send(server.url, 'GET', '/session/init'))
  const again = await visitor.request('GET', '/session/init')
  expect([again.status, again.body.data.csrf_token]).toEqual([200, visitor.csrf])
  nextMinute()
  await beginSession(server.url)
})
