/** Visitors without an account: what a browser keeps of a session, and what it sends. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'vitest'
import { failure } from '#contract/conversion/index.ts'
import type { JobDetails, JobStatus } from '#contract/conversion/index.ts'
import { type Answer, openEvents, type EventReader, send, type TestServer } from '#test/support/server.ts'

/** As `openssl rand -base64 32` would look, in the letters of base64url. */
export const SECRET = /^[\w-]{43}$/

export interface Visitor {
  /** As a request carries it. */
  readonly cookie: string
  readonly csrf: string
  /** With the cookie, and on POST with the CSRF token; JSON unless it is bytes. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Sends a form. */
  post(path: string, ...parts: readonly FormPart[]): Promise<Answer>
  /** Uploads a text that must be taken; returns the id of its job. */
  uploaded(content?: string | Uint8Array, fileName?: string): Promise<string>
  /** Converts, waits until it has ended, and returns how. */
  converted(jobId: string, target?: string): Promise<JobDetails>
  /** The same from the upload on; must succeed. */
  finished(content?: string, fileName?: string): Promise<string>
  token(jobId: string): Promise<string>
  download(token: string, headers?: Record<string, string>): Promise<Downloaded>
  details(jobId: string): Promise<JobDetails>
  events(): Promise<EventReader>
}

export interface Downloaded {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
}

export interface FormPart {
  readonly name: string
  readonly value: string | Uint8Array
  /** Of a file. */
  readonly fileName?: string
}

export const jobField = (value: string): FormPart => ({ name: 'job_id', value })
export const filePart = (value: string | Uint8Array = 'some text', fileName = 'notes.txt'): FormPart => ({
  name: 'file',
  value,
  fileName,
})

/** The bytes of a form as browsers write it. */
export const formOf = (parts: readonly FormPart[]): { body: Buffer; type: string } => {
  const boundary = `----${randomBytes(12).toString('hex')}`
  const pieces = parts.flatMap(({ name, value, fileName }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`,
    fileName === undefined
      ? ''
      : `; filename="${fileName.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')}"\r\nContent-Type: application/octet-stream`,
    '\r\n\r\n',
    value,
    '\r\n',
  ])
  const body = Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece as string)))
  return { body, type: `multipart/form-data; boundary=${boundary}` }
}

export const beginSession = async (url: string): Promise<Visitor> => {
  const answer = await send(url, 'GET', '/session/init')
  expect(answer.status).toBe(200)
  const cookie = answer.headers.getSetCookie()[0]!.split(';', 1)[0]!
  return visitorWith(url, cookie, answer.body.data.csrf_token)
}

export const visitorWith = (url: string, cookie: string, csrf: string): Visitor => {
  const visitor: Visitor = {
    cookie,
    csrf,
    request: (method, path, body, headers) =>
      send(url, method, path, body, { cookie, ...(method === 'GET' ? {} : { 'x-csrf-token': csrf }), ...headers }),
    post(path, ...parts) {
      const { body, type } = formOf(parts)
      return visitor.request('POST', path, body, { 'content-type': type })
    },
    async uploaded(content, fileName) {
      const jobId = randomUUID()
      const answer = await visitor.post('/upload', jobField(jobId), filePart(content, fileName))
      expect([answer.status, answer.body]).toEqual([
        201,
        { success: true, data: { job_id: jobId, status: 'uploaded' } },
      ])
      return jobId
    },
    async converted(jobId, target = 'md') {
      const answer = await visitor.request('POST', '/convert', { job_id: jobId, target_format: target })
      expect([answer.status, answer.body.data]).toEqual([
        202,
        { job_id: jobId, task_id: expect.any(String), status: 'processing' },
      ])
      return visitor.details(await ended(visitor, jobId))
    },
    async finished(content, fileName) {
      const jobId = await visitor.uploaded(content, fileName)
      expect(await visitor.converted(jobId)).toMatchObject({ status: 'completed', error_message: null })
      return jobId
    },
    async token(jobId) {
      const answer = await visitor.request('POST', '/download_token', { job_id: jobId })
      expect(answer.status).toBe(201)
      return answer.body.data.download_token
    },
    async download(token, headers) {
      const response = await fetch(`${url}/download?token=${token}`, { headers: { cookie, ...headers } })
      return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) }
    },
    async details(jobId) {
      const { body } = await visitor.request('GET', '/session')
      return body.data.jobs.find((job: JobDetails) => job.job_id === jobId)
    },
    events: () => openEvents(`${url}/session/events`, { cookie }),
  }
  return visitor
}

const over: readonly JobStatus[] = ['completed', 'failed']

/** Follows the session until the job has ended. */
const ended = async (visitor: Visitor, jobId: string): Promise<string> => {
  const reader = await visitor.events()
  try {
    await reader.next((event) => event.type === 'job' && event.job.job_id === jobId && over.includes(event.job.status))
    return jobId
  } finally {
    reader.stop()
  }
}

/** An answer in the envelope of seed 3, with one of its names. */
export const expectError = (answer: Answer, status: number, error: string): string => {
  expect([answer.status, answer.body?.data?.error]).toEqual([status, error])
  const parsed = failure.parse(answer.body)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  return parsed.data.message
}

/** What of conversions is kept at all. */
export const rowsOf = async ({ database }: Pick<TestServer, 'database'>) => {
  const count = async (table: string) =>
    Number((await database.owner.query(`select count(*) from ${table}`)).rows[0].count)
  return {
    sessions: await count('conversion_sessions'),
    jobs: await count('conversion_jobs'),
    tokens: await count('download_tokens'),
    /** Notes of uploads that are on their way; what is to be removed has no time left. */
    notes: await count(`doomed_blobs where doomed_at > now() + interval '1 hour'`),
  }
}

/** Names of the blobs that there are of a session. */
export const blobsOf = async ({ dataDir }: Pick<TestServer, 'dataDir'>, { cookie }: Visitor): Promise<string[]> => {
  const hash = createHash('sha256').update(cookie.replace(/^.*=/, '')).digest('hex')
  const folder = path.join(dataDir, 'blobs/co/conversion.d', `${hash}.d`)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}
