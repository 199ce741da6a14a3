/** Blobs on disk: the contract, and what only a disk can get wrong. */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { bytesOf, keepsBlobs, newFolder, removeFolder } from '#test/contracts/blob-store.contract.ts'
import { diskBlobStore } from './disk.ts'

const filesBelow = async (folder: string): Promise<string[]> => {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return found.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

keepsBlobs('a disk', async () => {
  const folder = await newFolder()
  const root = path.join(folder, 'blobs')
  return {
    store: diskBlobStore(root),
    folder,
    count: async () => (await filesBelow(root)).length,
    close: () => removeFolder(folder),
  }
})

const folder = await newFolder()
afterAll(() => removeFolder(folder))

it('moves a file instead of copying it, and leaves no draft behind', async () => {
  const root = path.join(folder, randomUUID())
  const store = diskBlobStore(root)
  const file = path.join(folder, randomUUID())
  await writeFile(file, 'bytes', { mode: 0o600 })
  const { ino } = await stat(file)
  const key = randomUUID()
  await store.put(key, { path: file })
  await store.put(`${key}/small`, { bytes: Buffer.from('picture') })
  const files = await filesBelow(root)
  expect(files.map((each) => path.relative(root, each)).toSorted()).toEqual([
    `${key.slice(0, 2)}/${key}`,
    `${key.slice(0, 2)}/${key}.d/small`,
  ])
  expect(await stat(path.join(root, key.slice(0, 2), key))).toMatchObject({ ino, mode: 0o100600 })
})

it('makes folders that nobody else can look into', async () => {
  const root = path.join(folder, randomUUID())
  const key = randomUUID()
  await diskBlobStore(root).put(key, { bytes: Buffer.from('x') })
  expect((await stat(root)).mode & 0o777).toBe(0o700)
  expect((await stat(path.join(root, key.slice(0, 2)))).mode & 0o777).toBe(0o700)
})

it('tells that the disk is in the way, and not that there is no blob', async () => {
  const root = path.join(folder, randomUUID())
  const key = randomUUID()
  await mkdir(path.join(root, key.slice(0, 2), key), { recursive: true })
  const stream = await diskBlobStore(root).open(key)
  await expect(new Promise((_, reject) => stream!.once('error', reject).resume())).rejects.toThrow('EISDIR')
})

it('gives the first byte alone', async () => {
  const store = diskBlobStore(path.join(folder, randomUUID()))
  const key = randomUUID()
  await store.put(key, { bytes: Buffer.from('0123') })
  expect(String(await bytesOf(await store.open(key, { start: 0, end: 0 })))).toBe('0')
})

it('replaces a blob at one moment: who has begun to read the old one reads it to its end', async () => {
  const store = diskBlobStore(path.join(folder, randomUUID()))
  const key = randomUUID()
  await store.put(key, { bytes: Buffer.alloc(2_000_000, 'a') })
  const reading = await store.open(key)
  await store.put(key, { bytes: Buffer.alloc(2_000_000, 'b') })
  expect(new Set(await bytesOf(reading))).toEqual(new Set(Buffer.from('a')))
  expect(new Set(await bytesOf(await store.open(key)))).toEqual(new Set(Buffer.from('b')))
})

it('says where a proxy finds a blob, and opens it to the group, only where one is set up', async () => {
  const root = path.join(folder, randomUUID())
  const key = randomUUID()
  const file = path.join(folder, randomUUID())
  await writeFile(file, 'bytes', { mode: 0o600 })
  const store = diskBlobStore(root, '/internal-blobs')
  await store.put(key, { path: file })
  await store.put(`${key}/small`, { bytes: Buffer.from('picture') })
  expect(await store.proxied(key)).toBe(`/internal-blobs/${key.slice(0, 2)}/${key}`)
  expect(await store.proxied(`${key}/small`)).toBe(`/internal-blobs/${key.slice(0, 2)}/${key}.d/small`)
  expect(await store.proxied(randomUUID())).toBeUndefined()
  expect(await diskBlobStore(root).proxied(key)).toBeUndefined()
  for (const each of await filesBelow(root)) expect((await stat(each)).mode & 0o777).toBe(0o640)
  expect((await stat(path.join(root, key.slice(0, 2)))).mode & 0o777).toBe(0o750)
})
