/** /api/files/uploads: tus 1.0 as its own client speaks it, and what that client would never send. */
import { createHash, randomUUID } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type DetailedError, Upload, type UploadOptions } from 'tus-js-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/messages/index.ts'
import { seedConversation } from '#test/support/database.ts'
import { startScriptedClamd } from '#test/support/scripted-clamd.ts'
import { startTestServer, type TestPerson } from '#test/support/server.ts'
import { expectStatus, seed1Failure } from '../surfaces/holding.ts'
import { type FilesWorld, noise, openFilesWorld, sendSlowly } from './world.ts'

const MB = 1024 * 1024

let world: FilesWorld
beforeAll(async () => {
  world = await openFilesWorld({ env: { UPLOAD_LIMIT_MB: '20', STORAGE_QUOTA_MB: '200' } })
})
afterAll(() => world.close())

const tus = { 'tus-resumable': '1.0.0' }
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const base64 = (text: string) => Buffer.from(text).toString('base64')
const metadataOf = (conversationId: string, filename: string) =>
  `conversationId ${base64(conversationId)},filename ${base64(filename)}`

/** Uploads as the page does; resolves with the address and the id of the file. */
const sendByTus = (
  by: TestPerson,
  bytes: Buffer,
  options: Partial<UploadOptions> & { onUpload?: (upload: Upload) => void } = {},
) =>
  new Promise<{ url: string; fileId: string | undefined }>((resolve, reject) => {
    const { onUpload, ...rest } = options
    const upload: Upload = new Upload(bytes, {
      endpoint: `${world.server.url}/api/files/uploads`,
      headers: { authorization: `Bearer ${by.token}` },
      metadata: { conversationId: world.team, filename: 'báo cáo.bin' },
      retryDelays: [0, 50, 200],
      onSuccess: ({ lastResponse }) => resolve({ url: upload.url!, fileId: lastResponse.getHeader('X-File-Id') }),
      onError: reject,
      ...rest,
    })
    onUpload?.(upload)
    upload.start()
  })

/** What is asked by hand. */
const begin = (by: TestPerson, { length = 10, name = 'a.bin', headers = {}, conversation = world.team } = {}) =>
  by.request('POST', '/api/files/uploads', undefined, {
    ...tus,
    'upload-length': String(length),
    'upload-metadata': metadataOf(conversation, name),
    ...headers,
  })
const begun = async (by: TestPerson, length = 10): Promise<string> => {
  const answer = await begin(by, { length })
  expectStatus(answer, 201)
  return answer.headers.get('location')!
}
const patch = (by: TestPerson, at: string, offset: number, bytes: string | Buffer, headers = {}) =>
  by.request('PATCH', at, bytes, {
    ...tus,
    'upload-offset': String(offset),
    'content-type': 'application/offset+octet-stream',
    ...headers,
  })
const head = async (by: TestPerson, at: string) => {
  const response = await fetch(world.server.url + at, {
    method: 'HEAD',
    headers: { ...tus, authorization: `Bearer ${by.token}` },
  })
  return { status: response.status, offset: response.headers.get('upload-offset'), headers: response.headers }
}
/** How many bytes of an upload the server has on disk. */
const bytesAt = async (at: string) =>
  (await stat(path.join(world.server.dataDir, 'quarantine', path.basename(at)))).size
const statusOf = (thrown: unknown) => (thrown as DetailedError).originalResponse?.getStatus()

describe('a large file', () => {
  it('arrives whole through the client of the protocol, and is a file like any other', async () => {
    const bytes = noise(5 * MB + 7)
    const { url, fileId } = await sendByTus(world.ada, bytes)
    expect(url.endsWith(`/api/files/uploads/${fileId}`)).toBe(true)
    const answer = await world.ada.request('GET', `/api/files/uploads/${fileId}`, undefined, tus)
    const { file, offset } = contract.getUpload.reply.body!.parse(answer.body)
    expect(offset).toBe(bytes.length)
    expect(file).toMatchObject({ id: fileId, fileName: 'báo cáo.bin', fileSize: bytes.length })
    const { rows } = await world.server.database.owner.query(
      `select encode(sha256, 'hex') as sha256 from files where file_id = $1`,
      [fileId],
    )
    expect(rows).toEqual([{ sha256: sha256(bytes) }])
    const kept = await world.kept()
    expect(kept.blobs).toEqual((await world.rows()).files)
    expect(kept.quarantine).toEqual([])
  })

  it('goes on where it stopped when the connection breaks again and again', async () => {
    const bytes = noise(6 * MB)
    let breaks = 0
    let sent = 0
    let current: Upload
    const { fileId } = await sendByTus(world.ada, bytes, {
      // In pieces, so that there is something between two of them.
      chunkSize: MB,
      onUpload: (upload) => (current = upload),
      onChunkComplete: (size) => {
        sent += size
        if (++breaks > 4) return
        void current.abort().then(() => current.start())
      },
    })
    expect(breaks).toBeGreaterThan(4)
    expect(sent).toBe(bytes.length)
    const { rows } = await world.server.database.owner.query(
      `select encode(sha256, 'hex') as sha256 from files where file_id = $1`,
      [fileId],
    )
    expect(rows).toEqual([{ sha256: sha256(bytes) }])
  })

  it('keeps what had come when the connection broke in the middle of a piece', async () => {
    const bytes = noise(2 * MB)
    const at = await begun(world.ada, bytes.length)
    const broken = (async function* () {
      yield bytes.subarray(0, MB)
      await expect.poll(() => bytesAt(at)).toBeGreaterThan(0)
      throw new Error('gone')
    })()
    const headers = {
      ...tus,
      authorization: `Bearer ${world.ada.token}`,
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
    }
    await expect(
      sendSlowly(world.server, { path: at, headers, length: bytes.length }, broken, { method: 'PATCH' }),
    ).rejects.toThrow()
    const { offset } = await head(world.ada, at)
    expect(Number(offset)).toBeGreaterThan(0)
    expect(Number(offset)).toBeLessThanOrEqual(MB)
    const answer = await patch(world.ada, at, Number(offset), bytes.subarray(Number(offset)))
    expectStatus(answer, 204)
    const id = answer.headers.get('x-file-id')
    const { rows } = await world.server.database.owner.query(
      `select encode(sha256, 'hex') as sha256 from files where file_id = $1`,
      [id],
    )
    expect(rows).toEqual([{ sha256: sha256(bytes) }])
  })

  it('does not wait for a connection of before that says nothing any more', async () => {
    const at = await begun(world.ada, 10)
    const silence = Promise.withResolvers<void>()
    const first = sendSlowly(
      world.server,
      {
        path: at,
        headers: {
          ...tus,
          authorization: `Bearer ${world.ada.token}`,
          'upload-offset': '0',
          'content-type': 'application/offset+octet-stream',
        },
        length: 10,
      },
      (async function* () {
        yield Buffer.from('01234')
        await silence.promise
      })(),
      { method: 'PATCH' },
    ).catch(() => 'broken off')
    await expect.poll(() => bytesAt(at)).toBe(5)
    const { offset } = await head(world.ada, at)
    expect(offset).toBe('5')
    const answer = await patch(world.ada, at, Number(offset), '0123456789'.slice(Number(offset)))
    expectStatus(answer, 204)
    silence.resolve()
    await first
  })

  it('may be in pieces as small as its client likes, of which the last makes the file', async () => {
    const at = await begun(world.ada, 3)
    for (const [offset, byte] of ['a', 'b', 'c'].entries()) {
      const answer = await patch(world.ada, at, offset, byte)
      expectStatus(answer, 204)
      expect(answer.headers.get('upload-offset')).toBe(String(offset + 1))
      expect(answer.headers.has('x-file-id')).toBe(offset === 2)
    }
    // A client that did not hear the last answer asks, and is told.
    const { offset, headers } = await head(world.ada, at)
    expect([offset, headers.get('upload-length'), headers.get('x-file-id')]).toEqual(['3', '3', path.basename(at)])
  })

  it('outlives the server', async () => {
    const first = await openFilesWorld()
    try {
      const begunThere = await begin(first.ada, { length: 6, conversation: first.team })
      const at = begunThere.headers.get('location')!
      expectStatus(await patch(first.ada, at, 0, 'abc'), 204)
      // Another process on the same data, which sweeps at its start.
      const second = await startTestServer({
        database: first.server.database,
        env: { DATA_DIR: first.server.dataDir },
      })
      const answer = await fetch(second.url + at, {
        method: 'PATCH',
        headers: {
          ...tus,
          authorization: `Bearer ${first.ada.token}`,
          'upload-offset': '3',
          'content-type': 'application/offset+octet-stream',
        },
        body: 'def',
      })
      expect([answer.status, answer.headers.get('x-file-id')]).toEqual([204, path.basename(at)])
      await second.close()
    } finally {
      await first.close()
    }
  })
})

describe('who may', () => {
  it('begin: whoever may upload there', async () => {
    seed1Failure(await begin(world.stranger), 403)
    seed1Failure(await begin(world.ada, { conversation: randomUUID() }), 404)
    const own = await seedConversation(world.server.database.owner, world.ada.id)
    seed1Failure(await begin(world.ada, { conversation: own }), 400)
    await expect(sendByTus(world.stranger, noise(10))).rejects.toSatisfy((error) => statusOf(error) === 403)
  })

  it('go on or cancel: who began it, and nobody else', async () => {
    const at = await begun(world.ada)
    for (const person of [world.grace, world.stranger]) {
      expect((await head(person, at)).status).toBe(404)
      seed1Failure(await patch(person, at, 0, '0123456789'), 404)
      seed1Failure(await person.request('DELETE', at, undefined, tus), 404)
    }
    expectStatus(await patch(world.ada, at, 0, '0123456789'), 204)
  })

  it('go on: not who has left the conversation meanwhile', async () => {
    const at = await begun(world.grace)
    const { owner } = world.server.database
    await owner.query('update members set left_at = now() where user_id = $1', [world.grace.id])
    seed1Failure(await patch(world.grace, at, 0, '0123456789'), 404)
    await owner.query('update members set left_at = null where user_id = $1', [world.grace.id])
    expectStatus(await patch(world.grace, at, 0, '0123456789'), 204)
  })

  it('nobody without a sign-in', async () => {
    const person = await world.server.newPerson()
    for (const [method, at] of [
      ['POST', '/api/files/uploads'],
      ['PATCH', `/api/files/uploads/${randomUUID()}`],
    ] as const) {
      const answer = await person.request(method, at, 'x', { ...tus, authorization: 'Bearer none' })
      seed1Failure(answer, 401)
      expect(answer.headers.get('tus-resumable')).toBe('1.0.0')
    }
  })
})

describe('what is refused', () => {
  it('a file that is too large, before it comes', async () => {
    seed1Failure(await begin(world.ada, { length: 20 * MB + 1 }), 413)
    await expect(sendByTus(world.ada, noise(20 * MB + 1))).rejects.toSatisfy((error) => statusOf(error) === 413)
    seed1Failure(await begin(world.ada, { length: 999_999_999_999_999 }), 413)
  })

  it('more bytes than were announced, of which those that were are kept', async () => {
    const at = await begun(world.ada)
    seed1Failure(await patch(world.ada, at, 0, 'x'.repeat(11)), 413)
    expectStatus(await patch(world.ada, at, 0, '0123456789'), 204)
  })

  it('bytes for another place than the next', async () => {
    const at = await begun(world.ada)
    expectStatus(await patch(world.ada, at, 0, '012'), 204)
    for (const offset of [0, 2, 4, 9, 10, 11, 999])
      expect(seed1Failure(await patch(world.ada, at, offset, 'x'), 409).detail).toMatch(/another place/)
    expect((await head(world.ada, at)).offset).toBe('3')
    expectStatus(await world.ada.request('DELETE', at, undefined, tus), 204)
  })

  it('another version, or none', async () => {
    for (const version of ['', '0.2.2', '2.0.0']) {
      const answer = await begin(world.ada, { headers: { 'tus-resumable': version } })
      seed1Failure(answer, 412)
      expect(answer.headers.get('tus-version')).toBe('1.0.0')
    }
  })

  it.each<[string, number, Record<string, string>]>([
    ['no size', 400, { 'upload-length': '' }],
    ['a size that is no number', 400, { 'upload-length': '1e3' }],
    ['a negative size', 400, { 'upload-length': '-1' }],
    ['an empty file', 400, { 'upload-length': '0' }],
    ['a size that comes later', 400, { 'upload-length': '', 'upload-defer-length': '1' }],
    ['no metadata', 400, { 'upload-metadata': '' }],
    ['metadata that is not Base64', 400, { 'upload-metadata': 'conversationId !' }],
    ['metadata that is not UTF-8', 400, { 'upload-metadata': 'conversationId /w==' }],
    ['no conversation', 400, { 'upload-metadata': `filename ${base64('a')}` }],
    ['a conversation that is none', 400, { 'upload-metadata': metadataOf('none', 'a') }],
    ['no name', 400, { 'upload-metadata': metadataOf('3d4d6c2e-1111-4222-8333-944445555666', '') }],
    ['a name with NUL', 400, { 'upload-metadata': metadataOf('3d4d6c2e-1111-4222-8333-944445555666', 'a\0b') }],
    ['two names', 400, { 'upload-metadata': `filename YQ==,filename YQ==` }],
  ])('%s', async (_, status, headers) => {
    seed1Failure(await begin(world.ada, { headers }), status)
  })

  it('bytes of another type', async () => {
    const at = await begun(world.ada)
    seed1Failure(await patch(world.ada, at, 0, 'x', { 'content-type': 'text/plain' }), 415)
    seed1Failure(await patch(world.ada, at, 0, '{}', { 'content-type': 'application/json' }), 415)
    seed1Failure(await patch(world.ada, at, 0, 'x', { 'upload-offset': 'x' }), 400)
    seed1Failure(await patch(world.ada, '/api/files/uploads/none', 0, 'x'), 400)
    expectStatus(await world.ada.request('DELETE', at, undefined, tus), 204)
  })

  it('more than a person has room for, counting what was begun', async () => {
    const small = await openFilesWorld({ env: { UPLOAD_LIMIT_MB: '2', STORAGE_QUOTA_MB: '3' } })
    try {
      const first = await begin(small.ada, { length: 2 * MB, conversation: small.team })
      expectStatus(first, 201)
      expect(seed1Failure(await begin(small.ada, { length: 2 * MB, conversation: small.team }), 413).detail).toMatch(
        /no room left/,
      )
      expectStatus(await small.ada.request('DELETE', first.headers.get('location')!, undefined, tus), 204)
      expectStatus(await begin(small.ada, { length: 2 * MB, conversation: small.team }), 201)
    } finally {
      await small.close()
    }
  })

  it('a hundred and first that is not finished', async () => {
    const many = await openFilesWorld()
    try {
      for (let count = 0; count < 100; count++) expectStatus(await begin(many.ada, { conversation: many.team }), 201)
      const answer = await begin(many.ada, { conversation: many.team })
      expect(seed1Failure(answer, 429).detail).toMatch(/unfinished/)
      expectStatus(await begin(many.grace, { conversation: many.team }), 201)
    } finally {
      await many.close()
    }
  })
})

describe('the virus scanner', () => {
  it('that was away has the last byte sent again, and looks at the whole; what it finds is final', async () => {
    const clamd = await startScriptedClamd({ cut: 0 })
    const { host, port } = clamd.address
    const guarded = await openFilesWorld({ env: { CLAMD_HOST: host, CLAMD_PORT: String(port) } })
    const { ada, team } = guarded
    try {
      const at = (await begin(ada, { length: 8, conversation: team })).headers.get('location')!
      seed1Failure(await patch(ada, at, 0, 'harmless'), 503)
      const asked = await ada.request('GET', at)
      expect(asked.body).toEqual({ offset: 7, fileSize: 8, file: null })
      clamd.behaviour = { answer: 'stream: OK\0' }
      expectStatus(await patch(ada, at, 7, 's'), 204)
      expect(String(clamd.files.at(-1))).toBe('harmless')

      clamd.behaviour = { answer: 'stream: Test-Signature FOUND\0' }
      const bad = (await begin(ada, { length: 3, conversation: team })).headers.get('location')!
      expect(seed1Failure(await patch(ada, bad, 0, 'bad'), 400).detail).toMatch(/scanner found something/)
      seed1Failure(await ada.request('GET', bad), 404)
      const [{ blobs, quarantine }, { files, notes }] = [await guarded.kept(), await guarded.rows()]
      expect([blobs, quarantine, notes]).toEqual([files, [], []])
    } finally {
      await guarded.close()
      await clamd.close()
    }
  })
})

describe('an upload that is given up', () => {
  it('by its client leaves nothing', async () => {
    const before = await world.rows()
    const at = await begun(world.ada)
    expectStatus(await patch(world.ada, at, 0, '012'), 204)
    expectStatus(await world.ada.request('DELETE', at, undefined, tus), 204)
    expect((await head(world.ada, at)).status).toBe(404)
    seed1Failure(await world.ada.request('DELETE', at, undefined, tus), 404)
    expect(await world.rows()).toEqual(before)
    expect((await world.kept()).quarantine).not.toContain(path.basename(at))
  })

  it('with its conversation is gone', async () => {
    const lone = await openFilesWorld()
    try {
      const answer = await begin(lone.ada, { conversation: lone.team })
      await lone.server.database.owner.query('delete from conversations where conversation_id = $1', [lone.team])
      seed1Failure(await patch(lone.ada, answer.headers.get('location')!, 0, 'x'), 404)
    } finally {
      await lone.close()
    }
  })

  it('or lies on another machine is begun anew by the client', async () => {
    const at = await begun(world.ada)
    await rm(path.join(world.server.dataDir, 'quarantine', path.basename(at)))
    expect((await head(world.ada, at)).status).toBe(404)
    const { fileId } = await sendByTus(world.ada, Buffer.from('0123456789'), {
      uploadUrl: world.server.url + at,
    })
    expect(fileId).not.toBe(path.basename(at))
  })
})

it('has logged nothing that is wrong', () => {
  expect(world.server.problems).toEqual([])
})
