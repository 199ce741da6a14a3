/** Windows bitmaps, which the library for pictures neither reads nor writes: to pixels and back. */

/** Rows from the top, without padding. */
export interface Pixels {
  readonly width: number
  readonly height: number
  /** Bytes a pixel: red, green, blue, and opacity where there are four. */
  readonly channels: 3 | 4
  readonly data: Uint8Array
}

const FILE_HEADER = 14
const INFO_HEADER = 40
const CORE_HEADER = 12
/** Kinds of compression (BITMAPINFOHEADER, biCompression). */
const PLAIN = 0
const BIT_FIELDS = [3, 6]

/**
 * Reads every bitmap that is not compressed.
 * @param mostPixels more are not unpacked
 * @throws RangeError where it is cut off, compressed, or none
 */
export const readBitmap = (file: Buffer, mostPixels: number): Pixels => {
  const headerBytes = file.readUInt32LE(FILE_HEADER)
  const isOld = headerBytes === CORE_HEADER
  if (!isOld && (headerBytes < INFO_HEADER || headerBytes > 124)) throw new RangeError('an unknown header')
  const width = isOld ? file.readUInt16LE(18) : file.readInt32LE(18)
  const signedHeight = isOld ? file.readUInt16LE(20) : file.readInt32LE(22)
  const bits = file.readUInt16LE(isOld ? 24 : 28)
  const compression = isOld ? PLAIN : file.readUInt32LE(30)
  const height = Math.abs(signedHeight)
  if (width <= 0 || height === 0 || width * height > mostPixels) throw new RangeError('an impossible size')
  if (compression !== PLAIN && !BIT_FIELDS.includes(compression)) throw new RangeError('compressed')

  const colourAt =
    bits <= 8 ? paletteReader(file, headerBytes, bits) : fieldReader(file, headerBytes, bits, compression)
  const start = file.readUInt32LE(10)
  const rowBytes = Math.ceil((width * bits) / 32) * 4
  if (start + rowBytes * height > file.length) throw new RangeError('cut off')
  const data = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y++) {
    // A negative height means that the rows go down from the top.
    const row = start + (signedHeight < 0 ? y : height - 1 - y) * rowBytes
    for (let x = 0; x < width; x++) colourAt(row, x, data, (y * width + x) * 4)
  }
  // Many programs write zeros where the opacity would be, and mean none.
  if (bits !== 32 || !data.some((value, at) => at % 4 === 3 && value > 0))
    for (let at = 3; at < data.length; at += 4) data[at] = 255
  return { width, height, channels: 4, data }
}

/** Writes the colour of the pixel `x` of a row to `data[at…]`. */
type ColourAt = (row: number, x: number, data: Uint8Array, at: number) => void

const paletteReader = (file: Buffer, headerBytes: number, bits: number): ColourAt => {
  if (![1, 4, 8].includes(bits)) throw new RangeError('an unknown depth')
  const palette = FILE_HEADER + headerBytes
  const entryBytes = headerBytes === CORE_HEADER ? 3 : 4
  const perByte = 8 / bits
  const mask = (1 << bits) - 1
  return (row, x, data, at) => {
    const shift = 8 - bits * ((x % perByte) + 1)
    const entry = palette + (((file[row + Math.floor(x / perByte)] ?? 0) >> shift) & mask) * entryBytes
    data[at] = file[entry + 2] ?? 0
    data[at + 1] = file[entry + 1] ?? 0
    data[at + 2] = file[entry] ?? 0
  }
}

const fieldReader = (file: Buffer, headerBytes: number, bits: number, compression: number): ColourAt => {
  if (bits === 24) {
    return (row, x, data, at) => {
      data[at] = file[row + x * 3 + 2] ?? 0
      data[at + 1] = file[row + x * 3 + 1] ?? 0
      data[at + 2] = file[row + x * 3] ?? 0
    }
  }
  if (bits !== 16 && bits !== 32) throw new RangeError('an unknown depth')
  const fields = fieldMasks(file, headerBytes, bits, compression).map(fieldOf)
  const bytes = bits / 8
  return (row, x, data, at) => {
    const value = bits === 16 ? file.readUInt16LE(row + x * bytes) : file.readUInt32LE(row + x * bytes)
    fields.forEach((field, channel) => (data[at + channel] = field(value)))
  }
}

/** Which bits are red, green, blue and opacity. */
const fieldMasks = (file: Buffer, headerBytes: number, bits: number, compression: number): number[] => {
  if (compression === PLAIN) return bits === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0xff00, 0xff, 0xff000000]
  const opacity = headerBytes >= 56 || compression === 6 ? file.readUInt32LE(66) : 0
  return [54, 58, 62].map((at) => file.readUInt32LE(at)).concat(opacity)
}

const fieldOf = (mask: number): ((value: number) => number) => {
  if (mask === 0) return () => 0
  const shift = 31 - Math.clz32(mask & -mask)
  const most = mask >>> shift
  return (value) => Math.round((((value & mask) >>> shift) * 255) / most)
}

/** Writes 24 bits a pixel, without opacity. @param pixels three channels */
export const writeBitmap = ({ width, height, data }: Pixels, pixelsPerMetre = 3780): Buffer => {
  const rowBytes = Math.ceil((width * 3) / 4) * 4
  const start = FILE_HEADER + INFO_HEADER
  const file = Buffer.alloc(start + rowBytes * height)
  file.write('BM', 'latin1')
  file.writeUInt32LE(file.length, 2)
  file.writeUInt32LE(start, 10)
  file.writeUInt32LE(INFO_HEADER, 14)
  file.writeInt32LE(width, 18)
  file.writeInt32LE(height, 22)
  file.writeUInt16LE(1, 26)
  file.writeUInt16LE(24, 28)
  file.writeUInt32LE(rowBytes * height, 34)
  file.writeInt32LE(pixelsPerMetre, 38)
  file.writeInt32LE(pixelsPerMetre, 42)
  for (let y = 0; y < height; y++) {
    let to = start + (height - 1 - y) * rowBytes
    for (let from = y * width * 3; from < (y + 1) * width * 3; from += 3) {
      file[to++] = data[from + 2] ?? 0
      file[to++] = data[from + 1] ?? 0
      file[to++] = data[from] ?? 0
    }
  }
  return file
}
