/** Which types of files there are for us: what they are shown as, and whether a browser may show them in place; pure. */
import type { FileCategory } from './file.ts'

export interface FileType {
  readonly category: FileCategory
  /**
   * Whether a browser may show it in place, from our own origin. Never what can hold a script or load anything: SVG, HTML,
   * XML. PDF neither: Chromium's viewer does not run in a sandboxed response, and there are pictures of its pages.
   */
  readonly isSafeInline: boolean
  /** What names of such files end with, the usual ending first; without the dot. */
  readonly extensions: readonly string[]
}

const type = (category: FileCategory, isSafeInline: boolean, ...extensions: string[]): FileType => ({
  category,
  isSafeInline,
  extensions,
})

export const UNKNOWN_TYPE = 'application/octet-stream'

const officeXml = 'application/vnd.openxmlformats-officedocument'
const openDocument = 'application/vnd.oasis.opendocument'

/** By content type, without parameters. Whatever is not here is `application/octet-stream`. */
const types: ReadonlyMap<string, FileType> = new Map(
  Object.entries({
    'image/png': type('image', true, 'png'),
    'image/apng': type('image', false, 'apng'),
    'image/jpeg': type('image', true, 'jpg', 'jpeg'),
    'image/gif': type('image', true, 'gif'),
    'image/webp': type('image', true, 'webp'),
    'image/avif': type('image', true, 'avif'),
    'image/svg+xml': type('image', false, 'svg'),
    'image/tiff': type('image', false, 'tif', 'tiff'),
    'image/heic': type('image', false, 'heic'),
    'image/heif': type('image', false, 'heif'),
    'image/bmp': type('image', false, 'bmp'),

    'video/mp4': type('video', true, 'mp4', 'm4v'),
    'video/webm': type('video', true, 'webm'),
    'video/ogg': type('video', true, 'ogv'),
    'video/quicktime': type('video', false, 'mov'),
    'video/matroska': type('video', false, 'mkv'),
    'video/vnd.avi': type('video', false, 'avi'),
    'video/mpeg': type('video', false, 'mpg', 'mpeg'),
    'video/mp2t': type('video', false, 'ts'),
    'video/3gpp': type('video', false, '3gp'),
    'video/3gpp2': type('video', false, '3g2'),
    'video/x-flv': type('video', false, 'flv'),
    'video/x-ms-asf': type('video', false, 'wmv'),

    'audio/mpeg': type('audio', true, 'mp3'),
    'audio/wav': type('audio', true, 'wav'),
    'audio/ogg': type('audio', true, 'ogg', 'opus'),
    'audio/mp4': type('audio', true, 'm4a'),
    'audio/webm': type('audio', true, 'weba'),
    'audio/flac': type('audio', true, 'flac'),
    'audio/aac': type('audio', false, 'aac'),
    'audio/amr': type('audio', false, 'amr'),
    'audio/aiff': type('audio', false, 'aif', 'aiff'),
    'audio/midi': type('audio', false, 'mid'),
    'audio/x-ms-asf': type('audio', false, 'wma'),

    'application/pdf': type('pdf', false, 'pdf'),

    [`${officeXml}.wordprocessingml.document`]: type('word', false, 'docx'),
    [`${officeXml}.wordprocessingml.template`]: type('word', false, 'dotx'),
    'application/vnd.ms-word.document.macroenabled.12': type('word', false, 'docm'),
    [`${openDocument}.text`]: type('word', false, 'odt'),
    'application/msword': type('word', false, 'doc'),
    'application/rtf': type('word', false, 'rtf'),

    [`${officeXml}.spreadsheetml.sheet`]: type('excel', false, 'xlsx'),
    [`${officeXml}.spreadsheetml.template`]: type('excel', false, 'xltx'),
    'application/vnd.ms-excel.sheet.macroenabled.12': type('excel', false, 'xlsm'),
    [`${openDocument}.spreadsheet`]: type('excel', false, 'ods'),
    'application/vnd.ms-excel': type('excel', false, 'xls'),

    [`${officeXml}.presentationml.presentation`]: type('powerpoint', false, 'pptx'),
    [`${officeXml}.presentationml.slideshow`]: type('powerpoint', false, 'ppsx'),
    [`${officeXml}.presentationml.template`]: type('powerpoint', false, 'potx'),
    'application/vnd.ms-powerpoint.presentation.macroenabled.12': type('powerpoint', false, 'pptm'),
    [`${openDocument}.presentation`]: type('powerpoint', false, 'odp'),
    'application/vnd.ms-powerpoint': type('powerpoint', false, 'ppt'),

    'text/plain': type('text', true, 'txt', 'log'),
    'text/markdown': type('text', true, 'md', 'markdown'),
    'text/csv': type('text', true, 'csv'),
    'application/json': type('text', true, 'json'),
    'text/html': type('text', false, 'html', 'htm', 'xhtml'),
    'application/xml': type('text', false, 'xml'),

    'application/zip': type('archive', false, 'zip'),
    'application/gzip': type('archive', false, 'gz', 'tgz'),
    'application/x-tar': type('archive', false, 'tar'),
    'application/x-7z-compressed': type('archive', false, '7z'),
    'application/x-rar-compressed': type('archive', false, 'rar'),
    'application/x-bzip2': type('archive', false, 'bz2'),
    'application/x-xz': type('archive', false, 'xz'),
    'application/zstd': type('archive', false, 'zst'),
    'application/java-archive': type('archive', false, 'jar'),

    'application/epub+zip': type('other', false, 'epub'),

    [UNKNOWN_TYPE]: type('other', false, 'bin'),
  }),
)

const unknown = type('other', false, 'bin')

/** @param contentType with or without parameters */
export const fileTypeOf = (contentType: string): FileType => types.get(withoutParameters(contentType)) ?? unknown

/** Whether it is one of ours. */
export const isKnownType = (contentType: string): boolean => types.has(withoutParameters(contentType))

/** The ending of a name, in lower case and without the dot; empty where it has none. */
export const extensionOf = (name: string): string => /[^./\\]\.([a-z0-9]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? ''

const withoutParameters = (contentType: string): string => contentType.replace(/;.*$/s, '').trim().toLowerCase()
