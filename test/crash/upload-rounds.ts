/**
 * Rounds of uploads that end in `kill -9`. Afterwards blobs and rows are held against each other, by SHA-256, and what was
 * acknowledged must be among them. It knows the HTTP contracts and where bytes lie.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { keptIn, quarantinedIn } from '#test/acceptance/files/world.ts'
import {
  type Client,
  lookInto,
  newDataDir,
  removeDataDir,
  type ServerProcess,
  signUp,
  startServerProcess,
} from './server-process.ts'

/** How many upload at once. */
const UPLOADERS = 4
const MB = 1024 * 1024
/** How long a sweep may take after a start, in milliseconds. */
const PATIENCE = 20_000

export interface UploadCampaign {
  /** Uploads for a moment, kills, starts again, waits for the sweep and checks; returns how many were acknowledged. */
  round(): Promise<number>
  /** How many rounds ended with something for the sweep. */
  readonly interrupted: number
  close(): Promise<void>
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export const startUploadCampaign = async (): Promise<UploadCampaign> => {
  const dataDir = await newDataDir()
  const env = { STORAGE_QUOTA_MB: '100000' }
  let server = await startServerProcess({ dataDir, env })
  const person = await signUp(server.url)
  const made = await person.request('POST', '/api/team/conversations', { type: 'group', title: 'Crash' })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const conversationId: string = made.body.id
  const acknowledged = new Set<string>()
  let interrupted = 0
  let rounds = 0

  return {
    get interrupted() {
      return interrupted
    },
    async round() {
      rounds++
      const before = acknowledged.size
      const work = Array.from({ length: UPLOADERS }, (_, index) =>
        index % 2 === 0
          ? uploadOnAndOn(server, person, conversationId, acknowledged)
          : uploadInPieces(server, person, conversationId, acknowledged),
      )
      // Every second time not before something was acknowledged, however slow the machine is.
      const isWaiting = () => rounds % 2 === 0 && acknowledged.size === before
      for (const deadline = Date.now() + PATIENCE; isWaiting() && Date.now() < deadline;) await pause(20)
      await pause(100 + Math.random() * 900)
      await server.killAll()
      await Promise.all(work)
      if (!isWhole(await keptIn(dataDir), acknowledged)) interrupted++
      server = await startServerProcess({ dataDir, env })
      await swept(dataDir, server)
      return check(server, person, conversationId, dataDir, acknowledged).then(() => acknowledged.size - before)
    },
    async close() {
      await server.killAll().catch(() => {})
      removeDataDir(dataDir)
    },
  }
}

/** Forms with one or two files each, until the connection breaks. */
const uploadOnAndOn = async (server: ServerProcess, { token }: Client, conversationId: string, done: Set<string>) => {
  for (;;) {
    const files = Array.from({ length: 1 + Math.floor(Math.random() * 2) }, () =>
      randomBytes(1 + Math.floor(Math.random() * 4 * MB)),
    )
    const form = new FormData()
    for (const bytes of files) form.append('file', new Blob([bytes]), 'noise.bin')
    const status = await fetch(`${server.url}/api/files?conversationId=${conversationId}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
    }).then(
      (response) => response.status,
      () => undefined,
    )
    if (status === undefined) return
    assert.equal(status, 201)
    for (const bytes of files) done.add(sha256(bytes))
  }
}

/** The same in pieces (tus). */
const uploadInPieces = async (server: ServerProcess, { token }: Client, conversationId: string, done: Set<string>) => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const headers = { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0' }
  for (;;) {
    const bytes = randomBytes(3 * MB)
    try {
      const begun = await fetch(`${server.url}/api/files/uploads`, {
        method: 'POST',
        headers: {
          ...headers,
          'upload-length': String(bytes.length),
          'upload-metadata': `conversationId ${base64(conversationId)},filename ${base64('pieces.bin')}`,
        },
      })
      // So many may be begun and not finished; rounds before have left some.
      if (begun.status === 429) return
      assert.equal(begun.status, 201)
      for (let offset = 0; offset < bytes.length; offset += MB) {
        const sent = await fetch(server.url + begun.headers.get('location')!, {
          method: 'PATCH',
          headers: { ...headers, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
          body: bytes.subarray(offset, offset + MB),
        })
        assert.equal(sent.status, 204)
      }
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      return
    }
    done.add(sha256(bytes))
  }
}

type Kept = Awaited<ReturnType<typeof keptIn>>

const isWhole = ({ blobs, quarantine }: Kept, acknowledged: ReadonlySet<string>): boolean =>
  quarantine.length === 0 && blobs.every((blob) => acknowledged.has(blob.sha256))

const rowsOf = (dataDir: string) =>
  lookInto(dataDir, async (client) => {
    const files = await client.query(`select blob_key as key, encode(sha256, 'hex') as sha256 from files order by 1`)
    const notes = await client.query('select blob_key as key from doomed_blobs order by 1')
    const unfinished = await client.query('select file_id as key from unfinished_uploads order by 1')
    const keysOf = ({ rows }: { rows: { key: string }[] }) => rows.map(({ key }) => key)
    return { files: files.rows, notes: keysOf(notes), unfinished: keysOf(unfinished) }
  })

/** Until nothing is noted but uploads that may go on. */
const swept = async (dataDir: string, server: ServerProcess): Promise<void> => {
  const deadline = Date.now() + PATIENCE
  for (;;) {
    const { notes, unfinished } = await rowsOf(dataDir)
    const quarantine = await quarantinedIn(dataDir)
    if (notes.every((key) => unfinished.includes(key)) && quarantine.every((key) => unfinished.includes(key))) return
    const left = () => `after ${PATIENCE} ms there is left: ${JSON.stringify({ notes, quarantine })}; ${server.log()}`
    assert.ok(Date.now() < deadline, left())
    await pause(50)
  }
}

const check = async (
  server: ServerProcess,
  person: Client,
  conversationId: string,
  dataDir: string,
  acknowledged: ReadonlySet<string>,
): Promise<void> => {
  const { files } = await rowsOf(dataDir)
  const { blobs } = await keptIn(dataDir)
  assert.deepEqual(blobs, files, 'there is a blob exactly where a file is, and it is the one that was sent')
  const known = new Set(files.map(({ sha256: each }) => each))
  for (const each of acknowledged) assert.ok(known.has(each), 'what was acknowledged is there')
  const form = new FormData()
  form.append('file', new Blob(['after the crash']), 'after.txt')
  const answer = await fetch(`${server.url}/api/files?conversationId=${conversationId}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${person.token}` },
    body: form,
  })
  assert.equal(answer.status, 201)
  assert.equal(/"level":(50|60)/.test(server.log()), false, server.log())
}
