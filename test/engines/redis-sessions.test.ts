/** Sessions of conversions in a real Redis: the promises of the port, the names that others read, and Redis being away. */
import { createHash, randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redisSessions } from '#server/adapters/kv/redis-sessions.ts'
import { keepsConversionSessions } from '#test/contracts/conversion-sessions.contract.ts'
import { beginSession, expectError } from '#test/acceptance/conversion/world.ts'
import { type RedisServer, startRedisServer } from '#test/support/redis-server.ts'
import { send, startTestServer, type TestServer } from '#test/support/server.ts'
import { copyingEngine } from '#test/support/stub-engines.ts'

const DAY_MS = 24 * 60 * 60_000

keepsConversionSessions('Redis', async () => {
  const redis = await startRedisServer()
  const store = redisSessions(redis.url, (error) => {
    throw error as Error
  })
  await store.ready
  return {
    store,
    async close() {
      await store.close()
      await redis.stop()
    },
  }
})

describe('a server with Redis', () => {
  let redis: RedisServer
  let server: TestServer
  let keys: Redis
  beforeAll(async () => {
    redis = await startRedisServer()
    server = await startTestServer({
      engines: [copyingEngine()],
      env: { REDIS_URL: redis.url, SESSION_RATE_LIMIT: '0' },
    })
    keys = new Redis(redis.url)
    keys.on('error', () => {})
  })
  afterAll(async () => {
    keys.disconnect()
    await server.close()
    await redis.stop()
  })

  it('keeps sessions, jobs and tokens under the names of the seed, by hashes, as long as the seed says', async () => {
    const visitor = await beginSession(server.url)
    const sid = createHash('sha256').update(visitor.cookie.replace('session_id=', '')).digest('hex')
    expect(await keys.hgetall(`session:${sid}`)).toMatchObject({ csrf_token: visitor.csrf })
    const left = await keys.pttl(`session:${sid}`)
    expect(left).toBeGreaterThan(DAY_MS - 10_000)
    expect(left).toBeLessThanOrEqual(DAY_MS)

    const job = await visitor.finished('text', 'notes.txt')
    await expect
      .poll(() => keys.hgetall(`session:${sid}:jobs:${job}`))
      .toMatchObject({ original_filename: 'notes.txt', target_format: 'md', status: 'completed', error_message: '' })

    const token = await visitor.token(job)
    const tokenKey = `download_token:${createHash('sha256').update(token).digest('hex')}`
    expect(await keys.hgetall(tokenKey)).toMatchObject({ session_id: sid, job_id: job })
    expect(await keys.pttl(tokenKey)).toBeLessThanOrEqual(10 * 60_000)
    const everything = await keys.keys('*')
    for (const secret of [token, visitor.cookie.replace('session_id=', '')]) {
      expect(everything.join(' ')).not.toContain(secret)
    }
    const { rows } = await server.database.owner.query('select from conversion_sessions')
    expect(rows).toEqual([])

    const answers = await Promise.all(Array.from({ length: 100 }, () => visitor.download(token)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)

    await visitor.token(job)
    const other = await beginSession(server.url)
    await visitor.request('POST', '/session/close', {})
    expect((await keys.keys('*')).filter((key) => key.includes(sid) || key.startsWith('download_token'))).toEqual([])
    expect((await other.request('GET', '/session')).status).toBe(200)
  })

  it('answers 503 in the envelope while Redis is away, and goes on when it is back', async () => {
    const visitor = await beginSession(server.url)
    const port = Number(new URL(redis.url).port)
    await redis.stop()
    for (const [method, path, body] of [
      ['GET', '/session/init', undefined],
      ['GET', '/session', undefined],
      ['GET', `/job_status?job_id=${randomUUID()}`, undefined],
      ['GET', '/download?token=a', undefined],
      ['POST', '/session/close', {}],
    ] as const) {
      const answer = await visitor.request(method, path, body)
      expectError(answer, 503, 'ServiceUnavailableError')
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect((await send(server.url, 'GET', '/convert/formats')).status).toBe(200)
    redis = await startRedisServer(port)
    await expect
      .poll(async () => (await send(server.url, 'GET', '/session/init')).status, { timeout: 10_000 })
      .toBe(200)
    expectError(await visitor.request('GET', '/session'), 401, 'SessionValidationError')
    await (await beginSession(server.url)).finished()
  })
})
