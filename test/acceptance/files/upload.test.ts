/** POST and DELETE /api/files: who may upload what, and that a file is there whole or not at all. */
import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/messages/index.ts'
import { send } from '#test/support/server.ts'
import { seedConversation } from '#test/support/database.ts'
import { expectStatus, seed1Failure } from '../surfaces/holding.ts'
import { type FilesWorld, noise, openFilesWorld, partHead, PNG, sendSlowly, upload, uploaded } from './world.ts'

const MB = 1024 * 1024

let world: FilesWorld
beforeAll(async () => {
  world = await openFilesWorld({ env: { UPLOAD_LIMIT_MB: '1', STORAGE_QUOTA_MB: '40' } })
})
afterAll(() => world.close())

/** Files are there exactly where rows are, and nothing else is. */
const expectWhole = async () => {
  const [{ blobs, quarantine }, { files, notes }] = [await world.kept(), await world.rows()]
  expect(blobs).toEqual(files)
  expect([quarantine, notes]).toEqual([[], []])
}
const resultsOf = (body: unknown) => contract.uploadFiles.reply.body!.parse(body).data

describe('who may upload', () => {
  const place = () => `/api/files?conversationId=${world.team}`
  const form = { 'content-type': 'multipart/form-data; boundary=x' }

  it('nobody without a sign-in', async () => {
    const answer = await send(world.server.url, 'POST', place(), 'x', form)
    expectStatus(answer, 401)
    seed1Failure(answer, 401)
  })

  it('nobody from another site', async () => {
    const headers = { ...form, cookie: world.ada.cookie, 'sec-fetch-site': 'cross-site' }
    expectStatus(await send(world.server.url, 'POST', place(), 'x', headers), 403)
  })

  it.each([
    ['no conversation', ''],
    ['a conversation that is no id', '?conversationId=none'],
    ['an unknown parameter', '?conversationId=3d4d6c2e-1111-4222-8333-944445555666&x=1'],
  ])('nobody who names %s', async (_, query) => {
    seed1Failure(await world.ada.request('POST', `/api/files${query}`, 'x', form), 400)
  })

  it('nobody who is not in the conversation, and it stays so for who was', async () => {
    const answer = await upload(world.stranger, world.team, { fileName: 'a.txt', bytes: 'a' })
    expect(seed1Failure(answer, 403).detail).toBe("You don't have access to this conversation")
    const { owner } = world.server.database
    await owner.query('update members set left_at = now() where user_id = $1', [world.grace.id])
    expectStatus(await upload(world.grace, world.team, { fileName: 'a.txt', bytes: 'a' }), 403)
    await owner.query('update members set left_at = null where user_id = $1', [world.grace.id])
    expectStatus(await upload(world.grace, world.team, { fileName: 'a.txt', bytes: 'a' }), 201)
  })

  it('nobody into a conversation that does not exist, or into one with a model', async () => {
    seed1Failure(await upload(world.ada, randomUUID(), { fileName: 'a.txt', bytes: 'a' }), 404)
    const { owner } = world.server.database
    const own = await seedConversation(owner, world.ada.id)
    const answer = await upload(world.ada, own, { fileName: 'a.txt', bytes: 'a' })
    expect(seed1Failure(answer, 400).detail).toMatch(/team conversation/)
    expectStatus(await upload(world.stranger, own, { fileName: 'a.txt', bytes: 'a' }), 403)
  })

  it('somebody who may not is told before the body has come', async () => {
    const endless = async function* () {
      yield partHead('x', 'a.bin')
      for (;;) yield noise(64 * 1024)
    }
    const headers = { ...form, authorization: `Bearer ${world.stranger.token}` }
    const answer = await sendSlowly(world.server, { path: place(), headers }, endless())
    expect(answer.status).toBe(403)
    expect(answer.sentBefore).toBeLessThan(20 * MB)
  })
})

describe('an upload', () => {
  it('tells what it became', async () => {
    const answer = await upload(world.ada, world.team, { fileName: 'dot.png', bytes: PNG, type: 'text/html' })
    expectStatus(answer, 201)
    const [result] = resultsOf(answer.body)
    expect(result).toMatchObject({
      status: 'stored',
      file: {
        conversationId: world.team,
        fileName: 'dot.png',
        contentType: 'image/png',
        category: 'image',
        fileSize: PNG.length,
        duration: null,
      },
    })
    const { file } = result as Extract<contract.UploadResult, { status: 'stored' }>
    expect(file.thumbnailUrl).toBe(`/api/files/${file.id}/thumbnail`)
    const { rows } = await world.server.database.owner.query(
      'select uploader_id, message_id, sha256 from files where file_id = $1',
      [file.id],
    )
    expect(rows).toEqual([
      { uploader_id: world.ada.id, message_id: null, sha256: createHash('sha256').update(PNG).digest() },
    ])
    await expectWhole()
  })

  it('of several files takes those that it can, and says of each what became of it, in their order', async () => {
    const answer = await upload(
      world.ada,
      world.team,
      { fileName: 'first.txt', bytes: 'first' },
      { fileName: 'empty.txt', bytes: '' },
      { fileName: 'large.bin', bytes: noise(MB + 1) },
      { fileName: 'x'.repeat(256), bytes: 'long name' },
      { fileName: 'last.txt', bytes: 'last' },
    )
    expectStatus(answer, 201)
    expect(
      resultsOf(answer.body).map((result) =>
        result.status === 'stored' ? result.file.fileName : `${result.fileName.slice(0, 9)} ${result.code}`,
      ),
    ).toEqual([
      'first.txt',
      'empty.txt file.empty',
      'large.bin file.too_large',
      'xxxxxxxxx request.invalid',
      'last.txt',
    ])
    await expectWhole()
  })

  it('of which nothing can be taken answers with the first refusal', async () => {
    const empty = { fileName: 'empty.txt', bytes: '' }
    const large = { fileName: 'large.bin', bytes: noise(MB + 1) }
    expect(seed1Failure(await upload(world.ada, world.team, empty, large), 400).detail).toBe('The file is empty.')
    expectStatus(await upload(world.ada, world.team, large, empty), 413)
    await expectWhole()
  })

  it('takes a file of exactly the limit', async () => {
    const file = await uploaded(world.ada, world.team, noise(MB))
    expect(file.fileSize).toBe(MB)
    await expectWhole()
  })

  it('takes ten files and not eleven, of which nothing stays', async () => {
    const parts = Array.from({ length: 11 }, (_, index) => ({ fileName: `${index}.txt`, bytes: `${index}` }))
    expect(resultsOf((await upload(world.ada, world.team, ...parts.slice(0, 10))).body)).toHaveLength(10)
    const before = await world.rows()
    seed1Failure(await upload(world.ada, world.team, ...parts), 413)
    expect((await world.rows()).files).toEqual(before.files)
  })

  it.each<[string, number, string, string]>([
    ['no parts', 400, 'multipart/form-data; boundary=x', '--x--\r\n'],
    ['nothing at all', 400, 'multipart/form-data; boundary=x', ''],
    ['no boundary', 400, 'multipart/form-data', 'x'],
    ['a boundary that is not its own', 400, 'multipart/form-data; boundary=x', '--y\r\n\r\n--y--\r\n'],
    ['JSON that calls itself multipart', 400, 'multipart/form-data; boundary=x', '{"file":"x"}'],
    ['JSON', 415, 'application/json', '{"file":"x"}'],
    ['a part of another name', 400, 'multipart/form-data; boundary=x', part('name="photo"; filename="a.txt"')],
    ['a field', 400, 'multipart/form-data; boundary=x', part('name="file"')],
    ['a field of an odd name', 400, 'multipart/form-data; boundary=x', part('name="__proto__"; filename="a"')],
    ['a part without an end', 400, 'multipart/form-data; boundary=x', part('name="file"; filename="a"').slice(0, -8)],
    ['a part without a name', 400, 'multipart/form-data; boundary=x', part('filename="a"')],
    ['a file without a name', 400, 'multipart/form-data; boundary=x', part('name="file"; filename=""')],
    ['a name with NUL', 400, 'multipart/form-data; boundary=x', part('name="file"; filename="a\0b"')],
    ['an unknown type', 415, 'text/csv', 'a,b'],
  ])('with %s is refused', async (_, status, type, body) => {
    const before = await world.rows()
    const answer = await world.ada.request('POST', `/api/files?conversationId=${world.team}`, body, {
      'content-type': type,
    })
    expect(seed1Failure(answer, status).detail).not.toBe('')
    expect(await world.rows()).toEqual(before)
    expect((await world.kept()).quarantine).toEqual([])
  })

  it('that is compressed on the way is not unpacked by us', async () => {
    const answer = await world.ada.request('POST', `/api/files?conversationId=${world.team}`, 'x', {
      'content-type': 'multipart/form-data; boundary=x',
      'content-encoding': 'gzip',
    })
    seed1Failure(answer, 400)
  })
})

function part(disposition: string): string {
  return `--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\nbytes\r\n--x--\r\n`
}

describe('what is too large', () => {
  const place = () => `/api/files?conversationId=${world.team}`
  const headers = () => ({
    authorization: `Bearer ${world.ada.token}`,
    'content-type': 'multipart/form-data; boundary=x',
  })
  const body = (size: number) =>
    (function* () {
      yield partHead('x', 'a.bin')
      const piece = noise(64 * 1024)
      for (let sent = 0; sent < size; sent += piece.length) yield piece
      yield Buffer.from('\r\n--x--\r\n')
    })()

  it.each([
    ['says so in Content-Length', 200 * MB, 200 * MB],
    ['does not say how large it is', undefined, 200 * MB],
    ['claims to be smaller than it is', undefined, 30 * MB],
  ])('is refused before all of it has come when it %s', async (_, length, size) => {
    const before = await world.rows()
    const answer = await sendSlowly(
      world.server,
      { path: place(), headers: headers(), ...(length === undefined ? {} : { length }) },
      body(size),
    )
    expect([answer.status, answer.headers['content-type']]).toEqual([413, 'application/problem+json; charset=utf-8'])
    expect(answer.sentBefore).toBeLessThan(Math.min(size, 60 * MB))
    expect(await world.rows()).toEqual(before)
    expect((await world.kept()).quarantine).toEqual([])
  })

  it('is no reason to refuse a JSON body of another route differently than before', async () => {
    const answer = await world.ada.request('PATCH', '/api/app/me', { name: 'x'.repeat(3 * MB) })
    expectStatus(answer, 413)
    const form = await world.ada.request('PATCH', '/api/app/me', 'x', {
      'content-type': 'multipart/form-data; boundary=x',
    })
    expectStatus(form, 415)
  })
})

describe('the quota of a person', () => {
  it('is kept, whatever comes at once, and files that are removed free it', async () => {
    const small = await openFilesWorld({ env: { UPLOAD_LIMIT_MB: '1', STORAGE_QUOTA_MB: '4' } })
    try {
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          upload(small.ada, small.team, { fileName: `${index}.bin`, bytes: noise(MB) }),
        ),
      )
      const stored = answers.filter(({ status }) => status === 201)
      expect(answers.filter(({ status }) => status === 413)).toHaveLength(12 - stored.length)
      expect(stored.length).toBeGreaterThan(0)
      expect(stored.length).toBeLessThanOrEqual(4)
      // What was in the way of others is over now.
      for (let count = stored.length; count < 4; count++) await uploaded(small.ada, small.team, noise(MB))
      const over = await upload(small.ada, small.team, { fileName: 'over.txt', bytes: 'x' })
      expect(seed1Failure(over, 413).detail).toMatch(/no room left/)
      // Somebody else has room of their own.
      const theirs = await uploaded(small.grace, small.team, noise(MB))
      const { owner } = small.server.database
      const { rows } = await owner.query('select user_id, bytes::int from storage_use order by bytes')
      expect(rows).toEqual([
        { user_id: small.grace.id, bytes: MB },
        { user_id: small.ada.id, bytes: 4 * MB },
      ])
      const [{ file }] = resultsOf(stored[0]!.body) as [Extract<contract.UploadResult, { status: 'stored' }>]
      expectStatus(await small.ada.request('DELETE', `/api/files/${file.id}`), 204)
      await uploaded(small.ada, small.team, noise(MB))
      expectStatus(await small.grace.request('DELETE', `/api/files/${theirs.id}`), 204)
      const kept = await small.rows()
      expect(kept.files).toHaveLength(4)
    } finally {
      await small.close()
    }
  })
})

describe('DELETE /api/files/{fileId}', () => {
  it('removes what its uploader has not sent', async () => {
    const { id } = await uploaded(world.ada, world.team)
    expectStatus(await world.ada.request('DELETE', `/api/files/${id}`), 204)
    expectStatus(await world.ada.request('GET', `/api/files/${id}`), 404)
    seed1Failure(await world.ada.request('DELETE', `/api/files/${id}`), 404)
    expect((await world.rows()).notes).toContain(id)
  })

  it('is 404 for what is somebody else’s, was sent, or is not there', async () => {
    const { id } = await uploaded(world.ada, world.team)
    for (const person of [world.grace, world.stranger])
      seed1Failure(await person.request('DELETE', `/api/files/${id}`), 404)
    await world.send(id)
    seed1Failure(await world.ada.request('DELETE', `/api/files/${id}`), 404)
    seed1Failure(await world.ada.request('DELETE', `/api/files/${randomUUID()}`), 404)
    seed1Failure(await world.ada.request('DELETE', '/api/files/none'), 400)
    seed1Failure(await send(world.server.url, 'DELETE', `/api/files/${id}`), 401)
  })
})

describe('an upload that is broken off', () => {
  it.each([0.1, 0.3, 0.5, 0.7, 0.9, 0.99])('after %d of it leaves nothing', async (share) => {
    const before = await world.rows()
    const first = noise(300_000)
    const body = Buffer.concat([
      partHead('x', 'first.bin'),
      first,
      Buffer.from('\r\n'),
      partHead('x', 'second.bin'),
      noise(700_000),
      Buffer.from('\r\n--x--\r\n'),
    ])
    const broken = (async function* () {
      yield body.subarray(0, Math.floor(body.length * share))
      // So far that one is being received, and the one before it, if any, is stored.
      await expect.poll(async () => (await world.kept()).quarantine, { timeout: 5_000 }).toHaveLength(1)
      const stored = before.files.length + (share > 0.31 ? 1 : 0)
      await expect.poll(async () => (await world.rows()).files, { timeout: 5_000 }).toHaveLength(stored)
      throw new Error('gone')
    })()
    const headers = {
      authorization: `Bearer ${world.ada.token}`,
      'content-type': 'multipart/form-data; boundary=x',
    }
    const path = `/api/files?conversationId=${world.team}`
    await expect(sendSlowly(world.server, { path, headers, length: body.length }, broken)).rejects.toThrow()
    await expect.poll(async () => (await world.kept()).quarantine, { timeout: 5_000 }).toEqual([])
    await expect.poll(async () => (await world.rows()).files, { timeout: 5_000 }).toEqual(before.files)
  })
})

it('has logged nothing that is wrong', () => {
  expect(world.server.problems).toEqual([])
})
