/** What the sweep removes and what it leaves, in a real database, with blobs and a quarantine on disk. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createTestDatabase,
  openTestDoor,
  seedPerson,
  type SeededPerson,
  seedTeam,
  type TestDatabase,
} from '#test/support/database.ts'
import { diskBlobStore } from '../../adapters/blobs/disk.ts'
import { diskQuarantine } from '../../adapters/blobs/quarantine.ts'
import type { Door } from '../../adapters/postgres/door.ts'
import type { BlobStore } from './blob-store.ts'
import type { FileStore } from './file-store.ts'
import { pgFileStore } from './file-store.pg.ts'
import type { Quarantine } from './quarantine.ts'
import { makeSweepBlobs, makeSweepFiles } from './sweep-blobs.job.ts'
import type { UploadStore } from './upload-store.ts'
import { pgUploadStore } from './upload-store.pg.ts'

let database: TestDatabase
let door: Door
let folder: string
let blobs: BlobStore
let quarantine: Quarantine
let store: FileStore
let uploads: UploadStore
let ada: SeededPerson
let team: string
let sweep: ReturnType<typeof makeSweepFiles>
/** As a process of its own has it. */
const sweepWith = (its: BlobStore) =>
  makeSweepFiles({ store, quarantine, sweepBlobs: makeSweepBlobs({ store, blobs: its, quarantine }) })
beforeAll(async () => {
  database = await createTestDatabase()
  door = await openTestDoor(database)
  store = pgFileStore(door)
  uploads = pgUploadStore(door)
  ada = await seedPerson(database.owner, { name: 'Ada' })
  team = await seedTeam(database.owner, [ada])
})
afterAll(async () => {
  await door.close()
  await database.drop()
})
beforeEach(async () => {
  await database.owner.query('delete from files')
  await database.owner.query('delete from doomed_blobs')
  await database.owner.query('delete from unfinished_uploads')
  folder = await mkdtemp('/tmp/parlance-sweep-')
  blobs = diskBlobStore(path.join(folder, 'blobs'))
  quarantine = diskQuarantine(path.join(folder, 'quarantine'))
  sweep = sweepWith(blobs)
  return () => rm(folder, { recursive: true })
})

const bytes = Buffer.from('bytes')
const noLimit = Number.MAX_SAFE_INTEGER
const noted = async (): Promise<string> => {
  const id = randomUUID()
  await store.noteBlob(ada.actor, id)
  return id
}
/** A file as an upload makes it. */
const stored = async (): Promise<string> => {
  const id = await noted()
  await blobs.put(id, { bytes })
  const file = {
    id,
    conversationId: team,
    name: 'a.txt',
    contentType: 'text/plain',
    category: 'text',
    size: bytes.length,
    sha256: Buffer.alloc(32),
    width: null,
    height: null,
    durationSeconds: null,
    blobKey: id,
    uploadedAt: new Date(),
  } as const
  expect(await store.create(ada.actor, file, noLimit)).toMatchObject({ id })
  return id
}
const age = (table: string, column: string, by: string) =>
  database.owner.query(`update ${table} set ${column} = ${column} - $1::interval`, [by])
const notes = async () =>
  (await database.owner.query('select blob_key from doomed_blobs')).rows.map((row) => row.blob_key)

describe('the sweep', () => {
  it('removes a file that was not sent for a day, and no moment earlier', async () => {
    const id = await stored()
    await blobs.put(`${id}/small.webp`, { bytes })
    await age('files', 'uploaded_at', '23 hours 59 minutes')
    await sweep()
    expect(await blobs.sizeOf(id)).toBe(bytes.length)
    await age('files', 'uploaded_at', '1 minute')
    await sweep()
    expect(await store.find(ada.actor, id)).toBeUndefined()
    expect([await blobs.sizeOf(id), await blobs.sizeOf(`${id}/small.webp`), await notes()]).toEqual([
      undefined,
      undefined,
      [],
    ])
  })

  it('removes what is left of a file that was deleted', async () => {
    const [gone, kept] = [await stored(), await stored()]
    expect(await store.removeUnsent(ada.actor, [gone])).toBe(1)
    await sweep()
    expect([await blobs.sizeOf(gone), await blobs.sizeOf(kept)]).toEqual([undefined, bytes.length])
  })

  it('leaves what an upload is writing, until its time is over', async () => {
    const id = await noted()
    await quarantine.append(id, 0, [bytes])
    await blobs.put(id, { bytes })
    await sweep()
    expect([await blobs.sizeOf(id), await quarantine.sizeOf(id)]).toEqual([bytes.length, bytes.length])
    await age('doomed_blobs', 'doomed_at', '13 hours')
    await sweep()
    expect([await blobs.sizeOf(id), await quarantine.sizeOf(id), await notes()]).toEqual([undefined, undefined, []])
  })

  it('removes at once what a server left that died, when no other can be uploading', async () => {
    const id = await noted()
    await quarantine.append(id, 0, [bytes])
    await blobs.put(id, { bytes })
    await store.expireNotes()
    await sweep()
    expect([await blobs.sizeOf(id), await quarantine.sizeOf(id), await notes()]).toEqual([undefined, undefined, []])
  })

  it('of blobs alone leaves nothing of them in the quarantine either', async () => {
    const id = await noted()
    await quarantine.append(id, 0, [bytes])
    await store.expireNotes()
    await makeSweepBlobs({ store, blobs, quarantine })()
    expect([await quarantine.sizeOf(id), await notes()]).toEqual([undefined, []])
  })

  it('leaves an upload that may go on, even then, for a day', async () => {
    const id = randomUUID()
    await uploads.begin(ada.actor, { id, conversationId: team, name: 'large.bin', size: 10 }, 1)
    await quarantine.append(id, 0, [bytes])
    await store.expireNotes()
    await sweep()
    expect([await uploads.find(ada.actor, id), await quarantine.sizeOf(id)]).toEqual([
      expect.objectContaining({ id, size: 10 }),
      bytes.length,
    ])
    await age('unfinished_uploads', 'expires_at', '1 day')
    await age('doomed_blobs', 'doomed_at', '1 day')
    expect(await uploads.find(ada.actor, id)).toBeUndefined()
    await sweep()
    const { rows } = await database.owner.query('select from unfinished_uploads')
    expect([rows, await quarantine.sizeOf(id), await notes()]).toEqual([[], undefined, []])
  })

  it('takes each blob once when several run at the same time, and all of them', async () => {
    const keys = await Promise.all(Array.from({ length: 250 }, noted))
    await age('doomed_blobs', 'doomed_at', '13 hours')
    const removed: string[] = []
    const counting: BlobStore = {
      ...blobs,
      async deleteAll(key) {
        removed.push(key)
        await blobs.deleteAll(key)
      },
    }
    const sweepers = Array.from({ length: 4 }, () => sweepWith(counting))
    await Promise.all(sweepers.map((each) => each()))
    expect(removed.toSorted()).toEqual(keys.toSorted())
    expect(await notes()).toEqual([])
  })

  it('that dies in the middle leaves the rest to the next, ten minutes later', async () => {
    const id = await stored()
    await store.removeUnsent(ada.actor, [id])
    const dying = sweepWith({ ...blobs, deleteAll: () => Promise.reject(new Error('gone')) })
    await expect(dying()).rejects.toThrow('gone')
    await sweep()
    expect(await blobs.sizeOf(id)).toBe(bytes.length)
    await age('doomed_blobs', 'doomed_at', '11 minutes')
    await sweep()
    expect([await blobs.sizeOf(id), await notes()]).toEqual([undefined, []])
  })

  it('and an upload never both get a blob: what is leased can not become a file', async () => {
    const id = await noted()
    await age('doomed_blobs', 'doomed_at', '13 hours')
    expect(await store.leaseDoomed(10)).toEqual([id])
    const file = {
      id,
      conversationId: team,
      name: 'late.txt',
      contentType: 'text/plain',
      category: 'text',
      size: 1,
      sha256: Buffer.alloc(32),
      width: null,
      height: null,
      durationSeconds: null,
      blobKey: id,
      uploadedAt: new Date(),
    } as const
    expect(await store.create(ada.actor, file, noLimit)).toBe('expired')
    expect(await store.find(ada.actor, id)).toBeUndefined()
  })
})
