/** What a file is follows from what is in it: whatever it is called, and whatever it does to who opens it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileTypeOf, typeByContent, UNKNOWN_TYPE } from '#server/features/files/index.ts'
import { zipOf } from './archives-for-tests.ts'
import { type Media, openMedia } from './index.ts'
import { lookAt } from './look-at.ts'
import { blackPng, lyingGif, lyingJpeg, makeSamples, OLE, PDF, type Sample, silence } from './samples-for-tests.ts'

let folder: string
let media: Media
let samples: Sample[]
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'parlance-inspect-'))
  media = openMedia({ drawFrame: async () => false })
  samples = await makeSamples()
})
afterAll(() => {
  media.close()
  rmSync(folder, { recursive: true })
})

let count = 0
/** The path of a file that holds these bytes. */
const kept = (bytes: Uint8Array | string): string => {
  const file = path.join(folder, String(count++))
  writeFileSync(file, bytes)
  return file
}
const inspect = (bytes: Uint8Array | string, name = 'file') => media.inspectFile(kept(bytes), name)
const typeOf = async (bytes: Uint8Array | string, name?: string) => (await inspect(bytes, name)).contentType
const refused = { code: 'file.dangerous' }

/** What attackers call their files, and people by mistake. */
const wrongNames = (
  'a.png a.jpg a.gif a.svg a.html a.xhtml a.htm a.xml a.pdf a.docx a.xls a.zip a.exe a.php a.phtml a.php5 a.jsp a.asp ' +
  'a.shtml a.cgi a.js a.css a.wasm a.hta a.php.png a.png.php a.PNG a.mp4 a.mp3 a.txt a.md a.csv a.json .htaccess a a. ' +
  'a.png\0.html a.png;.html a.html%00.png ../a.html'
).split(' ')

describe('the type of a file', () => {
  it('is the same by forty names', async () => {
    expect(wrongNames).toHaveLength(40)
    for (const { bytes, contentType, category } of samples) {
      expect(await inspect(bytes, 'a.html')).toMatchObject({ contentType, category })
      const looks = await lookAt(kept(bytes))
      const types = wrongNames.map((name) => `${name}: ${typeByContent(looks, name)}`)
      expect(types).toEqual(wrongNames.map((name) => `${name}: ${contentType}`))
    }
  })
  it.each([
    ['a.txt', 'text/plain; charset=utf-8'],
    ['a.md', 'text/markdown; charset=utf-8'],
    ['a.csv', 'text/csv; charset=utf-8'],
    ['a.json', 'application/json; charset=utf-8'],
    ['a.js', 'text/plain; charset=utf-8'],
    ['a.php', 'text/plain; charset=utf-8'],
    ['a.png', 'text/plain; charset=utf-8'],
    ['a.exe', 'text/plain; charset=utf-8'],
    ['a.html', 'text/html'],
    ['a.svg', 'application/xml'],
  ])('of plain words is decided by the name among harmless ones: %s', async (name, type) => {
    expect(await inspect('Xin chào, thế giới.', name)).toMatchObject({ contentType: type, category: 'text' })
  })
  it.each([
    ['a.doc', 'application/msword', 'word'],
    ['a.xls', 'application/vnd.ms-excel', 'excel'],
    ['a.ppt', 'application/vnd.ms-powerpoint', 'powerpoint'],
    ['a.msi', 'application/octet-stream', 'other'],
    ['a.docx', 'application/octet-stream', 'other'],
  ])('of an old office document is decided by the name: %s', async (name, contentType, category) => {
    expect(await inspect(OLE, name)).toMatchObject({ contentType, category })
  })
  it('of text in UTF-16 is text with its charset', async () => {
    const words = Buffer.from('\uFEFFthế giới', 'utf16le')
    expect(await typeOf(words, 'a.txt')).toBe('text/plain; charset=utf-16le')
    expect(await typeOf(Buffer.from(words).swap16(), 'a.txt')).toBe('text/plain; charset=utf-16be')
    expect(await typeOf(Buffer.from('\uFEFF<html><script>alert(1)</script>', 'utf16le'), 'a.txt')).toBe('text/html')
  })
  it('of bytes that are no text to their end is unknown', async () => {
    const end = Buffer.from([0xc3, 0x28])
    expect(await typeOf(Buffer.concat([Buffer.from('words '.repeat(500_000)), end]), 'a.txt')).toBe(
      'application/octet-stream',
    )
    expect(await typeOf(Buffer.concat([Buffer.from('words '.repeat(500_000)), Buffer.alloc(1)]), 'a.txt')).toBe(
      'application/octet-stream',
    )
  })
  it.each([
    '<html><body onload=alert(1)>',
    '\n\t <!-- x --><!DOCTYPE html><p>',
    '\uFEFF<HTML>',
    '<script>alert(1)</script>',
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>',
    '<iframe src=javascript:alert(1)>',
  ])('of a page is that of a page, by any name that is no text: %s', async (page) => {
    for (const name of ['a', 'a.png', 'a.exe']) expect(await typeOf(page, name)).toBe('text/html')
  })
  it.each([
    '<svg onload=alert(1)>',
    '<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    '<!DOCTYPE svg [<!ENTITY x "y">]><svg/>',
    '<x:svg xmlns:x="http://www.w3.org/2000/svg"/>',
  ])('of a drawing is never that of text: %s', async (drawing) => {
    for (const name of ['a.png', 'a.txt', 'a.md', 'a.json'])
      expect(['image/svg+xml', 'application/octet-stream']).toContain(await typeOf(drawing, name))
  })
})

describe('a file that is two things at once', () => {
  it('is a picture, whatever follows it or stands in its comments', async () => {
    const gif = samples.find(({ contentType }) => contentType === 'image/gif')!.bytes
    const jpeg = samples.find(({ contentType }) => contentType === 'image/jpeg')!.bytes
    const comment = Buffer.from('<?php system($_GET[0]) ?><script>alert(1)</script>')
    const segment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, comment.length + 2]), comment])
    expect(await typeOf(Buffer.concat([gif, zipOf([{ name: 'a.class', data: comment }])]), 'a.jar')).toBe('image/gif')
    expect(await typeOf(Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]), 'a.php')).toBe('image/jpeg')
  })
  it('is nothing where it is a picture by its first bytes only', async () => {
    expect(await typeOf('GIF89a=1;/*\n*/alert(1)', 'a.gif')).not.toMatch(/^image/)
    for (const magic of [
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff\xe0\0\x10JFIF\0',
      'GIF89a\x08\0\x04\0\0\0\0',
      'RIFF\xff\0\0\0WEBPVP8 ',
    ]) {
      const bytes = Buffer.concat([Buffer.from(magic, 'latin1'), randomBytes(2000)])
      expect(await inspect(bytes, 'a.png')).toMatchObject({
        contentType: 'application/octet-stream',
        category: 'other',
        width: null,
        height: null,
      })
    }
  })
  it('is the document that its first bytes say, with a page or an archive behind', async () => {
    const page = Buffer.from('<html><script>alert(1)</script>')
    expect(await typeOf(Buffer.concat([PDF, page]), 'a.html')).toBe('application/pdf')
    expect(await typeOf(Buffer.concat([PDF, zipOf([{ name: 'a', data: page }])]), 'a.zip')).toBe('application/pdf')
  })
  it.each([0.3, 0.6, 0.9])('is nothing where only %f of a picture is there', async (share) => {
    const picture = sharp(randomBytes(300 * 300 * 3), { raw: { width: 300, height: 300, channels: 3 } })
    for (const format of ['png', 'jpeg', 'webp', 'gif'] as const) {
      const bytes = await picture.clone().toFormat(format).toBuffer()
      const { category } = await inspect(bytes.subarray(0, Math.floor(bytes.length * share)), `a.${format}`)
      expect([format, category]).toEqual([format, 'other'])
    }
  })
})

describe('a picture', () => {
  it('has the size in which it is shown', async () => {
    for (const { bytes, category, contentType } of samples) {
      if (category === 'image') expect(await inspect(bytes)).toMatchObject({ contentType, width: 8, height: 4 })
    }
  })
  it('of more than a hundred million pixels is refused before it is unpacked, though it is small', async () => {
    const flood = blackPng(17_000, 17_000)
    expect(flood.length).toBeLessThan(100_000)
    await expect(inspect(flood)).rejects.toMatchObject(refused)
    await expect(inspect(await lyingJpeg(64_250, 64_250))).rejects.toMatchObject(refused)
    await expect(
      inspect('<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>'),
    ).rejects.toMatchObject(refused)
  })
  it('of fewer is fine', async () => {
    expect(await inspect(blackPng(10_000, 10_000))).toMatchObject({ width: 10_000, height: 10_000 })
  })
  it('that moves is as large as its frames, whatever it says of its screen', async () => {
    expect(await inspect(await lyingGif(64_250, 64_250))).toMatchObject({ width: 8, height: 4 })
  })
})

describe('sound', () => {
  it('has a duration', async () => {
    expect(await inspect(silence(3))).toEqual({
      contentType: 'audio/wav',
      category: 'audio',
      width: null,
      height: null,
      durationSeconds: 3,
    })
  })
  it('that claims to be some and can not be read is nothing', async () => {
    for (const magic of ['OggS\0\x02', 'RIFF\xff\xff\xff\x7fWAVEjunk', '\0\0\0\x18ftypmp42']) {
      const found = await inspect(Buffer.concat([Buffer.from(magic, 'latin1'), randomBytes(3000)]), 'a.mp3')
      expect([magic, found.durationSeconds]).toEqual([magic, null])
    }
  })
})

describe('an archive', () => {
  it('that is a bomb is refused as such, whatever it is called and whatever it claims to be', async () => {
    const zeros = Buffer.alloc(200 * 1024 * 1024)
    const bomb = zipOf([{ name: 'zeros', data: zeros }])
    const document = zipOf([
      {
        name: '[Content_Types].xml',
        data: Buffer.from(
          '<Types><Override ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        ),
      },
      { name: 'xl/worksheets/sheet1.xml', data: zeros },
    ])
    for (const name of ['a.zip', 'a.png', 'a.xlsx', 'a.txt']) {
      await expect(inspect(bomb, name)).rejects.toMatchObject(refused)
      await expect(inspect(document, name)).rejects.toMatchObject(refused)
    }
  })
  it('behind which nothing is, is nothing', async () => {
    const whole = samples.find(({ category }) => category === 'word')!.bytes
    expect(await inspect(whole.subarray(0, whole.length - 10), 'a.docx')).toMatchObject({ category: 'other' })
  })
})

describe('a file', () => {
  it('is looked at, and at worst refused, however its bytes were changed', async () => {
    const change = fc.tuple(fc.nat(4000), fc.nat(255))
    const changed = fc.asyncProperty(
      fc.constantFrom(...samples),
      fc.array(change, { minLength: 1, maxLength: 12 }),
      async ({ bytes }, changes) => {
        const broken = Buffer.from(bytes)
        for (const [at, byte] of changes) broken[at % broken.length] = byte
        const found = await inspect(broken).catch((error: unknown) => void expect(error).toMatchObject(refused))
        // Whatever is in no table is unknown.
        if (found && found.contentType !== UNKNOWN_TYPE)
          expect(fileTypeOf(found.contentType).category).not.toBe('other')
      },
    )
    await fc.assert(changed, { numRuns: 150 })
  })
})
