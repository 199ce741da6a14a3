/** Pictures into each other; what came out is read by other programs than the one that made it. */
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { formatOfOutput } from '#server/features/conversion/formats.ts'
import { blackPng, lyingJpeg } from '../../media/samples-for-tests.ts'
import { convert, failureOf, openCanary, sandbox, using } from '../for-tests.ts'
import type { Sandbox } from '../sandbox.ts'
import { openPictureEngines } from './index.ts'

const { images, photos } = openPictureEngines(sandbox)
afterAll(() => images.close())

/** Red above, blue below; wider than high. */
const flag = () =>
  sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } }).composite([
    { input: { create: { width: 64, height: 24, channels: 3, background: 'blue' } }, top: 24, left: 0 },
  ])
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><rect width="64" height="24" fill="red"/><rect y="24" width="64" height="24" fill="blue"/></svg>'
const ffmpeg = (bytes: Buffer, ...args: string[]) =>
  using('ffmpeg', ['-v', 'error', '-i', '$in', ...args, '$out.bmp'], bytes).then((made) => made.bytes)
const makers: Record<string, () => Promise<Buffer>> = {
  jpg: () => flag().jpeg({ quality: 100 }).toBuffer(),
  png: () => flag().png().toBuffer(),
  webp: () => flag().webp({ lossless: true }).toBuffer(),
  avif: () => flag().avif({ quality: 90 }).toBuffer(),
  gif: () => flag().gif().toBuffer(),
  tiff: () => flag().tiff().toBuffer(),
  bmp: async () => ffmpeg(await flag().png().toBuffer()),
  svg: () => Promise.resolve(Buffer.from(svg)),
  heic: async () => {
    const jpeg = await flag().jpeg({ quality: 100 }).toBuffer()
    return (await using('vips', ['heifsave', '$in', '$out.heic', '--compression', 'hevc', '--Q', '95'], jpeg)).bytes
  },
}

const kept = new Map<string, Promise<Buffer>>()
/** The flag in each format, made once; a copy for whoever changes it. */
const sample = async (format: string): Promise<Buffer> => {
  if (!kept.has(format)) kept.set(format, makers[format]!())
  return Buffer.from(await kept.get(format)!)
}

/** Pixels as ffmpeg (poppler, for documents; libvips' own program, for AVIF) sees them: [red, green, blue] at a place. */
const seen = async (bytes: Buffer, format: string) => {
  const first = ['-v', 'error', '-i', '$in', '-frames:v', '1', '-f', 'image2', '-c:v', 'png', '$out']
  const png =
    format === 'pdf'
      ? (await using('pdftoppm', ['-png', '-singlefile', '-r', '96', '$in', '$out'], bytes)).bytes
      : format === 'avif'
        ? (await using('vips', ['copy', '$in', '$out.png'], bytes)).bytes
        : (await using('ffmpeg', first, bytes)).bytes
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return {
    width: info.width,
    height: info.height,
    at: (x: number, y: number) => {
      const from = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels
      const [red = 0, green = 0, blue = 0] = data.subarray(from)
      if (red > 200 && green > 200 && blue > 200) return 'white'
      return red > 180 && green < 90 && blue < 90 ? 'red' : blue > 180 && red < 90 && green < 90 ? 'blue' : 'other'
    },
  }
}

describe.each([images, photos])('$name', (engine) => {
  const pairs = engine.conversions.flatMap(({ from, to }) => from.flatMap((each) => to.map((other) => [each, other])))
  it.each(pairs)('%s becomes %s', async (from, to) => {
    const { bytes, name } = await convert(engine, await sample(from), from, to)
    expect(name).toBe(`out.${to}`)
    expect(formatOfOutput(to, bytes)?.id).toBe(to)
    const picture = await seen(bytes, to)
    expect([picture.at(0.5, 0.2), picture.at(0.5, 0.8)]).toEqual(['red', 'blue'])
    const size = { width: picture.width, height: picture.height }
    // A drawing is drawn large.
    expect(size).toEqual(from === 'svg' && to !== 'pdf' ? { width: 1024, height: 768 } : { width: 64, height: 48 })
    if (to === 'pdf') await using('qpdf', ['--check', '$in'], bytes)
  })
})

describe('a picture', () => {
  it('that was taken sideways is upright afterwards, and tells nothing of its taking', async () => {
    const photo = await flag()
      .jpeg()
      .withExif({ IFD0: { Orientation: '6', Artist: 'somebody' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .toBuffer()
    for (const to of ['png', 'webp', 'tiff', 'pdf']) {
      const { bytes } = await convert(images, photo, 'jpg', to)
      expect(bytes.includes('somebody')).toBe(false)
      const picture = await seen(bytes, to)
      expect([picture.width, picture.height]).toEqual([48, 64])
      // What was above is to the right.
      expect([picture.at(0.8, 0.5), picture.at(0.2, 0.5)]).toEqual(['red', 'blue'])
    }
    const { exif, orientation } = await sharp((await convert(images, photo, 'jpg', 'webp')).bytes).metadata()
    expect([exif, orientation]).toEqual([undefined, undefined])
  })
  it('that lets see through it stands on white where that can not be', async () => {
    const clear = await sharp({ create: { width: 8, height: 8, channels: 4, background: '#f000' } })
      .png()
      .toBuffer()
    for (const to of ['jpg', 'bmp', 'pdf']) {
      expect((await seen((await convert(images, clear, 'png', to)).bytes, to)).at(0.5, 0.5)).toBe('white')
    }
    expect((await sharp((await convert(images, clear, 'png', 'webp')).bytes).stats()).isOpaque).toBe(false)
  })
  it.each([
    ['gif', 'webp'],
    ['webp', 'gif'],
  ])('that moves goes on moving: %s to %s', async (from, to) => {
    const made = await using('ffmpeg', [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'testsrc=d=1:s=64x48:r=5',
      '-f',
      'gif',
      '$out',
    ])
    const moving = from === 'gif' ? made.bytes : await sharp(made.bytes, { animated: true }).webp().toBuffer()
    const { bytes } = await convert(images, moving, from, to)
    expect(await sharp(bytes).metadata()).toMatchObject({ pages: 5, delay: [200, 200, 200, 200, 200] })
    // One that can't move shows its first frame.
    expect((await seen((await convert(images, moving, from, 'png')).bytes, 'png')).height).toBe(48)
  })
  it('with several pages becomes as many pictures in a ZIP, or as many pages', async () => {
    const page = async (colour: string) =>
      sharp({ create: { width: 9, height: 9, channels: 3, background: colour } })
        .png()
        .toBuffer()
    const tall = await sharp([await page('red'), await page('blue')], { join: { animated: true } })
      .tiff()
      .toBuffer()
    expect((await sharp(tall).metadata()).pages).toBe(2)
    const { bytes, name } = await convert(images, tall, 'tiff', 'png')
    expect([name, formatOfOutput('png', bytes)?.id]).toEqual(['out.zip', 'zip'])
    expect((await using('unzip', ['-Z1', '$in'], bytes)).told).toBe('page-001.png\npage-002.png\n')
    await using('unzip', ['-tq', '$in'], bytes)
    const { bytes: pdf } = await convert(images, tall, 'tiff', 'pdf')
    expect((await using('pdfinfo', ['$in'], pdf)).told).toMatch(/Pages:\s+2\n/)
  })
  it('of any depth is read from a bitmap', async () => {
    const png = await flag().png().toBuffer()
    for (const depth of ['bgr24', 'bgra', 'rgb565le', 'rgb555le', 'pal8']) {
      const bmp = await ffmpeg(png, '-pix_fmt', depth)
      const picture = await seen((await convert(images, bmp, 'bmp', 'png')).bytes, 'png')
      expect([depth, picture.width, picture.at(0.5, 0.2), picture.at(0.5, 0.8)]).toEqual([depth, 64, 'red', 'blue'])
    }
  })
  it('of cyan, magenta, yellow and black has its colours', async () => {
    const cmyk = await flag().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer()
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk')
    const { bytes } = await convert(images, cmyk, 'jpg', 'png')
    expect(await sharp(bytes).metadata()).toMatchObject({ space: 'srgb', channels: 3 })
    const { bytes: pdf } = await convert(images, await flag().greyscale().png().toBuffer(), 'png', 'pdf')
    await using('qpdf', ['--check', '$in'], pdf)
  })
})

describe('what is refused', () => {
  it.each(['jpg', 'png', 'webp', 'avif', 'gif', 'tiff', 'bmp', 'svg'])(
    'a %s file that is empty, cut off, or none',
    async (from) => {
      const whole = await sample(from)
      expect(await failureOf(images, '', from, 'png')).toBe('refused')
      expect(await failureOf(images, 'words, and no picture', from, 'pdf')).toBe('refused')
      const cut = whole.subarray(0, Math.floor(whole.length * 0.5))
      if (from !== 'gif') expect(await failureOf(images, cut, from, 'png')).toBe('refused')
    },
  )
  it('a picture that is another than it is said to be', async () => {
    expect(await failureOf(images, await sample('png'), 'jpg', 'webp')).toBe('refused')
    expect(await failureOf(images, svg, 'png', 'webp')).toBe('refused')
    expect(await failureOf(images, '%PDF-1.4\n%%EOF', 'png', 'webp')).toBe('refused')
    expect(await failureOf(images, 'push graphic-context\nimage over 0,0 0,0 "|id"\n', 'svg', 'png')).toBe('refused')
  })
  it('a picture with more than 100 million pixels, or that says so', async () => {
    expect(await failureOf(images, blackPng(20_000, 20_000), 'png', 'jpg')).toBe('too_large')
    expect(await failureOf(images, await lyingJpeg(60_000, 60_000), 'jpg', 'png')).toBe('too_large')
    expect(
      await failureOf(images, svg.replace('width="64" height="48"', 'width="50000" height="50000"'), 'svg', 'png'),
    ).toBe('too_large')
    const bmp = await sample('bmp')
    bmp.writeInt32LE(100_000, 18)
    bmp.writeInt32LE(100_000, 22)
    expect(await failureOf(images, bmp, 'bmp', 'png')).toBe('refused')
  })
  it('a photo that is none', async () => {
    const whole = await sample('heic')
    expect(await failureOf(photos, whole.subarray(0, 400), 'heic', 'jpg')).toBe('refused')
    expect(await failureOf(photos, 'words', 'heic', 'jpg')).toBe('refused')
  })
})

it('a drawing that names files and addresses is drawn without them', async () => {
  const canary = await openCanary()
  const drawing = `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY secret SYSTEM "file://${canary.file}">]>
    <?xml-stylesheet href="${canary.url}.css"?>
    <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="48">
    <image xlink:href="${canary.url}.png" width="9" height="9"/><image href="file://${canary.file}" width="9" height="9"/>
    <style>@import url(${canary.url}.css); text { font: 9px url(${canary.url}.ttf) }</style>
    <use href="${canary.url}.svg#a"/><script>fetch('${canary.url}')</script><text>&secret;</text></svg>`
  await failureOf(images, drawing, 'svg', 'png')
  await failureOf(images, drawing.replace(/<!DOCTYPE.*>/, '').replace('&secret;', ''), 'svg', 'png')
  expect(canary.hits()).toBe(0)
  await canary.close()
})

describe('without a sandbox', () => {
  const none: Sandbox = { ...sandbox, isAvailable: () => Promise.resolve(false) }
  const { images: alone, photos } = openPictureEngines(none)
  it('pictures are converted all the same', async () => {
    expect(await alone.isInstalled()).toBe(true)
    const { bytes, name } = await convert(alone, await sample('png'), 'png', 'webp')
    expect([name, formatOfOutput('webp', bytes)?.id]).toEqual(['out.webp', 'webp'])
    expect(await failureOf(alone, 'words', 'png', 'webp')).toBe('refused')
    expect(await failureOf(alone, blackPng(20_000, 20_000), 'png', 'webp')).toBe('too_large')
    expect(await failureOf(alone, await sample('png'), 'png', 'webp', { signal: AbortSignal.abort() })).toBe(
      'cancelled',
    )
  })
  it('photos, which need a program, are not', async () => {
    expect(await photos.isInstalled()).toBe(false)
  })
})
