/** Files to upload, made as the tests need them: pictures with what cameras write into them, and documents by hand. */
import sharp, { type Sharp } from 'sharp'

/** A picture of two halves, red above blue, so that it can be seen which way is up. */
export const redOverBlue = (width: number, height: number): Sharp =>
  sharp({ create: { width, height, channels: 3, background: '#00f' } }).composite([
    {
      input: { create: { width, height: Math.floor(height / 2), channels: 3, background: '#f00' } },
      top: 0,
      left: 0,
    },
  ])

/** What a camera that was held sideways writes: the pixels as it saw them, how to turn them, and where it was. */
export const photo = (width: number, height: number, orientation: number): Promise<Buffer> =>
  redOverBlue(width, height)
    .jpeg()
    .withExif({
      IFD0: { Make: 'Canary Camera' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '21/1 1/1 42/1' },
    })
    .withMetadata({ orientation })
    .toBuffer()

/** Which colour a place in a picture has, by name. */
export const colourAt = async (picture: Buffer, x: number, y: number): Promise<string> => {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const at = (Math.floor(y * (info.height - 1)) * info.width + Math.floor(x * (info.width - 1))) * info.channels
  const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3)
  const names = { red: red > 128, green: green > 128, blue: blue > 128 }
  return Object.entries(names)
    .filter(([, isLit]) => isLit)
    .map(([name]) => name)
    .join(' and ')
}

/** A PDF document; each page is one colour, as three numbers from 0 to 1. */
export const pdfOf = (colours: readonly string[], { width = 600, height = 800 } = {}): Buffer => {
  const pages = colours.map((colour, at) => {
    const drawing = `${colour} rg 0 0 ${width} ${height} re f`
    return [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents ${4 + 2 * at} 0 R >>`,
      `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`,
    ]
  })
  const kids = colours.map((_, at) => `${3 + 2 * at} 0 R`).join(' ')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${colours.length} >>`,
    ...pages.flat(),
  ]
  let text = '%PDF-1.4\n'
  const offsets = objects.map((object, at) => {
    const offset = text.length
    text += `${at + 1} 0 obj\n${object}\nendobj\n`
    return `${String(offset).padStart(10, '0')} 00000 n \n`
  })
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`
  return Buffer.from(
    `${text}${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`,
  )
}
