/** PDF documents into other things, and text out of pictures; what came out is read by other programs. */
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { formatOfOutput } from '#server/features/conversion/formats.ts'
import { convert, failureOf, openCanary, sandbox, using } from './for-tests.ts'
import { openPictureEngines } from './images/index.ts'
import { ocrEngine } from './ocr.ts'
import { pdfEngine } from './pdf.ts'

const ocr = ocrEngine(sandbox)
const engine = pdfEngine(sandbox, ocr)
const { images } = openPictureEngines(sandbox)
afterAll(() => images.close())

/** A document with one line of text on each page, in a font that every reader has. */
const pdfOf = (lines: readonly string[], { size = '595 842', extra = '' } = {}): Buffer => {
  const objects = [
    `<</Type/Catalog/Pages 2 0 R${extra}>>`,
    `<</Type/Pages/Count ${lines.length}/Kids[${lines.map((_, at) => `${4 + 2 * at} 0 R`).join(' ')}]>>`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    ...lines.flatMap((line, at) => {
      const content = `BT /F 24 Tf 72 700 Td (${line}) Tj ET`
      return [
        `<</Type/Page/Parent 2 0 R/MediaBox[0 0 ${size}]/Resources<</Font<</F 3 0 R>>>>/Contents ${5 + 2 * at} 0 R>>`,
        `<</Length ${content.length}>>\nstream\n${content}\nendstream`,
      ]
    }),
  ]
  let file = '%PDF-1.4\n'
  const offsets = objects.map((object, at) => {
    const offset = file.length
    file += `${at + 1} 0 obj\n${object}\nendobj\n`
    return `${offset}`.padStart(10, '0')
  })
  const table = offsets.map((offset) => `${offset} 00000 n \n`).join('')
  return Buffer.from(
    `${file}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${file.length}\n%%EOF\n`,
  )
}

const oneLine = pdfOf(['Words on paper'])

describe('a document', () => {
  it('becomes text', async () => {
    const { bytes, name } = await convert(engine, pdfOf(['Words on paper', 'and more of them']), 'pdf', 'txt')
    expect(name).toBe('out.txt')
    expect(bytes.toString()).toMatch(/Words on paper\s+\f\s*and more of them/)
  })
  it('becomes a web page in one file', async () => {
    const { bytes } = await convert(engine, oneLine, 'pdf', 'html')
    expect(formatOfOutput('html', bytes)?.id).toBe('html')
    expect(bytes.toString().replaceAll('&#160;', ' ')).toContain('Words on paper')
  })
  it('becomes a web page with its pictures in it', async () => {
    const photo = await sharp({ create: { width: 90, height: 90, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer()
    const { bytes: pdf } = await convert(images, photo, 'jpg', 'pdf')
    expect((await convert(engine, pdf, 'pdf', 'html')).bytes.toString()).toMatch(/src="data:image/)
  })
  it.each(['png', 'jpg'])('of one page becomes one picture: %s', async (to) => {
    const { bytes, name } = await convert(engine, oneLine, 'pdf', to)
    expect([name, formatOfOutput(to, bytes)?.id]).toEqual([`out.${to}`, to])
    // A4 at 150 dots an inch.
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 1240, height: 1755 })
  })
  it('of several pages becomes as many pictures, in order, in a ZIP', async () => {
    const shares: number[] = []
    const twenty = pdfOf(Array.from({ length: 20 }, (_, at) => `Page ${at + 1}`))
    const { bytes, name } = await convert(engine, twenty, 'pdf', 'png', { onProgress: (share) => shares.push(share) })
    expect([name, formatOfOutput('png', bytes)?.id]).toEqual(['out.zip', 'zip'])
    const { told } = await using('unzip', ['-Z1', '$in'], bytes)
    const names = Array.from({ length: 20 }, (_, at) => `page-${`${at + 1}`.padStart(2, '0')}.png`)
    expect(told.trim().split('\n')).toEqual(names)
    expect(shares).toEqual([0.4, 0.8, 1])
  })
  it('with a page as large as a house becomes a picture of a usual size', async () => {
    const { bytes } = await convert(engine, pdfOf(['large'], { size: '14400 14400' }), 'pdf', 'png')
    expect((await sharp(bytes).metadata()).width).toBeLessThanOrEqual(6001)
  })
})

describe('what is refused', () => {
  it('a document with a password', async () => {
    const { bytes } = await using('qpdf', ['--encrypt', 'user', 'owner', '256', '--', '$in', '$out'], oneLine)
    await expect(convert(engine, bytes, 'pdf', 'txt')).rejects.toMatchObject({
      reason: 'refused',
      message: 'The document is protected by a password.',
    })
  })
  it('one that is empty, or none', async () => {
    for (const to of ['txt', 'png', 'html']) {
      for (const content of ['', 'words', '%PDF-1.7\nnothing behind it', '\0'.repeat(5000)]) {
        expect(await failureOf(engine, content, 'pdf', to)).toBe('refused')
      }
    }
  })
  it('one with more pages than there is time for', async () => {
    expect(await failureOf(engine, pdfOf(Array.from({ length: 301 }, () => 'x')), 'pdf', 'png')).toBe('too_large')
  })
})

it('a document that wants to go elsewhere goes nowhere', async () => {
  const canary = await openCanary()
  const actions = `/OpenAction<</S/URI/URI(${canary.url})>>/AA<</WC<</S/JavaScript/JS(app.launchURL\\("${canary.url}"\\))>>>>`
  const launch = `/OpenAction<</S/Launch/F(${canary.file})>>`
  const submit = `/OpenAction<</S/SubmitForm/F<</FS/URL/F(${canary.url})>>>>`
  for (const extra of [actions, launch, submit]) {
    for (const to of ['txt', 'png', 'html']) {
      const { bytes } = await convert(engine, pdfOf(['words'], { extra }), 'pdf', to)
      expect(bytes.toString()).not.toContain(canary.secret)
    }
  }
  expect(canary.hits()).toBe(0)
  await canary.close()
})

describe('text out of pictures', () => {
  const draw = (text: string) =>
    sharp({ text: { text, font: 'sans 30', dpi: 100 } })
      .extend({ top: 40, bottom: 40, left: 40, right: 40, background: 'black' })
      .flatten({ background: 'black' })
      .negate()
      .greyscale()

  const sentence = 'Hôm nay trời đẹp và chúng tôi đi học.'

  it.each(['png', 'jpg', 'tiff', 'webp', 'bmp'])('is read: %s', async (from) => {
    const png = await draw(sentence).png().toBuffer()
    const input =
      from === 'bmp'
        ? (await convert(images, png, 'png', 'bmp')).bytes
        : await sharp(png)
            .toFormat(from as 'png')
            .toBuffer()
    const { bytes, name } = await convert(ocr, input, from, 'txt')
    expect(name).toBe('out.txt')
    expect(bytes.toString().normalize('NFC')).toContain(sentence)
  })
  it('is read from a scanned document, page by page', async () => {
    const page = await draw('Words on paper').png().toBuffer()
    const { bytes: scan } = await convert(images, page, 'png', 'pdf')
    const { bytes: scans } = await using('qpdf', ['--empty', '--pages', '$in', '1,1', '--', '$out'], scan)
    const { bytes } = await convert(engine, scans, 'pdf', 'txt')
    expect(bytes.toString()).toMatch(/Words on paper\s*\f\s*Words on paper/)
  })
  it('is not read where there is none', async () => {
    const empty = await sharp({ create: { width: 300, height: 300, channels: 3, background: 'white' } })
      .png()
      .toBuffer()
    expect(await failureOf(ocr, empty, 'png', 'txt')).toBe('refused')
    for (const content of ['', 'words', '/etc/passwd\n'])
      expect(await failureOf(ocr, content, 'png', 'txt')).toBe('refused')
  })
})
