/** Pictures: how large they are, and smaller ones made of them. */
import sharp, { type Sharp, type SharpOptions } from 'sharp'

/** The most pixels that a picture may unpack to. */
const MOST_PIXELS = 100_000_000

// Only what the table of types knows as a picture is ever loaded: libvips reads many more formats.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Heif', 'Svg', 'Tiff'].map((name) => `VipsForeignLoad${name}File`),
})
// Jobs are few and rarely alike.
sharp.cache(false)
sharp.concurrency(1)

const options: SharpOptions = {
  limitInputPixels: MOST_PIXELS,
  // A picture that lacks its end, or is none behind its first bytes, is no picture.
  failOn: 'error',
  sequentialRead: true,
  animated: false,
}

export type PictureSize = { readonly width: number; readonly height: number }

/**
 * Decodes it once, so that what has a size can be shown.
 * @returns pixels, upright; `broken` when it can't be decoded, `dangerous` when it unpacks to more than 100 Mpx
 */
export const measurePicture = async (path: string): Promise<PictureSize | 'broken' | 'dangerous'> => {
  try {
    const { autoOrient } = await sharp(path, { ...options, limitInputPixels: false }).metadata()
    if (autoOrient.width * autoOrient.height > MOST_PIXELS) return 'dangerous'
    await sharp(path, options).resize({ width: 16, height: 16, fit: 'inside' }).raw().toBuffer()
    return { width: autoOrient.width, height: autoOrient.height }
  } catch {
    return 'broken'
  }
}

/** @returns WebP, upright, without metadata, of the first frame; undefined when it can't be decoded */
export const shrinkPicture = async (path: string, longerSide: number): Promise<Uint8Array | undefined> => {
  try {
    const { format, autoOrient } = await sharp(path, options).metadata()
    const isVector = format === 'svg'
    const scale = longerSide / Math.max(autoOrient.width, autoOrient.height)
    // A drawing has no pixels of its own: it is drawn as large as it is wanted.
    const density = isVector ? { density: Math.min(Math.max(72 * scale, 1), 2400) } : {}
    return await toWebp(sharp(path, { ...options, ...density }).autoOrient(), longerSide)
  } catch {
    return undefined
  }
}

/** @param pixels four bytes a pixel: red, green, blue, opacity */
export const webpOfPixels = async (pixels: Uint8Array, size: PictureSize, longerSide: number): Promise<Uint8Array> =>
  toWebp(sharp(pixels, { raw: { ...size, channels: 4 } }), longerSide)

const toWebp = (image: Sharp, longerSide: number): Promise<Uint8Array> =>
  image
    .resize({ width: longerSide, height: longerSide, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80 })
    .toBuffer()
