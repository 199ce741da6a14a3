/** Files on a server that keeps them in S3: the same answers, and nothing of them on its own disk. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type S3Server, startS3Server } from '#test/support/s3-server.ts'
import { expectStatus, seed1Failure } from '../surfaces/holding.ts'
import { type FilesWorld, noise, openFilesWorld, PNG, uploaded } from './world.ts'

let s3: S3Server
let world: FilesWorld
beforeAll(async () => {
  s3 = await startS3Server()
  world = await openFilesWorld({
    env: {
      S3_ENDPOINT: s3.place.endpoint,
      S3_BUCKET: s3.place.bucket,
      S3_ACCESS_KEY_ID: s3.place.accessKeyId,
      S3_SECRET_ACCESS_KEY: s3.place.secretAccessKey,
    },
  })
})
afterAll(async () => {
  await world.close()
  await s3.close()
})

const read = async (id: string, headers: Record<string, string> = {}, token = world.ada.token) => {
  const response = await fetch(`${world.server.url}/api/files/${id}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  })
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) }
}

it('takes a file and gives it back, whole and in ranges', async () => {
  const bytes = noise(3_000_000)
  const { id } = await uploaded(world.ada, world.team, bytes, 'noise.bin')
  const whole = await read(id)
  expect([whole.status, whole.bytes.equals(bytes)]).toEqual([200, true])
  const etag = whole.headers.get('etag')!
  expect(etag).toBe(`"${createHash('sha256').update(bytes).digest('hex')}"`)
  const part = await read(id, { range: 'bytes=1000000-1999999', 'if-range': etag })
  expect([part.status, part.bytes.equals(bytes.subarray(1_000_000, 2_000_000))]).toEqual([206, true])
  expect((await read(id, { 'if-none-match': etag })).status).toBe(304)
  expect(await world.kept()).toEqual({ blobs: [], quarantine: [] })
})

it('decides itself who may read, and makes small pictures', async () => {
  const { id } = await uploaded(world.ada, world.team, PNG, 'dot.png')
  seed1Failure(await world.stranger.request('GET', `/api/files/${id}`), 403)
  expectStatus(await world.ada.request('GET', `/api/files/${id}/thumbnail`), 200)
})

it('says that a file is gone when its object is', async () => {
  const { id } = await uploaded(world.ada, world.team, 'text')
  const { status } = await fetch(`${s3.place.endpoint}/${s3.place.bucket}/${id}`, { method: 'DELETE' })
  expect(status).toBe(204)
  seed1Failure(await world.ada.request('GET', `/api/files/${id}`), 404)
})

it('keeps nothing of an upload while S3 does not answer', async () => {
  const other = await openFilesWorld({
    env: {
      S3_ENDPOINT: 'http://127.0.0.1:9',
      S3_BUCKET: 'b',
      S3_ACCESS_KEY_ID: 'k',
      S3_SECRET_ACCESS_KEY: 's',
    },
  })
  try {
    const form = new FormData()
    form.append('file', new Blob(['text']), 'a.txt')
    const response = await fetch(`${other.server.url}/api/files?conversationId=${other.team}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${other.ada.token}` },
      body: form,
    })
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('storage') as string })
    expect((await other.rows()).files).toEqual([])
    expect((await other.kept()).quarantine).toEqual([])
  } finally {
    await other.close()
  }
})

it('has logged nothing that is wrong', () => {
  expect(world.server.problems).toEqual([])
})
