/** What every blob store promises; each adapter runs it. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BlobStore } from '#server/features/files/index.ts'

export interface StoreUnderTest {
  readonly store: BlobStore
  /** A folder on this machine from which a file can be put. */
  readonly folder: string
  /** How many blobs there are at all. */
  count(): Promise<number>
  close(): Promise<void>
}

export const bytesOf = async (stream: Readable | undefined): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream!) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** A folder of its own below `/tmp`. */
export const newFolder = (): Promise<string> => mkdtemp('/tmp/parlance-blobs-')

export const keepsBlobs = (name: string, open: () => Promise<StoreUnderTest>) =>
  describe(`${name} as a blob store`, () => {
    let given: StoreUnderTest
    let store: BlobStore
    beforeAll(async () => {
      given = await open()
      store = given.store
    })
    afterAll(() => given.close())

    const fileOf = async (bytes: Uint8Array): Promise<string> => {
      const file = path.join(given.folder, randomUUID())
      await writeFile(file, bytes)
      return file
    }
    const stored = async (bytes: Uint8Array, key: string = randomUUID()): Promise<string> => {
      await store.put(key, { bytes })
      return key
    }

    it('gives back a file byte for byte, and says how large it is', async () => {
      const bytes = randomBytes(3_000_001)
      const key = randomUUID()
      await store.put(key, { path: await fileOf(bytes) })
      expect(await store.sizeOf(key)).toBe(bytes.length)
      const read = await bytesOf(await store.open(key))
      expect(createHash('sha256').update(read).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
    })

    it('gives back bytes, even none', async () => {
      expect(await bytesOf(await store.open(await stored(Buffer.from('little'))))).toEqual(Buffer.from('little'))
      const empty = await stored(Buffer.alloc(0))
      expect(await store.sizeOf(empty)).toBe(0)
    })

    it.each([
      [0, 1],
      [0, 9],
      [3, 6],
      [9, 9],
      [5, 9],
    ])('gives back the range %i to %i with both of its ends', async (start, end) => {
      const key = await stored(Buffer.from('0123456789'))
      expect(String(await bytesOf(await store.open(key, { start, end })))).toBe('0123456789'.slice(start, end + 1))
    })

    it('knows what is not there', async () => {
      const key = await stored(Buffer.from('parent'))
      for (const missing of [randomUUID(), `${randomUUID()}/small`, `${key}/small`]) {
        expect(await store.sizeOf(missing)).toBeUndefined()
        expect(await store.open(missing)).toBeUndefined()
        expect(await store.open(missing, { start: 0, end: 1 })).toBeUndefined()
      }
    })

    it('replaces a blob', async () => {
      const key = await stored(Buffer.from('old and long'))
      await stored(Buffer.from('new'), key)
      expect(String(await bytesOf(await store.open(key)))).toBe('new')
    })

    it('takes the same key twenty times at once and keeps one of them whole', async () => {
      const key = `${await stored(Buffer.from('original'))}/small`
      const versions = Array.from({ length: 20 }, (_, index) => Buffer.alloc(50_000, index + 1))
      await Promise.all(versions.map((bytes) => store.put(key, { bytes })))
      const read = await bytesOf(await store.open(key))
      expect(versions.some((bytes) => bytes.equals(read))).toBe(true)
    })

    it('removes a blob with everything below it and nothing beside it', async () => {
      const key = await stored(Buffer.from('parent'))
      const below = [`${key}/small`, `${key}/page-1`, `${key}/deeper/one`]
      const beside = [`${key}0`, `${key}-small`, `x${key}`]
      for (const each of [...below, ...beside]) await stored(Buffer.from(each), each)
      await store.deleteAll(key)
      for (const each of [key, ...below]) expect(await store.sizeOf(each), each).toBeUndefined()
      for (const each of beside) expect(await store.sizeOf(each), each).toBe(each.length)
      await store.deleteAll(key)
      for (const each of beside) await store.deleteAll(each)
    })

    it('removes what is below a blob that is not there itself', async () => {
      const key = randomUUID()
      await stored(Buffer.from('orphan'), `${key}/small`)
      await store.deleteAll(key)
      expect(await store.sizeOf(`${key}/small`)).toBeUndefined()
    })

    it('keeps nothing of a file that can not be read', async () => {
      const before = await given.count()
      await expect(store.put(randomUUID(), { path: path.join(given.folder, 'nothing-here') })).rejects.toThrow('ENOENT')
      expect(await given.count()).toBe(before)
    })

    it.each([
      '',
      '/',
      '..',
      '../x',
      'a/../b',
      'a//b',
      '/a',
      'a/',
      '.a',
      'a/.b',
      'a\\b',
      'a b',
      'a\0b',
      'é',
      'a.d/b',
      '%2e',
    ])('refuses the key %j', async (key) => {
      await expect(store.put(key, { bytes: Buffer.from('x') })).rejects.toThrow('not a key of a blob')
      await expect(store.open(key)).rejects.toThrow('not a key of a blob')
      await expect(store.sizeOf(key)).rejects.toThrow('not a key of a blob')
      await expect(store.deleteAll(key)).rejects.toThrow('not a key of a blob')
    })

    it('lets go of a stream that nobody reads to its end', async () => {
      const key = await stored(randomBytes(5_000_000))
      for (let round = 0; round < 100; round++) {
        const stream = (await store.open(key))!
        await new Promise((resolve) => stream.once('close', resolve).once('readable', () => stream.destroy()))
      }
      await store.deleteAll(key)
    })
  })

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true })
