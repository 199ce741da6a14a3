/** The smallest files that are what they claim to be, and some that are not. */
import { crc32, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import sharp from 'sharp'
import { zipOf } from './archives-for-tests.ts'

const text = (content: string): Buffer => Buffer.from(content)
const hex = (...digits: string[]): Buffer => Buffer.from(digits.join('').replaceAll(' ', ''), 'hex')

// ---- pictures

const square = () => sharp({ create: { width: 8, height: 4, channels: 3, background: '#f00' } })

const chunkOf = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** A PNG of black pixels, one bit each: some kilobytes, however many there are. */
export const blackPng = (width: number, height: number): Buffer => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 1
  const pixels = deflateSync(Buffer.alloc(height * (Math.ceil(width / 8) + 1)), { level: 9 })
  return Buffer.concat([
    hex('89504e470d0a1a0a'),
    chunkOf('IHDR', header),
    chunkOf('IDAT', pixels),
    chunkOf('IEND', Buffer.alloc(0)),
  ])
}

/** A JPEG that says it were so large, and has the bytes of a small one. */
export const lyingJpeg = async (width: number, height: number): Promise<Buffer> => {
  const bytes = await square().jpeg().toBuffer()
  const frame = bytes.indexOf(hex('ffc0'))
  bytes.writeUInt16BE(height, frame + 5)
  bytes.writeUInt16BE(width, frame + 7)
  return bytes
}

/** A GIF that says so of its screen. */
export const lyingGif = async (width: number, height: number): Promise<Buffer> => {
  const bytes = await square().gif().toBuffer()
  bytes.writeUInt16LE(width, 6)
  bytes.writeUInt16LE(height, 8)
  return bytes
}

// ---- sound

/** A second of silence: eight-bit samples, 8,000 of them. */
export const silence = (seconds: number): Buffer => {
  const samples = Buffer.alloc(8000 * seconds, 0x80)
  const header = Buffer.alloc(44)
  header.write('RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0', 'latin1')
  header.writeUInt32LE(36 + samples.length, 4)
  header.writeUInt32LE(8000, 24)
  header.writeUInt32LE(8000, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}

// ---- documents

const officeXml = (contentType: string, folder: string): Buffer =>
  zipOf([
    {
      name: '[Content_Types].xml',
      data: text(
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
          `<Override PartName="/${folder}/main.xml" ContentType="${contentType}.main+xml"/></Types>`,
      ),
    },
    { name: '_rels/.rels', data: text('<Relationships/>') },
    { name: `${folder}/main.xml`, data: text('<x/>') },
  ])

const ooxml = 'application/vnd.openxmlformats-officedocument'
const odf = 'application/vnd.oasis.opendocument'
/** The first member is not packed, so that its content is seen at a fixed place (OpenDocument 1.3, part 2, 3.3). */
const openDocument = (contentType: string): Buffer =>
  zipOf([
    { name: 'mimetype', data: text(contentType), isStored: true },
    { name: 'content.xml', data: text('<x/>') },
  ])

const tarOf = (name: string, content: string): Buffer => {
  const header = Buffer.alloc(512)
  header.write(name)
  header.write('0000644\0' + '0000000\0'.repeat(2), 100, 'latin1')
  header.write(`${content.length.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0        0`, 124, 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return Buffer.concat([header, Buffer.concat([text(content)], 512), Buffer.alloc(1024)])
}

export const PDF = text(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n' +
    'trailer<</Root 1 0 R>>\n%%EOF\n',
)
/** The head of a compound file, in which the programs of old kept all of their documents. */
export const OLE = Buffer.concat([hex('d0cf11e0a1b11ae1'), Buffer.alloc(2048)])

export interface Sample {
  readonly contentType: string
  readonly category: string
  readonly bytes: Buffer
}

/** One of each type that is told by content alone. */
export const makeSamples = async (): Promise<Sample[]> => {
  const sample = (category: string, contentType: string, bytes: Buffer): Sample => ({ category, contentType, bytes })
  return [
    sample('image', 'image/png', await square().png().toBuffer()),
    sample('image', 'image/jpeg', await square().jpeg().toBuffer()),
    sample('image', 'image/gif', await square().gif().toBuffer()),
    sample('image', 'image/webp', await square().webp().toBuffer()),
    sample('image', 'image/avif', await square().avif().toBuffer()),
    sample('image', 'image/tiff', await square().tiff().toBuffer()),
    sample('image', 'image/svg+xml', text('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"/>')),
    sample('audio', 'audio/wav', silence(1)),
    sample('pdf', 'application/pdf', PDF),
    sample('word', `${ooxml}.wordprocessingml.document`, officeXml(`${ooxml}.wordprocessingml.document`, 'word')),
    sample('excel', `${ooxml}.spreadsheetml.sheet`, officeXml(`${ooxml}.spreadsheetml.sheet`, 'xl')),
    sample(
      'powerpoint',
      `${ooxml}.presentationml.presentation`,
      officeXml(`${ooxml}.presentationml.presentation`, 'ppt'),
    ),
    sample('word', `${odf}.text`, openDocument(`${odf}.text`)),
    sample('excel', `${odf}.spreadsheet`, openDocument(`${odf}.spreadsheet`)),
    sample('powerpoint', `${odf}.presentation`, openDocument(`${odf}.presentation`)),
    sample('word', 'application/rtf', text('{\\rtf1 Words.}')),
    sample('text', 'text/html', text('<!DOCTYPE html><title>x</title><script>alert(1)</script>')),
    sample('text', 'application/xml', text('<?xml version="1.0"?><x/>')),
    sample('archive', 'application/zip', zipOf([{ name: 'a', data: text('a') }])),
    sample('archive', 'application/gzip', gzipSync('a')),
    sample('archive', 'application/zstd', zstdCompressSync('a')),
    sample('archive', 'application/x-tar', tarOf('a', 'a')),
    sample('archive', 'application/x-7z-compressed', Buffer.concat([hex('377abcaf271c0004'), Buffer.alloc(24)])),
    sample('archive', 'application/x-xz', Buffer.concat([hex('fd377a585a000004'), Buffer.alloc(24)])),
    sample('other', 'application/octet-stream', hex('4d5a9000 03000000 04000000 ffff0000')),
    sample('other', 'application/octet-stream', hex('7f454c46 02010100 00000000 00000000')),
    sample('other', 'application/octet-stream', hex('00010203 04050607 08090a0b 0c0d0e0f')),
  ]
}
