/** A group of two with somebody outside it, and the ways to send files to a server that `fetch` and `FormData` do not offer. */
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { once } from 'node:events'
import http from 'node:http'
import path from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import * as contract from '#contract/messages/index.ts'
import {
  type Answer,
  startTestServer,
  type TestPerson,
  type TestServer,
  type TestServerOptions,
} from '#test/support/server.ts'
import { seedTeam, seedTeamMessage } from '#test/support/team-seeds.ts'

export interface FilesWorld {
  readonly server: TestServer
  readonly ada: TestPerson
  /** A member as Ada is. */
  readonly grace: TestPerson
  readonly stranger: TestPerson
  /** Their group. */
  readonly team: string
  /** Hangs a file on a message of Ada's, as posting does. */
  send(fileId: string): Promise<string>
  /** What is stored: names of blobs with the SHA-256 of what is in them, and what lies in the quarantine. */
  kept(): Promise<{ blobs: { key: string; sha256: string }[]; quarantine: string[] }>
  /** Rows of files and notes of blobs, as the database has them. */
  rows(): Promise<{ files: { key: string; sha256: string }[]; notes: string[] }>
  close(): Promise<void>
}

export const openFilesWorld = async (options: TestServerOptions = {}): Promise<FilesWorld> => {
  const server = await startTestServer(options)
  const [ada, grace, stranger] = [await server.newPerson(), await server.newPerson(), await server.newPerson()]
  const { owner } = server.database
  const team = await seedTeam(owner, [{ userId: ada.id }, { userId: grace.id }])
  return {
    server,
    ada,
    grace,
    stranger,
    team,
    async send(fileId) {
      const messageId = await seedTeamMessage(owner, { conversationId: team, senderId: ada.id }, { type: 'file' })
      await owner.query(
        `update files set message_id = $1, shared_at = (select created_at from messages where message_id = $1)
         where file_id = $2`,
        [messageId, fileId],
      )
      return messageId
    },
    kept: () => keptIn(server.dataDir),
    async rows() {
      const files = await owner.query(
        `select blob_key as key, encode(sha256, 'hex') as sha256 from files order by blob_key`,
      )
      const notes = await owner.query('select blob_key as key from doomed_blobs order by 1')
      return { files: files.rows, notes: notes.rows.map(({ key }) => key) }
    },
    close: () => server.close(),
  }
}

const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

/** The keys of what lies in the quarantine of a data folder. */
export const quarantinedIn = async (dataDir: string): Promise<string[]> =>
  (await filesBelow(path.join(dataDir, 'quarantine'))).map((file) => path.basename(file))

/** What lies in a data folder that nobody is removing from. */
export const keptIn = async (dataDir: string) => {
  const blobs = await Promise.all(
    (await filesBelow(path.join(dataDir, 'blobs'))).map(async (file) => ({
      key: path.basename(file),
      sha256: createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    })),
  )
  return { blobs: blobs.toSorted((a, b) => (a.key < b.key ? -1 : 1)), quarantine: await quarantinedIn(dataDir) }
}

export interface Part {
  readonly name?: string
  readonly fileName: string
  readonly bytes: Uint8Array | string
  readonly type?: string
}

/** Uploads as a browser does. */
export const upload = async (by: TestPerson, conversationId: string, ...parts: readonly Part[]): Promise<Answer> => {
  const boundary = `----${randomBytes(12).toString('hex')}`
  const form = Buffer.concat([
    ...parts.flatMap(({ name = 'file', fileName, bytes, type = 'application/octet-stream' }) => [
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${escaped(fileName)}"\r\n` +
          `Content-Type: ${type}\r\n\r\n`,
      ),
      Buffer.from(bytes),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ])
  return by.request('POST', `/api/files?conversationId=${conversationId}`, form, {
    'content-type': `multipart/form-data; boundary=${boundary}`,
  })
}

/** The three that browsers escape (HTML, multipart/form-data encoding algorithm). */
const escaped = (name: string): string => name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

/** Uploads one file that must be taken. */
export const uploaded = async (
  by: TestPerson,
  conversationId: string,
  bytes: Uint8Array | string = 'some text',
  fileName = 'notes.txt',
): Promise<contract.UploadedFile> => {
  const answer = await upload(by, conversationId, { fileName, bytes })
  if (answer.status !== 201) throw new Error(`the upload answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  const [result] = contract.uploadFiles.reply.body!.parse(answer.body).data
  if (result?.status !== 'stored') throw new Error(`refused: ${JSON.stringify(result)}`)
  return result.file
}

export interface RawAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly bytes: Buffer
  /** How many bytes of the body had been handed to the connection when the answer came. */
  readonly sentBefore: number
}

/**
 * A request whose body is written piece by piece and perhaps never ended. `length`: the Content-Length that it claims;
 * without one it is chunked. Resolves with the answer; rejects when the connection breaks before one.
 */
export const sendSlowly = (
  server: TestServer,
  { path: at, headers, length }: { path: string; headers: Record<string, string>; length?: number },
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { method = 'POST' } = {},
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const request = http.request(server.url + at, {
      method,
      agent: false,
      headers: { ...headers, ...(length === undefined ? {} : { 'content-length': length }) },
    })
    let sent = 0
    let isAnswered = false
    const closed = once(request, 'close').catch(() => undefined)
    request.once('response', (response) => {
      isAnswered = true
      const sentBefore = sent
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      const finish = () =>
        resolve({ status: response.statusCode!, headers: response.headers, bytes: Buffer.concat(chunks), sentBefore })
      response.once('end', finish).once('error', finish)
    })
    request.once('error', (error) => (isAnswered ? undefined : reject(error)))
    request.on('error', () => {})
    const write = async () => {
      for await (const piece of pieces) {
        if (isAnswered || request.destroyed) return
        sent += piece.length
        if (!request.write(piece)) await Promise.race([once(request, 'drain'), closed])
        // Where the other side takes whatever comes, no write ever waits, and the answer would not be heard in between.
        await turn()
      }
      request.end()
    }
    write().catch((error: unknown) => request.destroy(error as Error))
  })

/** The head of a part. */
export const partHead = (boundary: string, fileName: string): Buffer =>
  Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\n\r\n`)

/** A PNG of one pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** `size` bytes that no compression makes smaller. */
export const noise = (size: number): Buffer => randomBytes(size)
