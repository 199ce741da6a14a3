/** What can become what, by the table that the server sends: choosing, searching, naming. Pure. */
import type { z } from 'zod'
import type { formatGroup } from '#contract/conversion/index.ts'

export type FormatGroup = z.output<typeof formatGroup>

export interface Pair {
  readonly from: string
  readonly to: string
}

/** Other endings of the same formats. */
const aliases: Readonly<Record<string, string>> = {
  jpeg: 'jpg',
  tif: 'tiff',
  heif: 'heic',
  htm: 'html',
  xhtml: 'html',
  markdown: 'md',
  text: 'txt',
  log: 'txt',
  latex: 'tex',
  m4v: 'mp4',
  mpeg: 'mpg',
  oga: 'ogg',
  aif: 'aiff',
}

/** What people call them, where that is more than the ending. */
const names: Readonly<Record<string, string>> = {
  docx: 'Word',
  doc: 'Word 97–2003',
  odt: 'OpenDocument Text',
  rtf: 'Rich Text',
  xlsx: 'Excel',
  xls: 'Excel 97–2003',
  ods: 'OpenDocument Spreadsheet',
  pptx: 'PowerPoint',
  ppt: 'PowerPoint 97–2003',
  odp: 'OpenDocument Presentation',
  md: 'Markdown',
  rst: 'reStructuredText',
  tex: 'LaTeX',
  jpg: 'JPEG',
  mkv: 'Matroska',
  mov: 'QuickTime',
}

/** The ending as people write it: `PDF`. */
export const shortFormatName = (format: string): string => format.toUpperCase()

/** `Word`, `PDF`: for sentences. */
export const formatName = (format: string): string => names[format] ?? shortFormatName(format)

/** A format by the ending of a name; the ending itself where the table doesn't say more. */
export const formatOf = (fileName: string): string => {
  const ending = /\.([^.\s/\\]{1,12})$/.exec(fileName)?.[1]?.toLowerCase() ?? ''
  return aliases[ending] ?? ending
}

/** Everything that a format can be converted into, without itself; in the order of the table. */
export const targetsOf = (groups: readonly FormatGroup[], from: string): string[] => [
  ...new Set(
    groups
      .filter(({ inputFormats }) => inputFormats.includes(from))
      .flatMap(({ outputFormats }) => outputFormats)
      .filter((to) => to !== from),
  ),
]

/** What all of these can be converted into. */
export const commonTargets = (targets: readonly (readonly string[])[]): string[] =>
  (targets[0] ?? []).filter((format) => targets.every((each) => each.includes(format)))

/** The largest file that the server takes of a format (of any, where it knows none), in bytes; null where it says nothing. */
export const largestOf = (groups: readonly FormatGroup[], format: string): number | null => {
  const fitting = groups.filter(({ inputFormats }) => inputFormats.includes(format))
  const sizes = (fitting.length > 0 ? fitting : groups).map(({ maxSize }) => maxSize)
  return sizes.length === 0 ? null : Math.max(...sizes)
}

/** Without case and accents. */
const folded = (text: string) => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()

/** Those that a search finds by ending or by name; exact endings first. */
export const searchFormats = (formats: readonly string[], query: string): string[] => {
  const wanted = folded(query).trim().replace(/^\./, '')
  if (wanted === '') return [...formats]
  const asFormat = aliases[wanted] ?? wanted
  const isNamed = (format: string) => ` ${folded(formatName(format))}`.includes(` ${wanted}`)
  const found = formats.filter((format) => format.includes(asFormat) || isNamed(format))
  return [...found.filter((format) => format === asFormat), ...found.filter((format) => format !== asFormat)]
}

/** `docx-to-pdf`; null for anything else. */
export const parsePair = (text: string): Pair | null => {
  const [, from, to] = /^([a-z0-9]{1,8})-to-([a-z0-9]{1,8})$/.exec(text) ?? []
  return from === undefined || to === undefined ? null : { from: aliases[from] ?? from, to: aliases[to] ?? to }
}

export const pairPath = ({ from, to }: Pair): string => `${from}-to-${to}`

export const isOffered = (groups: readonly FormatGroup[], { from, to }: Pair): boolean =>
  targetsOf(groups, from).includes(to)

const wellKnown: readonly string[] = [
  'docx-to-pdf',
  'xlsx-to-pdf',
  'pptx-to-pdf',
  'pdf-to-docx',
  'pdf-to-jpg',
  'pdf-to-txt',
  'jpg-to-pdf',
  'heic-to-jpg',
  'png-to-webp',
  'md-to-docx',
  'mov-to-mp4',
  'mp4-to-mp3',
]

/** The conversions that people ask for most, as far as this server does them. */
export const commonPairs = (groups: readonly FormatGroup[]): Pair[] =>
  wellKnown.flatMap((text) => parsePair(text) ?? []).filter((pair) => isOffered(groups, pair))
