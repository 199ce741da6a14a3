/** Where sessions and download tokens are kept: the port. It is given hashes only, and asked with the present time. */
import type { Job } from './job.ts'

export interface ConversionSession {
  /** SHA-256 of the secret in the cookie, in hexadecimal digits. */
  readonly hash: string
  readonly csrfToken: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

export interface DownloadToken {
  /** SHA-256 of the token, in hexadecimal digits. */
  readonly hash: string
  readonly sessionHash: string
  /** Null: all finished files. */
  readonly jobId: string | null
  readonly expiresAt: Date
}

/** Everything here fails with `conversion.store_unavailable` or `server.unavailable` where the store can't be asked. */
export interface ConversionSessions {
  add(session: ConversionSession): Promise<void>
  /** Undefined from the moment on at which it expires. */
  find(sessionHash: string, now: Date): Promise<ConversionSession | undefined>
  /** Ends a session, with its tokens and what was told of its jobs; no other session's. */
  remove(sessionHash: string): Promise<void>
  addToken(token: DownloadToken): Promise<void>
  /**
   * Takes a token away and says what it was for: of any number that try, one gets it. It stays where it is asked for in
   * another session, and is nothing when its time is over.
   */
  takeToken(tokenHash: string, sessionHash: string, now: Date): Promise<Pick<DownloadToken, 'jobId'> | undefined>
  /** Tells whoever reads the store beside us how a job is getting on, until the end of its session. */
  tellJob(job: Job): Promise<void>
  /** The same of a job that is gone. */
  forgetJob(sessionHash: string, jobId: string): Promise<void>
  /** Removes what has expired, where the store does not do that by itself. */
  sweep(): Promise<void>
}
