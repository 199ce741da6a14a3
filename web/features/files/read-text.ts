/** The beginning of a text file: enough to read by, and never more than the page can carry. */
import { queryOptions } from '@tanstack/react-query'
import { ask } from '../../lib/client.ts'
import { fileUrl } from './shown-file.ts'

/** Bytes that are read of a file. */
const MOST = 1024 * 1024

export interface ReadText {
  readonly text: string
  /** There is more of it. */
  readonly isCut: boolean
}

/** By its byte order mark; UTF-8 otherwise, which is what the server takes for text. A character that is cut in two is left out. */
export const decodeText = (bytes: Uint8Array): string => {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes, { stream: true })
}

export const readText = (id: string, size: number) =>
  queryOptions({
    queryKey: ['file-text', id],
    queryFn: async ({ signal }): Promise<ReadText> => {
      const start = { headers: { range: `bytes=0-${MOST - 1}` }, signal }
      const bytes = await ask(fileUrl(id), start, (response) => response.arrayBuffer())
      return { text: decodeText(new Uint8Array(bytes)), isCut: size > MOST }
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  })
