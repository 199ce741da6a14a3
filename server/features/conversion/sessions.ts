/** Sessions without an account, and the tokens by which their files are downloaded. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { ConversionSession, ConversionSessions, DownloadToken } from './conversion-sessions.ts'

/** How long a session lives, in milliseconds; nothing prolongs it. */
export const SESSION_MS = 24 * 60 * 60_000
/** How long a download token can be used, in milliseconds. */
export const DOWNLOAD_TOKEN_MS = 10 * 60_000

interface Needs {
  readonly store: ConversionSessions
  readonly clock: Clock
  /** 256 random bits, in characters that cookies, headers and URLs carry. */
  readonly newSecret: () => string
}

export interface Sessions {
  /** The session of this secret if there is one, else a new one with the secret for its cookie. */
  begin(
    secret: string | undefined,
    mayBegin: () => void,
  ): Promise<{ readonly session: ConversionSession; readonly newSecret: string | undefined }>
  /** Fails with `conversion.session_over`. */
  get(secret: string | undefined): Promise<ConversionSession>
  /** Fails with `conversion.wrong_csrf_token`. */
  checkCsrf(session: ConversionSession, token: string | undefined): void
  /** A token for one download: of a job's output, or of all of them. */
  issueToken(session: ConversionSession, jobId: string | null): Promise<string>
  /** Fails with `conversion.wrong_download_token`: of any number that come with one token, one passes. */
  takeToken(session: ConversionSession, token: string): Promise<Pick<DownloadToken, 'jobId'>>
}

export const makeSessions = ({ store, clock, newSecret }: Needs): Sessions => {
  const find = async (secret: string | undefined) =>
    secret === undefined || secret === '' ? undefined : store.find(hashOf(secret), clock.now())

  return {
    async begin(secret, mayBegin) {
      const found = await find(secret)
      if (found !== undefined) return { session: found, newSecret: undefined }
      mayBegin()
      const fresh = newSecret()
      const createdAt = clock.now()
      const session = {
        hash: hashOf(fresh),
        csrfToken: newSecret(),
        createdAt,
        expiresAt: new Date(createdAt.getTime() + SESSION_MS),
      }
      await store.add(session)
      return { session, newSecret: fresh }
    },
    async get(secret) {
      const session = await find(secret)
      if (session === undefined) throw new AppError('conversion.session_over')
      return session
    },
    checkCsrf({ csrfToken }, token = '') {
      if (!timingSafeEqual(digest(csrfToken), digest(token))) throw new AppError('conversion.wrong_csrf_token')
    },
    async issueToken(session, jobId) {
      const token = newSecret()
      const end = Math.min(clock.now().getTime() + DOWNLOAD_TOKEN_MS, session.expiresAt.getTime())
      await store.addToken({ hash: hashOf(token), sessionHash: session.hash, jobId, expiresAt: new Date(end) })
      return token
    },
    async takeToken(session, token) {
      const taken = await store.takeToken(hashOf(token), session.hash, clock.now())
      if (taken === undefined) throw new AppError('conversion.wrong_download_token')
      return taken
    },
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
const hashOf = (secret: string): string => digest(secret).toString('hex')
