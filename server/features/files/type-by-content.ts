/** Decides what a file is from what its bytes look like; its name is asked among text formats and old office documents. */
import { extensionOf, fileTypeOf, isKnownType, UNKNOWN_TYPE } from './file-types.ts'

export type Charset = 'utf-8' | 'utf-16le' | 'utf-16be'

/** What was seen in a file. */
export interface Looks {
  /** Its first bytes. */
  readonly head: Uint8Array
  /** How its characters are written, where all of it is text: valid, and without the control characters of binary files. */
  readonly charset: Charset | undefined
  /** What its signature stands for, where it is no text. */
  readonly mime: string | undefined
}

/** @returns one of our own content types, with a charset where it is shown as text */
export const typeByContent = ({ head, charset, mime }: Looks, name: string): string => {
  if (charset !== undefined) return typeOfText(new TextDecoder(charset).decode(head), charset, extensionOf(name))
  return mime === undefined ? UNKNOWN_TYPE : ourTypeOf(mime, head, extensionOf(name))
}

// ---- text

const textOf = (type: string, charset: Charset): string => `${type}; charset=${charset}`

/** Types whose ending is believed where nothing in the text speaks against it. */
const believed = ['text/markdown', 'text/csv', 'application/json', 'text/html', 'application/xml', 'image/svg+xml']

const typeOfText = (text: string, charset: Charset, extension: string): string => {
  const start = text.replace(/^\uFEFF/, '').trimStart()
  if (start.startsWith('%PDF-')) return 'application/pdf'
  if (start.startsWith('{\\rtf')) return 'application/rtf'
  const byName = believed.find((type) => fileTypeOf(type).extensions.includes(extension))
  const markup = markupOf(start, byName === undefined && extension !== 'txt')
  if (markup !== undefined) return markup
  // A drawing that is none would be drawn by nobody.
  if (byName === 'image/svg+xml') return 'application/xml'
  if (byName === 'text/html' || byName === 'application/xml') return byName
  return textOf(byName ?? 'text/plain', charset)
}

const PROLOGUE = /^(?:<\?xml[^>]*>|<!--[\s\S]*?-->|<!DOCTYPE[^>[]*(?:\[[\s\S]*?\]\s*)?>|\s+)+/i
const DOCUMENT = /^(?:<!doctype\s+html|<html[\s/>])/i
/** Elements by which browsers take a text for HTML. Markdown and templates begin with them too. */
const ELEMENT = /^<(?:head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)[\s/>]/i

/** @param isNameless nothing in the name says that it is another kind of text */
const markupOf = (start: string, isNameless: boolean): string | undefined => {
  const root = start.replace(PROLOGUE, '')
  if (DOCUMENT.test(start) || DOCUMENT.test(root)) return 'text/html'
  if (/^<(?:\w+:)?svg[\s/>]/i.test(root)) return 'image/svg+xml'
  if (start.startsWith('<?xml')) return 'application/xml'
  return isNameless && (ELEMENT.test(start) || ELEMENT.test(root)) ? 'text/html' : undefined
}

// ---- everything else

/** Other names of types that we know. */
const aliases: Readonly<Record<string, string>> = {
  'image/apng': 'image/png',
  'image/heic-sequence': 'image/heic',
  'image/heif-sequence': 'image/heif',
  'audio/x-m4a': 'audio/mp4',
  'video/x-m4v': 'video/mp4',
  'application/ogg': 'audio/ogg',
  'application/vnd.ms-asf': 'video/x-ms-asf',
  'video/mp1s': 'video/mpeg',
  'video/mp2p': 'video/mpeg',
}

/** Documents of old office programs share one container. */
const OLE = 'application/x-cfb'
const oleTypes = ['application/msword', 'application/vnd.ms-excel', 'application/vnd.ms-powerpoint']

const ourTypeOf = (mime: string, head: Uint8Array, extension: string): string => {
  const bare = mime.replace(/;.*$/, '').toLowerCase()
  if (bare === OLE) return oleTypes.find((type) => fileTypeOf(type).extensions.includes(extension)) ?? UNKNOWN_TYPE
  // Two letters are no proof.
  if (bare === 'image/bmp' && !isBitmap(head)) return UNKNOWN_TYPE
  const ours = aliases[bare] ?? bare
  return isKnownType(ours) ? ours : UNKNOWN_TYPE
}

/** The reserved bytes are zero, and the second header is one of those that exist. */
const isBitmap = (head: Uint8Array): boolean => {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const isLongEnough = head.length >= 18
  return (
    isLongEnough && view.getUint32(6, true) === 0 && [12, 40, 52, 56, 64, 108, 124].includes(view.getUint32(14, true))
  )
}
