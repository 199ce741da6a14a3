/** Pages of office documents in a conversation, over HTTP: what LibreOffice makes of them, for those who may read them. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openEngines } from '#server/adapters/engines/index.ts'
import { openSandbox } from '#server/adapters/engines/sandbox.ts'
import { zipOf } from '#server/adapters/media/archives-for-tests.ts'
import type { TestPerson } from '#test/support/server.ts'
import { type FilesWorld, openFilesWorld, uploaded } from '../acceptance/files/world.ts'

let world: FilesWorld
beforeAll(async () => {
  world = await openFilesWorld({ engines: openEngines(openSandbox()) })
})
afterAll(() => world.close())

/** Two pages of rich text (RTF 1.9.1). */
const twoPages = Buffer.from(String.raw`{\rtf1\ansi\deff0{\fonttbl{\f0 Liberation Sans;}}\fs96 One\page Two\par}`)

const page = async (id: string, number: number, by: TestPerson = world.ada) => {
  const response = await fetch(`${world.server.url}/api/files/${id}/preview?page=${number}`, {
    headers: { authorization: `Bearer ${by.token}` },
  })
  const { status, headers } = response
  return { status, pages: headers.get('x-total-pages'), bytes: Buffer.from(await response.arrayBuffer()) }
}
const inkOf = async (bytes: Buffer): Promise<number> =>
  255 - ((await sharp(bytes).greyscale().stats()).channels[0]?.mean ?? 255)
const foldersOfWork = () => readdirSync(path.join(world.server.dataDir, 'preview-work'))

it('a document shows each of its pages, and how many there are', async () => {
  const file = await uploaded(world.ada, world.team, twoPages, 'letter.rtf')
  expect(file).toMatchObject({ category: 'word', thumbnailUrl: null })
  const [first, second, third] = [await page(file.id, 1), await page(file.id, 2), await page(file.id, 3)]
  expect([first.status, second.status, third.status]).toEqual([200, 200, 404])
  expect([first.pages, second.pages]).toEqual(['2', '2'])
  for (const { bytes } of [first, second]) {
    const { format, width, height } = await sharp(bytes).metadata()
    expect([format, Math.max(width, height)]).toEqual(['webp', 1600])
    expect(await inkOf(bytes)).toBeGreaterThan(0.1)
  }
  expect(first.bytes.equals(second.bytes)).toBe(false)
  expect(foldersOfWork()).toEqual([])
})

it('a Word document that another program made does so as well', async () => {
  const bytes = execFileSync('pandoc', ['-f', 'markdown', '-t', 'docx', '-o', '-'], { input: '# Báo cáo\n\nQuý ba.\n' })
  const { id } = await uploaded(world.ada, world.team, bytes, 'báo cáo.docx')
  const { status, pages } = await page(id, 1)
  expect([status, pages]).toEqual([200, '1'])
})

it('only those who may read the document see its pages', async () => {
  const { id } = await uploaded(world.ada, world.team, twoPages, 'letter.rtf')
  expect((await page(id, 1, world.stranger)).status).toBe(403)
  expect((await page(id, 1, world.grace)).status).toBe(403)
  await world.send(id)
  expect((await page(id, 1, world.grace)).status).toBe(200)
  expect((await page(id, 1, world.stranger)).status).toBe(403)
})

it('a document that is broken has none, and leaves nothing behind', async () => {
  const types = Buffer.from('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
  const broken = zipOf([
    { name: '[Content_Types].xml', data: types },
    { name: 'word/document.xml', data: Buffer.from('<w:document') },
  ])
  const { id } = await uploaded(world.ada, world.team, broken, 'broken.docx')
  expect((await page(id, 1)).status).toBe(404)
  expect(foldersOfWork()).toEqual([])
})

it('a document that is removed takes its pages with it', async () => {
  const { id } = await uploaded(world.ada, world.team, twoPages, 'letter.rtf')
  const before = (await world.kept()).blobs.length
  expect((await page(id, 1)).status).toBe(200)
  // The PDF, how many pages it has, and the picture of one.
  expect((await world.kept()).blobs).toHaveLength(before + 3)
  expect((await world.ada.request('DELETE', `/api/files/${id}`)).status).toBe(204)
  expect((await page(id, 1)).status).toBe(404)
})
