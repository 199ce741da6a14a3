/** Looks at the bytes of a file for what they could be. What follows from that is decided elsewhere. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { fileTypeFromFile } from 'file-type'
import type { Charset, Looks } from '#server/features/files/index.ts'

/** How much of the start is handed on, in bytes. */
const HEAD = 4096

export const lookAt = async (path: string): Promise<Looks> => {
  const head = await readHead(path)
  const charset = charsetOf(head)
  if (charset !== undefined && (await isText(path, charset))) return { head, charset, mime: undefined }
  return { head, charset: undefined, mime: (await fileTypeFromFile(path))?.mime }
}

const readHead = async (path: string): Promise<Buffer> => {
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** UTF-16 says so in its first two bytes; undefined for what can't be text. */
const charsetOf = (head: Buffer): Charset | undefined => {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  return head.includes(0) ? undefined : 'utf-8'
}

/** What no text holds: control characters other than tab, line and page breaks, backspace and escape. */
const BINARY = /[\0-\x07\x0b\x0e-\x1a\x1c-\x1f]/

const isText = async (path: string, charset: Charset): Promise<boolean> => {
  const decoder = new TextDecoder(charset, { fatal: true })
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      if (BINARY.test(decoder.decode(chunk as Buffer, { stream: true }))) return false
    }
    decoder.decode()
    return true
  } catch {
    return false
  }
}
