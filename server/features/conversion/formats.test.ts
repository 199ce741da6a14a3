/** What files are called and what they begin with. The signatures are those of the formats' own standards. */
import { expect, it } from 'vitest'
import { fileTypeOf } from '../files/index.ts'
import { findFormat, formatOfOutput, formatOfUpload, formats } from './formats.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

it('every format is named by its usual extension, and no extension belongs to two', () => {
  for (const { id, extensions } of formats) expect(extensions[0]).toBe(id)
  const all = formats.flatMap(({ extensions }) => extensions)
  expect(new Set(all).size).toBe(all.length)
  // As requests may spell it (contract/conversion).
  for (const { id } of formats) expect(id).toMatch(/^[a-z0-9]{1,8}$/)
})

it('every format can be recognised when it is uploaded', () => {
  const [ofUnknown] = fileTypeOf('application/octet-stream').extensions
  const unknown = formats.filter(({ contentTypes }) =>
    contentTypes.some((type) => fileTypeOf(type).extensions[0] === ofUnknown),
  )
  expect(unknown.map(({ id }) => id)).toEqual([])
})

it.each([
  ['jpg', 'jpg'],
  ['jpeg', 'jpg'],
  ['JPEG', 'jpg'],
  ['tif', 'tiff'],
  ['htm', 'html'],
  ['latex', 'tex'],
  ['exe', undefined],
  ['', undefined],
  ['constructor', undefined],
])('a format is found by its name or any of its extensions: %s', (name, id) => {
  expect(findFormat(name)?.id).toBe(id)
})

it.each([
  ['application/pdf', 'docx', 'pdf'],
  ['image/png', 'jpg', 'png'],
  ['text/plain; charset=utf-8', 'rst', 'rst'],
  ['text/plain; charset=utf-8', 'TEX', 'tex'],
  ['text/plain', '', 'txt'],
  ['text/plain', 'docx', 'txt'],
  ['audio/ogg', 'opus', 'opus'],
  ['audio/ogg', 'ogg', 'ogg'],
  ['video/x-ms-asf', 'wmv', 'wmv'],
  ['application/octet-stream', 'docx', undefined],
  ['application/x-msdownload', 'pdf', undefined],
])(
  'an upload is what its content is; its name chooses only among the same content: %s named .%s',
  (type, ending, id) => {
    expect(formatOfUpload(type, ending)?.id).toBe(id)
  },
)

it.each([
  ['pdf', '%PDF-1.7\n'],
  ['docx', 'PK\u0003\u0004'.padEnd(30, '\0') + '[Content_Types].xml'],
  ['xlsx', 'PK\u0003\u0004'.padEnd(30, '\0') + 'xl/workbook.xml'],
  ['odt', 'PK\u0003\u0004'.padEnd(30, '\0') + 'mimetypeapplication/vnd.oasis.opendocument.textPK'],
  ['epub', 'PK\u0003\u0004'.padEnd(30, '\0') + 'mimetypeapplication/epub+zipPK'],
  ['xls', '\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1'],
  ['rtf', '{\\rtf1\\ansi'],
  ['html', '<!DOCTYPE html>\n<html>'],
  ['txt', '\u00ef\u00bb\u00bfwords'],
  ['csv', 'a,b\r\n'],
  ['jpg', '\u00ff\u00d8\u00ff\u00e0'],
  ['png', '\u0089PNG\r\n\u001a\n'],
  ['webp', 'RIFF\u0010\0\0\0WEBPVP8 '],
  ['avif', '\0\0\0\u001cftypavif'],
  ['heic', '\0\0\0\u0018ftypheic'],
  ['gif', 'GIF89a'],
  ['tiff', 'II*\0'],
  ['tiff', 'MM\0*'],
  ['svg', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">'],
  ['mp3', 'ID3\u0004'],
  ['mp3', '\u00ff\u00fb\u0090'],
  ['aac', '\u00ff\u00f1\u0050'],
  ['wav', 'RIFF\0\0\0\0WAVEfmt '],
  ['flac', 'fLaC'],
  ['opus', 'OggS'.padEnd(28, '\0') + 'OpusHead'],
  ['ogg', 'OggS'.padEnd(28, '\0') + '\u0001vorbis'],
  ['mp4', '\0\0\0\u0020ftypisom'],
  ['mov', '\0\0\0\u0014ftypqt  '],
  ['webm', '\u001aE\u00df\u00a3\u009fB\u0086\u0081\u0001B\u0082\u0084webm'],
  ['mkv', '\u001aE\u00df\u00a3\u009fB\u0086\u0081\u0001B\u0082\u0088matroska'],
  ['avi', 'RIFF\0\0\0\0AVI LIST'],
])('an output that begins as %s does is one', (id, head) => {
  expect(formatOfOutput(id, bytes(head))?.id).toBe(id)
})

it.each([
  ['pdf', ''],
  ['pdf', ' %PDF-1.7'],
  ['docx', 'PK\u0003\u0004'.padEnd(30, '\0') + 'evil.exe'],
  ['odt', 'PK\u0003\u0004'.padEnd(30, '\0') + 'mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK'],
  ['txt', ''],
  ['txt', 'a\0b'],
  ['txt', '\u00ff\u00fe\u00fa'],
  ['html', 'words'],
  ['mp3', '\u00ff\u00f1\u0050'],
  ['webm', '\u001aE\u00df\u00a3\u009fB\u0086\u0081\u0001B\u0082\u0088matroska'],
  ['opus', 'OggS'.padEnd(28, '\0') + '\u0001vorbis'],
  ['mp4', 'garbage garbage'],
  ['nothing', 'anything'],
])('an output that begins otherwise is none: %s', (id, head) => {
  expect(formatOfOutput(id, bytes(head))).toBeUndefined()
})

it('a text that is cut off within a character is a text', () => {
  expect(formatOfOutput('txt', bytes('vi\u00e1\u00ba'))?.id).toBe('txt')
})

it('several pages of pictures come as a ZIP; nothing else does', () => {
  const zip = bytes('PK\u0003\u0004'.padEnd(30, '\0') + 'page-1.png')
  expect(formatOfOutput('png', zip)?.id).toBe('zip')
  expect(formatOfOutput('pdf', zip)).toBeUndefined()
  expect(formatOfOutput('docx', zip)).toBeUndefined()
})
