import { describe, expect, test } from 'vitest'
import { ConfigError, helpText, readConfig, variables } from './config.ts'

const key = 'k3y-0f-a-test-with-plenty-of-characters'

describe('without any variable', () => {
  const config = readConfig({})
  test('it listens on loopback only', () => expect([config.host, config.port]).toEqual(['127.0.0.1', 3000]))
  test('it brings its own database', () => expect(config.databaseUrl).toBeUndefined())
  test('it trusts no proxy and no issuer', () => expect([config.trustProxy, config.auth]).toEqual([false, undefined]))
  test('it offers the models that run on this computer', () => expect(config.offersLocalModels).toBe(true))
  test('nobody can change it', () => expect(Object.isFrozen(config)).toBe(true))
})

test('an empty variable is the same as none', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: ' ' })).toEqual(readConfig({}))
})

test('models on this computer are not offered to others unless the operator says so', () => {
  expect(readConfig({ HOST: '0.0.0.0' }).offersLocalModels).toBe(false)
  expect(readConfig({ HOST: '0.0.0.0', LOCAL_MODELS: 'on' }).offersLocalModels).toBe(true)
  expect(readConfig({ LOCAL_MODELS: 'off' }).offersLocalModels).toBe(false)
})

describe('a wrong value stops the start with one line that names the variable, what it got and what it wants', () => {
  test.each([
    [{ PORT: 'abc' }, 'PORT is "abc", but it must be a port between 0 and 65535.'],
    [{ PORT: '65536' }, 'PORT is "65536", but it must be a port between 0 and 65535.'],
    [{ ROLE: 'boss' }, 'ROLE is "boss", but it must be one of all, http, worker.'],
    [{ CHAT_V1_RATE_LIMIT: '-1' }, 'CHAT_V1_RATE_LIMIT is "-1", but it must be a whole number, 0 or more.'],
    [{ CHAT_V1_RATE_LIMIT: '1.5' }, /^CHAT_V1_RATE_LIMIT is "1.5"/],
    [{ X_ACCEL_PREFIX: 'blobs/' }, 'X_ACCEL_PREFIX is "blobs/", but it must be a path such as /internal-blobs.'],
    [{ X_ACCEL_PREFIX: '/b', S3_BUCKET: 'b' }, /^X_ACCEL_PREFIX and S3_BUCKET are both set/],
    [{ TRUST_USER_HEADER: 'yes' }, 'TRUST_USER_HEADER is "yes", but it must be one of true, false.'],
    [{ TRAINING_DOWNLOADS_PER_HOUR: 'many' }, /^TRAINING_DOWNLOADS_PER_HOUR is "many"/],
    [{ SIGNUP: 'maybe' }, 'SIGNUP is "maybe", but it must be one of open, invite, closed.'],
    [{ PUBLIC_URL: 'chat.example.org' }, 'PUBLIC_URL is not an address that begins with http:// or https://.'],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL is "loud"/],
    [{ DATABASE_URL: 'mysql://x' }, /^DATABASE_URL is not an address that begins with postgres:\/\//],
    [{ DATABASE_URL: 'postgres://x/y' }, /^SECRET_KEY is not set, but with DATABASE_URL it must be/],
    [{ ROLE: 'http' }, /^ROLE is "http", but DATABASE_URL is not set/],
    [{ AUTH_ISSUER: 'https://issuer.example' }, /^AUTH_AUDIENCE is not set, but with AUTH_ISSUER it must be/],
    [{ AUTH_AUDIENCE: 'parlance' }, /^AUTH_AUDIENCE is set, but AUTH_ISSUER is not/],
    [{ UPLOAD_LIMIT_MB: '0' }, 'UPLOAD_LIMIT_MB is "0", but it must be a whole number, 1 or more.'],
    [{ STORAGE_QUOTA_MB: '1.5' }, /^STORAGE_QUOTA_MB is "1.5"/],
    [{ S3_ENDPOINT: 'http://s3' }, /^S3_ENDPOINT is set, but S3_BUCKET is not/],
    [{ S3_SECRET_ACCESS_KEY: 'x' }, /^S3_SECRET_ACCESS_KEY is set, but S3_BUCKET is not/],
    [{ S3_BUCKET: 'b' }, /^S3_ACCESS_KEY_ID is not set, but with S3_BUCKET it must be/],
    [{ S3_BUCKET: 'b', S3_ACCESS_KEY_ID: 'k' }, /^S3_SECRET_ACCESS_KEY is not set, but with S3_BUCKET it must be/],
    [{ SCAN: 'required' }, /^SCAN is "required", but neither CLAMD_HOST nor CLAMD_SOCKET is set/],
    [{ SCAN: 'off' }, 'SCAN is "off", but it must be one of auto, required.'],
    [{ CLAMD_PORT: '3310' }, /^CLAMD_PORT is set, but CLAMD_HOST is not/],
    [{ CLAMD_HOST: 'h', CLAMD_SOCKET: '/s' }, /^CLAMD_HOST and CLAMD_SOCKET are both set/],
    [{ LLM_MODEL: 'llama3.2' }, /^LLM_MODEL is set, but LLM_BASE_URL is not/],
  ])('%j', (env, line) => {
    const wrong = () => readConfig(env)
    expect(wrong).toThrow(ConfigError)
    expect(wrong).toThrow(line)
  })
})

test('no header says who somebody is unless the operator says so', () => {
  expect(readConfig({}).trustsUserHeader).toBe(false)
  expect(readConfig({ TRUST_USER_HEADER: 'false' }).trustsUserHeader).toBe(false)
  expect(readConfig({ TRUST_USER_HEADER: 'true' }).trustsUserHeader).toBe(true)
})

test('a person may download as much of training data as the operator says', () => {
  expect(readConfig({}).trainingDownloads).toEqual({ downloadsPerHour: 1_000, bytesPerDay: 100 * 1024 ** 3 })
  const none = { TRAINING_DOWNLOADS_PER_HOUR: '0', TRAINING_DOWNLOAD_MB_PER_DAY: '0' }
  expect(readConfig(none).trainingDownloads).toEqual({ downloadsPerHour: 0, bytesPerDay: 0 })
})

test('a person may send chat-v1 a hundred requests a minute, unless the operator says otherwise', () => {
  expect(readConfig({}).chatV1RateLimit).toBe(100)
  expect(readConfig({ CHAT_V1_RATE_LIMIT: '0' }).chatV1RateLimit).toBe(0)
})

test('files are kept in the data folder, or in the bucket that is named', () => {
  expect(readConfig({})).toMatchObject({ s3: undefined, uploadLimit: 104_857_600, storageQuota: 5_368_709_120 })
  const env = {
    S3_BUCKET: 'b',
    S3_ACCESS_KEY_ID: 'k',
    S3_SECRET_ACCESS_KEY: 's',
    S3_ENDPOINT: 'http://127.0.0.1:9000/',
  }
  expect(readConfig(env).s3).toEqual({
    endpoint: 'http://127.0.0.1:9000',
    bucket: 'b',
    region: 'us-east-1',
    accessKeyId: 'k',
    secretAccessKey: 's',
  })
})

test('uploads are scanned where a daemon is named', () => {
  expect(readConfig({})).toMatchObject({ clamd: undefined, scan: 'auto' })
  expect(readConfig({ CLAMD_HOST: 'scanner' }).clamd).toEqual({ host: 'scanner', port: 3310 })
  expect(readConfig({ CLAMD_SOCKET: '/run/clamd', SCAN: 'required' })).toMatchObject({
    clamd: { socket: '/run/clamd' },
    scan: 'required',
  })
})

describe('a secret', () => {
  test.each(['short', 'a'.repeat(40), 'abab'.repeat(10)])('that is easy to guess is refused: %s', (secret) => {
    expect(() => readConfig({ SECRET_KEY: secret })).toThrow(/^SECRET_KEY is too easy to guess/)
  })
  test('is never repeated in a message', () => {
    const attempt = () => readConfig({ SECRET_KEY: 'hunter2hunter2', DATABASE_URL: 'mysql://user:hunter2@host' })
    expect(attempt).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }))
  })
  test('that is good is taken', () => expect(readConfig({ SECRET_KEY: key }).secretKey).toBe(key))
})

test('the help shows every variable', () => {
  const help = helpText()
  for (const { name } of variables) expect(help).toContain(name)
})
