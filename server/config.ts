/** The only reader of the environment: parsed once, frozen, and explained in one line when it is wrong. */
import path from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Config {
  readonly role: 'all' | 'http' | 'worker'
  readonly host: string
  readonly port: number
  readonly dataDir: string
  readonly databaseUrl: string | undefined
  /** Undefined: made once in the data folder. */
  readonly secretKey: string | undefined
  /** Older values, newest first: what they sealed can still be opened. */
  readonly previousSecretKeys: readonly string[]
  readonly auth:
    | { readonly issuer: string; readonly audience: string; readonly jwksUrl: string | undefined }
    | undefined
  readonly openRouterBaseUrl: string
  readonly operatorModel:
    | { readonly baseUrl: string; readonly apiKey: string | undefined; readonly model: string | undefined }
    | undefined
  /** Whether model servers that run on this computer are looked for and offered. */
  readonly offersLocalModels: boolean
  readonly publicUrl: URL
  readonly trustProxy: string | false
  /** Where the proxy in front finds files on disk for `X-Accel-Redirect`; undefined: we send them. Without a `/` at its end. */
  readonly xAccelPrefix: string | undefined
  readonly signup: 'open' | 'invite' | 'closed'
  /** Largest file that can be uploaded, in bytes. */
  readonly uploadLimit: number
  /** How much one person may have uploaded in all, in bytes. */
  readonly storageQuota: number
  /** Undefined: files are kept in the data folder. */
  readonly s3:
    | {
        readonly endpoint: string | undefined
        readonly bucket: string
        readonly region: string
        readonly accessKeyId: string
        readonly secretAccessKey: string
      }
    | undefined
  /** The virus scanner; undefined: none is configured. */
  readonly clamd: { readonly host: string; readonly port: number } | { readonly socket: string } | undefined
  /** Whether files are refused that were not scanned. */
  readonly scan: 'auto' | 'required'
  /** Where sessions of conversions are kept; undefined: in the database. */
  readonly redisUrl: string | undefined
  /** Requests a minute; 0: no limit. */
  readonly conversionRates: {
    readonly sessions: number
    readonly uploads: number
    readonly conversions: number
    readonly downloads: number
  }
  /** What the files of one session without an account may take, in bytes. */
  readonly conversionQuota: number
  /** The same for all sessions together. */
  readonly conversionRoom: number
  /** Whether the `x-user-id` header of the training surface says who somebody is (contracts, decision 5). */
  readonly trustsUserHeader: boolean
  /** What one person may download of training data; 0: any number. */
  readonly trainingDownloads: {
    readonly downloadsPerHour: number
    readonly bytesPerDay: number
  }
  /** Requests a minute and person on chat-v1; 0: no limit. */
  readonly chatV1RateLimit: number
  readonly logLevel: LogLevel
}

type LogLevel = (typeof logLevels)[number]
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

interface Variable {
  readonly name: string
  readonly default: string
  readonly meaning: string
}

/** The table that `--help` prints and `docs/reference/configuration.md` repeats. */
export const variables: readonly Variable[] = [
  { name: 'HOST', default: '127.0.0.1', meaning: 'where to listen: an address of this machine; 0.0.0.0 for all' },
  { name: 'PORT', default: '3000', meaning: 'where to listen; 0 takes any free port' },
  {
    name: 'ROLE',
    default: 'all',
    meaning: 'all, http or worker: what this process does (http and worker need DATABASE_URL)',
  },
  {
    name: 'DATA_DIR',
    default: './data',
    meaning: 'embedded database, uploaded files and generated secrets; one server at a time',
  },
  { name: 'DATABASE_URL', default: '–', meaning: 'a PostgreSQL server, 15 or newer, instead of the embedded one' },
  {
    name: 'SECRET_KEY',
    default: 'made once in DATA_DIR',
    meaning: 'root of all keys, 32 characters or more; needed with DATABASE_URL',
  },
  {
    name: 'SECRET_KEY_PREVIOUS',
    default: '–',
    meaning: 'older values of SECRET_KEY, newest first, separated by commas: still read, no longer used to write',
  },
  {
    name: 'PUBLIC_URL',
    default: 'from HOST and PORT',
    meaning: 'the address that people use: cookies, links, allowed origins',
  },
  {
    name: 'TRUST_PROXY',
    default: '–',
    meaning: 'addresses of proxies whose X-Forwarded headers are believed, such as loopback',
  },
  {
    name: 'X_ACCEL_PREFIX',
    default: '–',
    meaning: 'let nginx send files from DATA_DIR/blobs: the path of its internal location, such as /internal-blobs',
  },
  { name: 'SIGNUP', default: 'open', meaning: 'open, invite or closed: who may make an account' },
  {
    name: 'CHAT_V1_RATE_LIMIT',
    default: '100',
    meaning: 'how many requests a person may send to /api/v1 in a minute, to each server process; 0 for any number',
  },
  {
    name: 'TRAINING_DOWNLOADS_PER_HOUR',
    default: '1000',
    meaning: 'how many downloads of training data a person may ask for in an hour; 0 for any number',
  },
  {
    name: 'TRAINING_DOWNLOAD_MB_PER_DAY',
    default: '102400',
    meaning: 'how much of it in a day, in megabytes of 1,048,576 bytes; 0 for any number',
  },
  {
    name: 'TRUST_USER_HEADER',
    default: 'false',
    meaning: 'true: believe the x-user-id header on /api/training and downloads; only behind a gateway that sets it',
  },
  {
    name: 'UPLOAD_LIMIT_MB',
    default: '100',
    meaning: 'largest file that can be uploaded, in megabytes of 1,048,576 bytes',
  },
  {
    name: 'STORAGE_QUOTA_MB',
    default: '5120',
    meaning: 'how much each person may have uploaded in all, in the same megabytes',
  },
  {
    name: 'CONVERSION_QUOTA_MB',
    default: '1024',
    meaning: 'how much room the files of one conversion session may take, in the same megabytes',
  },
  {
    name: 'CONVERSION_ROOM_MB',
    default: '20480',
    meaning: 'the same for all conversion sessions together',
  },
  {
    name: 'SESSION_RATE_LIMIT',
    default: '30',
    meaning:
      'how many conversion sessions may be begun from one address in a minute, with each server process; 0 for any number',
  },
  {
    name: 'UPLOAD_RATE_LIMIT',
    default: '60',
    meaning:
      'how many files one conversion session may upload in a minute, and four times as many all from one address',
  },
  { name: 'CONVERT_RATE_LIMIT', default: '60', meaning: 'the same for conversions' },
  { name: 'DOWNLOAD_RATE_LIMIT', default: '120', meaning: 'the same for downloads' },
  {
    name: 'REDIS_URL',
    default: '–',
    meaning: 'keep conversion sessions and download tokens in this Redis, 7 or newer, instead of the database',
  },
  { name: 'S3_BUCKET', default: '–', meaning: 'keep files in this S3 bucket instead of DATA_DIR' },
  { name: 'S3_ENDPOINT', default: "Amazon's", meaning: 'the address of an S3-compatible server' },
  { name: 'S3_REGION', default: 'us-east-1', meaning: 'its region' },
  { name: 'S3_ACCESS_KEY_ID', default: '–', meaning: 'needed with S3_BUCKET' },
  { name: 'S3_SECRET_ACCESS_KEY', default: '–', meaning: 'needed with S3_BUCKET' },
  { name: 'CLAMD_HOST', default: '–', meaning: 'the ClamAV daemon that looks at every upload' },
  { name: 'CLAMD_PORT', default: '3310', meaning: 'its port' },
  { name: 'CLAMD_SOCKET', default: '–', meaning: 'its Unix socket, instead of CLAMD_HOST' },
  {
    name: 'SCAN',
    default: 'auto',
    meaning: 'auto: scan where a ClamAV daemon is configured; required: refuse to start without one',
  },
  { name: 'AUTH_ISSUER', default: '–', meaning: 'accept Bearer JWTs of this OpenID issuer' },
  { name: 'AUTH_AUDIENCE', default: '–', meaning: 'the audience that its tokens must name; needed with AUTH_ISSUER' },
  { name: 'AUTH_JWKS_URL', default: '<issuer>/.well-known/jwks.json', meaning: 'where the issuer publishes its keys' },
  { name: 'OPENROUTER_BASE_URL', default: 'https://openrouter.ai/api/v1', meaning: "where people's own keys are used" },
  {
    name: 'LLM_BASE_URL',
    default: '–',
    meaning: "the operator's model server: any OpenAI-compatible one, with its /v1",
  },
  { name: 'LLM_API_KEY', default: '–', meaning: 'its key, where it wants one' },
  { name: 'LLM_MODEL', default: '–', meaning: 'its model where a request names none' },
  {
    name: 'LOCAL_MODELS',
    default: 'auto',
    meaning: 'on, off or auto: offer model servers on this computer (auto: when HOST is loopback)',
  },
  { name: 'LOG_LEVEL', default: 'info', meaning: logLevels.join(', ') },
]

/** A setting that is wrong: the start stops with this one line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads everything; throws a ConfigError that names the variable, what it got and what it wants. */
export const readConfig = (env: Environment): Config => {
  const read = reader(env)
  const host = read.text('HOST') ?? '127.0.0.1'
  const port = read.port('PORT') ?? 3000
  const role = read.choice('ROLE', ['all', 'http', 'worker']) ?? 'all'
  const databaseUrl = read.url('DATABASE_URL', ['postgres:', 'postgresql:'])?.href
  const secretKey = read.secret('SECRET_KEY')
  if (databaseUrl !== undefined && secretKey === undefined) {
    throw new ConfigError(
      'SECRET_KEY is not set, but with DATABASE_URL it must be: 32 characters or more, the same for every process.',
    )
  }
  if (role !== 'all' && databaseUrl === undefined) {
    throw new ConfigError(
      `ROLE is ${JSON.stringify(role)}, but DATABASE_URL is not set: the embedded database serves one process only.`,
    )
  }
  return Object.freeze({
    role,
    host,
    port,
    dataDir: path.resolve(read.text('DATA_DIR') ?? './data'),
    databaseUrl,
    secretKey,
    previousSecretKeys: (read.text('SECRET_KEY_PREVIOUS') ?? '')
      .split(',')
      .map((key) => key.trim())
      .filter((key) => key !== ''),
    auth: readAuth(read),
    openRouterBaseUrl: (
      read.url('OPENROUTER_BASE_URL', ['http:', 'https:'])?.href ?? 'https://openrouter.ai/api/v1'
    ).replace(/\/$/, ''),
    operatorModel: readOperatorModel(read),
    offersLocalModels: readLocalModels(read, host),
    publicUrl: read.url('PUBLIC_URL', ['http:', 'https:']) ?? new URL(`http://${forUrl(host)}:${port}`),
    trustProxy: read.text('TRUST_PROXY') ?? false,
    xAccelPrefix: readXAccelPrefix(read),
    signup: read.choice('SIGNUP', ['open', 'invite', 'closed']) ?? 'open',
    uploadLimit: (read.atLeastOne('UPLOAD_LIMIT_MB') ?? 100) * MEGABYTE,
    storageQuota: (read.atLeastOne('STORAGE_QUOTA_MB') ?? 5120) * MEGABYTE,
    conversionQuota: (read.atLeastOne('CONVERSION_QUOTA_MB') ?? 1024) * MEGABYTE,
    conversionRoom: (read.atLeastOne('CONVERSION_ROOM_MB') ?? 20_480) * MEGABYTE,
    conversionRates: {
      sessions: read.count('SESSION_RATE_LIMIT') ?? 30,
      uploads: read.count('UPLOAD_RATE_LIMIT') ?? 60,
      conversions: read.count('CONVERT_RATE_LIMIT') ?? 60,
      downloads: read.count('DOWNLOAD_RATE_LIMIT') ?? 120,
    },
    redisUrl: read.url('REDIS_URL', ['redis:', 'rediss:'])?.href,
    s3: readS3(read),
    ...readScanner(read),
    chatV1RateLimit: read.count('CHAT_V1_RATE_LIMIT') ?? 100,
    trustsUserHeader: read.choice('TRUST_USER_HEADER', ['true', 'false']) === 'true',
    trainingDownloads: {
      downloadsPerHour: read.count('TRAINING_DOWNLOADS_PER_HOUR') ?? 1000,
      bytesPerDay: (read.count('TRAINING_DOWNLOAD_MB_PER_DAY') ?? 102_400) * MEGABYTE,
    },
    logLevel: read.choice('LOG_LEVEL', logLevels) ?? 'info',
  })
}

const MEGABYTE = 1024 * 1024

type Reader = ReturnType<typeof reader>

const reader = (env: Environment) => {
  /** Empty is the same as not set: so do compose files and systemd units spell it. */
  const text = (name: string): string | undefined => env[name]?.trim() || undefined
  const wrong = (name: string, wanted: string): never => {
    throw new ConfigError(`${name} is ${JSON.stringify(env[name])}, but it must be ${wanted}.`)
  }
  return {
    text,
    port(name: string): number | undefined {
      const value = text(name)
      if (value === undefined) return undefined
      return /^\d{1,5}$/.test(value) && Number(value) <= 65_535
        ? Number(value)
        : wrong(name, 'a port between 0 and 65535')
    },
    count(name: string): number | undefined {
      const value = text(name)
      if (value === undefined) return undefined
      return /^\d{1,9}$/.test(value) ? Number(value) : wrong(name, 'a whole number, 0 or more')
    },
    atLeastOne(name: string): number | undefined {
      const value = text(name)
      if (value === undefined) return undefined
      return /^[1-9]\d{0,8}$/.test(value) ? Number(value) : wrong(name, 'a whole number, 1 or more')
    },
    choice<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
      const value = text(name)
      if (value === undefined) return undefined
      return choices.find((choice) => choice === value) ?? wrong(name, `one of ${choices.join(', ')}`)
    },
    url(name: string, protocols: readonly string[]): URL | undefined {
      const value = text(name)
      if (value === undefined) return undefined
      const url = URL.parse(value)
      // The value may hold a password, so it is not repeated.
      if (url === null || !protocols.includes(url.protocol)) {
        throw new ConfigError(
          `${name} is not an address that begins with ${protocols.map((p) => `${p}//`).join(' or ')}.`,
        )
      }
      return url
    },
    /** Of an address, without a `/` at its end. */
    path(name: string): string | undefined {
      const value = text(name)
      if (value === undefined) return undefined
      return /^(\/[\w-]+)+$/.test(value) ? value : wrong(name, 'a path such as /internal-blobs')
    },
    /** Never repeated in a message. */
    secret(name: string): string | undefined {
      const value = text(name)
      if (value !== undefined && (value.length < 32 || new Set(value).size < 10)) {
        throw new ConfigError(
          `${name} is too easy to guess: it must be 32 random characters or more, such as from: openssl rand -base64 32`,
        )
      }
      return value
    },
  }
}

const readAuth = (read: Reader): Config['auth'] => {
  const issuer = read.url('AUTH_ISSUER', ['http:', 'https:']) === undefined ? undefined : read.text('AUTH_ISSUER')
  const audience = read.text('AUTH_AUDIENCE')
  if (issuer === undefined) {
    if (audience !== undefined)
      throw new ConfigError('AUTH_AUDIENCE is set, but AUTH_ISSUER is not: whose tokens are meant?')
    return undefined
  }
  if (audience === undefined) {
    throw new ConfigError(
      'AUTH_AUDIENCE is not set, but with AUTH_ISSUER it must be: tokens for other services would be accepted.',
    )
  }
  return { issuer, audience, jwksUrl: read.url('AUTH_JWKS_URL', ['http:', 'https:'])?.href }
}

const readXAccelPrefix = (read: Reader): string | undefined => {
  const prefix = read.path('X_ACCEL_PREFIX')
  if (prefix !== undefined && read.text('S3_BUCKET') !== undefined) {
    throw new ConfigError('X_ACCEL_PREFIX and S3_BUCKET are both set: nginx can send only what lies in DATA_DIR.')
  }
  return prefix
}

const readS3 = (read: Reader): Config['s3'] => {
  const bucket = read.text('S3_BUCKET')
  const endpoint = read.url('S3_ENDPOINT', ['http:', 'https:'])?.href.replace(/\/$/, '')
  const region = read.text('S3_REGION')
  const accessKeyId = read.text('S3_ACCESS_KEY_ID')
  const secretAccessKey = read.text('S3_SECRET_ACCESS_KEY')
  if (bucket === undefined) {
    const rest = {
      S3_ENDPOINT: endpoint,
      S3_REGION: region,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    }
    const orphan = Object.entries(rest).find(([, value]) => value !== undefined)?.[0]
    if (orphan !== undefined) throw new ConfigError(`${orphan} is set, but S3_BUCKET is not: which bucket is meant?`)
    return undefined
  }
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'S3_ACCESS_KEY_ID' : 'S3_SECRET_ACCESS_KEY'
    throw new ConfigError(`${missing} is not set, but with S3_BUCKET it must be.`)
  }
  return { endpoint, bucket, region: region ?? 'us-east-1', accessKeyId, secretAccessKey }
}

const readScanner = (read: Reader): Pick<Config, 'clamd' | 'scan'> => {
  const host = read.text('CLAMD_HOST')
  const socket = read.text('CLAMD_SOCKET')
  const port = read.port('CLAMD_PORT')
  const scan = read.choice('SCAN', ['auto', 'required']) ?? 'auto'
  if (host !== undefined && socket !== undefined) {
    throw new ConfigError('CLAMD_HOST and CLAMD_SOCKET are both set: which of them is meant?')
  }
  if (port !== undefined && host === undefined) {
    throw new ConfigError('CLAMD_PORT is set, but CLAMD_HOST is not: which machine is meant?')
  }
  const clamd = host !== undefined ? { host, port: port ?? 3310 } : socket !== undefined ? { socket } : undefined
  if (scan === 'required' && clamd === undefined) {
    throw new ConfigError('SCAN is "required", but neither CLAMD_HOST nor CLAMD_SOCKET is set.')
  }
  return { clamd, scan }
}

const readOperatorModel = (read: Reader): Config['operatorModel'] => {
  const baseUrl = read.url('LLM_BASE_URL', ['http:', 'https:'])?.href.replace(/\/$/, '')
  const apiKey = read.text('LLM_API_KEY')
  const model = read.text('LLM_MODEL')
  if (baseUrl === undefined) {
    const orphan = apiKey !== undefined ? 'LLM_API_KEY' : model !== undefined ? 'LLM_MODEL' : undefined
    if (orphan !== undefined) throw new ConfigError(`${orphan} is set, but LLM_BASE_URL is not: which server is meant?`)
    return undefined
  }
  return { baseUrl, apiKey, model }
}

const readLocalModels = (read: Reader, host: string): boolean => {
  const choice = read.choice('LOCAL_MODELS', ['on', 'off', 'auto']) ?? 'auto'
  return choice === 'on' || (choice === 'auto' && isLoopback(host))
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.')

/** An address as it stands in a URL; nobody can open `0.0.0.0`. */
const forUrl = (host: string): string => {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/** What `--help` prints. */
export const helpText = (): string => {
  const width = Math.max(...variables.map(({ name }) => name.length))
  const rows = variables.map(
    (variable) => `  ${variable.name.padEnd(width)}  ${variable.meaning} (default: ${variable.default})`,
  )
  return ['Parlance is configured by environment variables:', '', ...rows, ''].join('\n')
}
