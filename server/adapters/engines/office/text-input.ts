/** Texts as LibreOffice reads them without guessing: in UTF-8, whatever they came in. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

/** How much of the beginning tells what separates fields, in characters. */
const SAMPLE = 64 * 1024

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/** By its byte order mark, or by being valid UTF-8; else what most old files are in. */
export const encodingOf = async (file: string): Promise<Encoding> => {
  const mark = Buffer.alloc(2)
  const handle = await open(file)
  try {
    await handle.read(mark, 0, 2, 0)
  } finally {
    await handle.close()
  }
  if (mark.equals(Buffer.from([0xff, 0xfe]))) return 'utf-16le'
  if (mark.equals(Buffer.from([0xfe, 0xff]))) return 'utf-16be'
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of createReadStream(file)) decoder.decode(chunk as Buffer, { stream: true })
    decoder.decode()
    return 'utf-8'
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      return 'windows-1252'
    }
    throw error
  }
}

/** A text in UTF-8, without a byte order mark. */
export async function* inUtf8(bytes: AsyncIterable<Uint8Array>, encoding: Encoding): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding)
  for await (const chunk of bytes) yield Buffer.from(decoder.decode(chunk, { stream: true }))
  yield Buffer.from(decoder.decode())
}

/** What stands between fields: the candidate that the first line has most often, outside of quotation marks. */
export const separatorOf = (text: string): string => {
  const bare = text.slice(0, SAMPLE).replaceAll(/"[^"]*"/g, '')
  const [first = ''] = bare.trimStart().split(/[\r\n]/, 1)
  const counts = [',', ';', '\t', '|'].map((each) => ({ each, count: first.split(each).length }))
  return counts.reduce((most, one) => (one.count > most.count ? one : most)).each
}
