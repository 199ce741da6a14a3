/** Which formats there are for conversions: how they are named, how one is told from another, what outputs look like; pure. */
import type { FormatId } from './engine.ts'

export interface Format {
  /** Its usual extension: how requests name it, and what outputs end with. */
  readonly id: FormatId
  /** For people. */
  readonly name: string
  /** What names of such files end with, the usual one first; without the dot. No extension belongs to two formats. */
  readonly extensions: readonly string[]
  /** As features/files names the content of uploads, without parameters; the first one is what outputs are sent as. */
  readonly contentTypes: readonly [string, ...string[]]
  /** Whether a file that begins so can be one. A proof only for formats with a signature; texts are told by their bytes. */
  readonly looksRight: (head: Uint8Array) => boolean
}

/** How much of the start of a file is enough to judge it, in bytes. */
export const HEAD_BYTES = 4096

/** @param name as requests write it, or an extension: `jpg`, `JPEG` */
export const findFormat = (name: string): Format | undefined => byExtension.get(name.toLowerCase())

/**
 * What an uploaded file is. Its content decides; its name is asked only among formats with the same content type (`rst` and
 * `txt`, `opus` and `ogg`).
 * @param contentType by content, from features/files, with or without parameters
 * @param extension of its name, without the dot; may be empty
 */
export const formatOfUpload = (contentType: string, extension: string): Format | undefined => {
  const bare = contentType.replace(/;.*$/s, '').trim().toLowerCase()
  const alike = formats.filter((format) => format.contentTypes.includes(bare))
  return alike.find((format) => format.extensions.includes(extension.toLowerCase())) ?? alike[0]
}

/**
 * What an engine has made. Documents with several pages become a ZIP of pictures where a picture was asked for.
 * @param head its first HEAD_BYTES, or all of it
 * @returns the format that was asked for, or ZIP; undefined when it is neither
 */
export const formatOfOutput = (wanted: FormatId, head: Uint8Array): Format | undefined => {
  const format = findFormat(wanted)
  if (format?.looksRight(head) === true) return format
  return pictures.includes(wanted) && zip.looksRight(head) ? zip : undefined
}

// ---- what files begin with

type Looks = Format['looksRight']

const latin1 = (head: Uint8Array, from = 0, to = head.length): string =>
  String.fromCodePoint(...head.subarray(from, Math.min(to, HEAD_BYTES)))

/** @param signature characters up to U+00FF, one for each byte */
const has =
  (signature: string, at = 0): Looks =>
  (head) =>
    latin1(head, at, at + signature.length) === signature
const any =
  (...looks: Looks[]): Looks =>
  (head) =>
    looks.some((each) => each(head))
const both =
  (...looks: Looks[]): Looks =>
  (head) =>
    looks.every((each) => each(head))

/** UTF-8 without NUL; empty files are none. A character that is cut off at the end of the head is no mistake. */
const isText: Looks = (head) => {
  if (head.length === 0 || head.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}
const textThat =
  (pattern: RegExp): Looks =>
  (head) =>
    isText(head) && pattern.test(new TextDecoder().decode(head))

const isZip = has('PK\u0003\u0004')
/** The name of the first member stands at 30; that of OpenDocument and EPUB is not packed (OpenDocument 1.3, part 2, 3.3). */
const openPackage = (contentType: string): Looks => both(isZip, has(`mimetype${contentType}`, 30))
/** Office Open XML packages begin with one of their well-known parts (ECMA-376, part 2). */
const officePackage: Looks = both(
  isZip,
  any(...['[Content_Types].xml', '_rels/', 'docProps/', 'word/', 'xl/', 'ppt/'].map((name) => has(name, 30))),
)
/** One container for documents of old office programs. */
const isOle = has('\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1')
const isRiff = (kind: string): Looks => both(has('RIFF'), has(kind, 8))
/** ISO/IEC 14496-12: the first box names the brands of the file. */
const isBranded =
  (brands: RegExp): Looks =>
  (head) =>
    has('ftyp', 4)(head) && brands.test(latin1(head, 8, 64))
/** Matroska and what descends from it name themselves in their first element. */
const isMatroska = (kind: string): Looks =>
  both(has('\u001aE\u00df\u00a3'), (head) => latin1(head, 0, 64).includes(kind))
const isAsf = has('\u0030\u0026\u00b2\u0075\u008e\u0066\u00cf\u0011')
/** A frame of MPEG audio, layer 3: eleven bits of synchronisation, then version and layer (ISO/IEC 11172-3, 2.4.2.3). */
const isMpegAudio: Looks = (head) => head[0] === 0xff && ((head[1] ?? 0) & 0xe6) === 0xe2
/** A frame of ADTS: the same beginning, layer 0 (ISO/IEC 14496-3, 1.A.3). */
const isAdts: Looks = (head) => head[0] === 0xff && ((head[1] ?? 0) & 0xf6) === 0xf0

// ---- the table

const format = (
  name: string,
  extensions: string,
  contentTypes: readonly [string, ...string[]],
  looksRight: Looks,
): Format => ({
  id: extensions.split(' ')[0] ?? '',
  name,
  extensions: extensions.split(' '),
  contentTypes,
  looksRight,
})

const ooxml = 'application/vnd.openxmlformats-officedocument'
const openDocument = 'application/vnd.oasis.opendocument'
const open = (kind: string): [[string], Looks] => [[`${openDocument}.${kind}`], openPackage(`${openDocument}.${kind}`)]

const zip = format('ZIP archive', 'zip', ['application/zip'], isZip)

/** All of them; where several have the same content type, the first one is that of unknown extensions. */
export const formats: readonly Format[] = [
  format('PDF document', 'pdf', ['application/pdf'], has('%PDF-')),

  format('Word document', 'docx', [`${ooxml}.wordprocessingml.document`], officePackage),
  format('Word 97–2003 document', 'doc', ['application/msword'], isOle),
  format('OpenDocument text', 'odt', ...open('text')),
  format('Rich text', 'rtf', ['application/rtf'], has('{\\rtf')),
  format('Excel workbook', 'xlsx', [`${ooxml}.spreadsheetml.sheet`], officePackage),
  format('Excel 97–2003 workbook', 'xls', ['application/vnd.ms-excel'], isOle),
  format('OpenDocument spreadsheet', 'ods', ...open('spreadsheet')),
  format('PowerPoint presentation', 'pptx', [`${ooxml}.presentationml.presentation`], officePackage),
  format('PowerPoint 97–2003 presentation', 'ppt', ['application/vnd.ms-powerpoint'], isOle),
  format('OpenDocument presentation', 'odp', ...open('presentation')),
  format('EPUB book', 'epub', ['application/epub+zip'], openPackage('application/epub+zip')),

  format('Plain text', 'txt text log', ['text/plain'], isText),
  format('Comma-separated values', 'csv', ['text/csv'], isText),
  format('Markdown', 'md markdown', ['text/markdown'], isText),
  format('Web page', 'html htm xhtml', ['text/html'], textThat(/<(?:!doctype html|html|head|body|p|h\d|div|table)\b/i)),
  format('reStructuredText', 'rst', ['text/plain'], isText),
  format('LaTeX', 'tex latex', ['text/plain'], isText),

  format('JPEG picture', 'jpg jpeg', ['image/jpeg'], has('\u00ff\u00d8\u00ff')),
  format('PNG picture', 'png', ['image/png', 'image/apng'], has('\u0089PNG\r\n\u001a\n')),
  format('WebP picture', 'webp', ['image/webp'], isRiff('WEBP')),
  format('AVIF picture', 'avif', ['image/avif'], isBranded(/avi[fs]/)),
  format('GIF picture', 'gif', ['image/gif'], any(has('GIF87a'), has('GIF89a'))),
  format(
    'TIFF picture',
    'tiff tif',
    ['image/tiff'],
    any(...['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].map((each) => has(each))),
  ),
  format('Bitmap', 'bmp', ['image/bmp'], has('BM')),
  format('SVG drawing', 'svg', ['image/svg+xml'], textThat(/<(?:\w+:)?svg[\s/>]/i)),
  format('HEIC photo', 'heic heif', ['image/heic', 'image/heif'], isBranded(/hei[cxms]|hev[cx]|mif1|msf1/)),

  format('MP3 audio', 'mp3', ['audio/mpeg'], any(has('ID3'), isMpegAudio)),
  format('WAV audio', 'wav', ['audio/wav'], isRiff('WAVE')),
  format('FLAC audio', 'flac', ['audio/flac'], has('fLaC')),
  format('Ogg Vorbis audio', 'ogg oga', ['audio/ogg'], both(has('OggS'), has('\u0001vorbis', 28))),
  format('Opus audio', 'opus', ['audio/ogg'], both(has('OggS'), has('OpusHead', 28))),
  format('M4A audio', 'm4a', ['audio/mp4'], isBranded(/M4A |isom|mp42/)),
  format('AAC audio', 'aac', ['audio/aac'], isAdts),
  format('AIFF audio', 'aiff aif', ['audio/aiff'], both(has('FORM'), has('AIF', 8))),
  format('WebM audio', 'weba', ['audio/webm'], isMatroska('webm')),
  format('Windows Media audio', 'wma', ['audio/x-ms-asf'], isAsf),

  format('MP4 video', 'mp4 m4v', ['video/mp4'], isBranded(/isom|mp4[12]|avc1|M4V/)),
  format('WebM video', 'webm', ['video/webm'], isMatroska('webm')),
  format('Matroska video', 'mkv', ['video/matroska'], isMatroska('matroska')),
  format('QuickTime video', 'mov', ['video/quicktime'], isBranded(/qt {2}/)),
  format('AVI video', 'avi', ['video/vnd.avi'], isRiff('AVI ')),
  format('MPEG video', 'mpg mpeg', ['video/mpeg'], any(has('\0\0\u0001\u00ba'), has('\0\0\u0001\u00b3'))),
  format('Flash video', 'flv', ['video/x-flv'], has('FLV\u0001')),
  format('3GPP video', '3gp', ['video/3gpp'], isBranded(/3g[ep]/)),
  format('Ogg video', 'ogv', ['video/ogg'], has('OggS')),
  format('Windows Media video', 'wmv', ['video/x-ms-asf'], isAsf),

  zip,
]

/** What a document with several pages can't be in one file of. */
const pictures: readonly FormatId[] = ['png', 'jpg', 'webp', 'tiff', 'gif', 'bmp', 'avif', 'svg']

const byExtension: ReadonlyMap<string, Format> = new Map(
  formats.flatMap((each) => each.extensions.map((extension) => [extension, each])),
)
