/**
 * The process that converts one picture: `convert-picture.process.ts <input> <from> <output without extension> <to>`. Several
 * pages become several files, or one PDF document. It ends with one of the codes of `exit-codes.ts`.
 */
import { open, readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import sharp, { type Sharp, type SharpOptions } from 'sharp'
import { readBitmap, writeBitmap } from './bitmap.ts'
import { exitCodes } from './exit-codes.ts'
import { type PagePicture, writePdf } from './pdf-of-pictures.ts'

/** The most pixels that all frames or pages of a picture may unpack to, together. */
const MOST_PIXELS = 100_000_000
const MOST_PAGES = 500
/** How long the longer side of a drawing is at least, in pixels. */
const DRAWING = 1024
const WHITE = '#ffffff'

// Only what the table of formats knows as a picture is ever loaded.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Heif', 'Svg', 'Tiff'].map((name) => `VipsForeignLoad${name}File`),
})
sharp.cache(false)
sharp.concurrency(1)

const options: SharpOptions = { limitInputPixels: MOST_PIXELS, failOn: 'error', sequentialRead: true }

class TooLarge extends Error {}

/** One page or frame, upright; all frames of an animation together. */
interface Picture {
  readonly image: Sharp
  /** Pixels an inch. */
  readonly density: number
}

/** What keeps its movement. */
const animated = ['gif', 'webp']

async function* readPictures(input: string, from: string, to: string): AsyncIterable<Picture> {
  if (from === 'bmp') {
    const { data, ...raw } = readBitmap(await readFile(input), MOST_PIXELS)
    yield { image: sharp(data, { raw }), density: 96 }
    return
  }
  const {
    width,
    height,
    pages = 1,
    density,
    format,
  } = await sharp(input, { ...options, limitInputPixels: false }).metadata()
  if (format !== (from === 'jpg' ? 'jpeg' : from === 'avif' ? 'heif' : from)) throw new RangeError(`no ${from}`)
  if (pages > MOST_PAGES || width * height > MOST_PIXELS) throw new TooLarge()
  if (from === 'svg') {
    const scale = Math.max(DRAWING / Math.max(width, height), 1)
    yield { image: sharp(input, { ...options, density: Math.min(72 * scale, 2400) }), density: 96 * scale }
    return
  }
  if (pages > 1 && animated.includes(from)) {
    const isKept = animated.includes(to)
    if (isKept && width * height * pages > MOST_PIXELS) throw new TooLarge()
    yield { image: sharp(input, { ...options, animated: isKept }), density: 96 }
    return
  }
  for (let page = 0; page < (from === 'tiff' ? pages : 1); page++) {
    yield { image: sharp(input, { ...options, page }).autoOrient(), density: usable(density) }
  }
}

/** Many programs write 1 or 72 for "don't know". */
const usable = (density: number | undefined): number => (density === undefined || density <= 72 ? 96 : density)

const encoders: Readonly<Record<string, (image: Sharp) => Sharp>> = {
  jpg: (image) => image.flatten({ background: WHITE }).jpeg({ quality: 90 }),
  png: (image) => image.png(),
  webp: (image) => image.webp({ quality: 85 }),
  // A picture of 12 Mpx takes 1.2 s with so little effort, and many times as long with the usual one.
  avif: (image) => image.avif({ quality: 60, effort: 2 }),
  gif: (image) => image.gif(),
  tiff: (image) => image.tiff({ compression: 'lzw', predictor: 'horizontal' }),
}

const writePicture = async ({ image }: Picture, output: string, to: string): Promise<void> => {
  if (to === 'bmp') {
    const { data, info } = await opaque(image).raw().toBuffer({ resolveWithObject: true })
    await writeFile(output, writeBitmap({ width: info.width, height: info.height, channels: 3, data }))
    return
  }
  const encode = encoders[to]
  if (encode === undefined) throw new RangeError(`nothing makes ${to}`)
  await encode(image).toFile(output)
}

const opaque = (image: Sharp): Sharp => image.flatten({ background: WHITE }).toColourspace('srgb').removeAlpha()

/** What has lost some of its precision already is packed as JPEG; everything else keeps every pixel. */
const lossy = ['jpg', 'webp', 'avif', 'heic']

async function* pagesOf(pictures: AsyncIterable<Picture>, from: string): AsyncIterable<PagePicture> {
  for await (const { image, density } of pictures) {
    const isLossy = lossy.includes(from)
    const ready = isLossy ? opaque(image).jpeg({ quality: 92, chromaSubsampling: '4:4:4' }) : opaque(image).raw()
    const { data, info } = await ready.toBuffer({ resolveWithObject: true })
    yield {
      width: info.width,
      height: info.height,
      density,
      colours: info.channels === 1 ? 'grey' : 'rgb',
      filter: isLossy ? 'DCTDecode' : 'FlateDecode',
      data: isLossy ? data : await promisify(deflate)(data),
    }
  }
}

const convert = async (input: string, from: string, output: string, to: string): Promise<void> => {
  const pictures = readPictures(input, from, to)
  if (to === 'pdf') {
    const file = await open(`${output}.pdf`, 'wx', 0o600)
    await writePdf(file, pagesOf(pictures, from))
    await file.close()
    return
  }
  let page = 0
  for await (const picture of pictures) {
    await writePicture(picture, `${output}-${`${++page}`.padStart(3, '0')}.${to}`, to)
  }
}

const [input = '', from = '', output = '', to = ''] = process.argv.slice(2)
try {
  await convert(input, from, output, to)
} catch (error) {
  const isTooLarge = error instanceof TooLarge || (error instanceof Error && /exceeds pixel limit/.test(error.message))
  process.exitCode = isTooLarge ? exitCodes.tooLarge : exitCodes.refused
  process.stderr.write(String(error))
}
