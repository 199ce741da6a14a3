/**
 * Sessions and download tokens of conversions in Redis, under the names that others know: `session:{sid}`,
 * `session:{sid}:jobs:{job_id}`, `download_token:{token}`, where the secrets are replaced by their SHA-256.
 */
import { Redis } from 'ioredis'
import { AppError } from '#kernel/errors.ts'
import type { ConversionSessions, Job } from '#server/features/conversion/index.ts'

/** How long an answer may take, in milliseconds. */
const PATIENCE_MS = 2_000

export interface RedisSessions extends ConversionSessions {
  /** Resolves when there is a connection for the first time. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

const sessionKey = (hash: string): string => `session:${hash}`
const jobKey = (hash: string, jobId: string): string => `session:${hash}:jobs:${jobId}`
const tokenKey = (hash: string): string => `download_token:${hash}`
/** What there is of a session: its other keys, so that none has to be searched for. */
const indexKey = (hash: string): string => `session:${hash}:keys`

/** Writes a hash of its session, unless that has ended. KEYS: index, session, the key; ARGV: end in ms, then pairs. */
const WRITE = `
  if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
  redis.call('DEL', KEYS[3])
  redis.call('HSET', KEYS[3], unpack(ARGV, 2))
  redis.call('PEXPIREAT', KEYS[3], ARGV[1])
  redis.call('SADD', KEYS[1], KEYS[3])
  redis.call('PEXPIREAT', KEYS[1], redis.call('PEXPIRETIME', KEYS[2]))
  return 1`
/** KEYS: token; ARGV: session, now in ms. What it was for, to one of all who ask. */
const TAKE = `
  local token = redis.call('HMGET', KEYS[1], 'session_id', 'expires_at', 'job_id')
  if token[1] ~= ARGV[1] or tonumber(token[2]) <= tonumber(ARGV[2]) then return false end
  redis.call('DEL', KEYS[1])
  return token[3]`

/** Connects in the background, and again whenever the connection breaks; until then everything fails at once. */
export const redisSessions = (url: string, onError: (error: unknown) => void): RedisSessions => {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: PATIENCE_MS,
    connectTimeout: PATIENCE_MS,
    retryStrategy: (times) => Math.min(times * 100, PATIENCE_MS),
  })
  redis.on('error', onError)
  const ready = new Promise<void>((resolve) => {
    redis.once('ready', () => resolve())
  })

  const ask = async <Result>(question: Promise<Result>): Promise<Result> => {
    try {
      return await question
    } catch (error) {
      throw new AppError('conversion.store_unavailable', { cause: error, retryAfterSeconds: 5 })
    }
  }
  const write = (hash: string, key: string, until: Date, fields: Record<string, string>) =>
    ask(redis.eval(WRITE, 3, indexKey(hash), sessionKey(hash), key, until.getTime(), ...Object.entries(fields).flat()))

  return {
    ready,
    async add({ hash, csrfToken, createdAt, expiresAt }) {
      const fields = { csrf_token: csrfToken, created_at: createdAt.toISOString(), expires_at: expiresAt.toISOString() }
      const results = await ask(
        redis.multi().hset(sessionKey(hash), fields).pexpireat(sessionKey(hash), expiresAt.getTime()).exec(),
      )
      const failure = results?.find(([error]) => error !== null)?.[0]
      if (failure) throw new AppError('conversion.store_unavailable', { cause: failure, retryAfterSeconds: 5 })
    },

    async find(hash, now) {
      const {
        csrf_token: csrfToken,
        created_at: created,
        expires_at: expires,
      } = await ask(redis.hgetall(sessionKey(hash)))
      if (csrfToken === undefined || created === undefined || expires === undefined) return undefined
      const expiresAt = new Date(expires)
      return expiresAt > now ? { hash, csrfToken, createdAt: new Date(created), expiresAt } : undefined
    },

    async remove(hash) {
      // First, so that nothing is written for it any more.
      await ask(redis.del(sessionKey(hash)))
      const keys = await ask(redis.smembers(indexKey(hash)))
      await ask(redis.del(indexKey(hash), ...keys))
    },

    async addToken({ hash, sessionHash, jobId, expiresAt }) {
      const fields = { session_id: sessionHash, job_id: jobId ?? '', expires_at: String(expiresAt.getTime()) }
      await write(sessionHash, tokenKey(hash), expiresAt, fields)
    },

    async takeToken(hash, sessionHash, now) {
      const jobId = await ask(redis.eval(TAKE, 1, tokenKey(hash), sessionHash, now.getTime()))
      return typeof jobId === 'string' ? { jobId: jobId === '' ? null : jobId } : undefined
    },

    async tellJob(job) {
      await write(job.sessionHash, jobKey(job.sessionHash, job.id), job.expiresAt, fieldsOf(job))
    },

    async forgetJob(hash, jobId) {
      await ask(redis.del(jobKey(hash, jobId)))
      await ask(redis.srem(indexKey(hash), jobKey(hash, jobId)))
    },

    // Redis does it by itself.
    sweep: async () => {},

    async close() {
      redis.disconnect()
    },
  }
}

/** As the seed names them; what nobody knows is empty. */
const fieldsOf = (job: Job): Record<string, string> => ({
  original_filename: job.name,
  target_format: job.targetFormat ?? '',
  stored_path: job.inputKey ?? '',
  converted_path: job.outputKey ?? '',
  status: job.status,
  task_id: job.taskId ?? '',
  created_at: job.createdAt.toISOString(),
  completed_at: job.completedAt?.toISOString() ?? '',
  error_message: job.errorMessage ?? '',
})
