/** Asks ClamAV's daemon about uploads: the bytes go over a socket as INSTREAM, so that it needs no access to our files. */
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { AppError } from '#kernel/errors.ts'
import type { ScanFile } from '#server/features/files/index.ts'

export type ClamdAddress = { readonly host: string; readonly port: number } | { readonly socket: string }

export interface ClamdOptions {
  /** How long it may take to connect, and then be silent or not take bytes, in milliseconds. Default 60,000. */
  readonly silenceMs?: number
  /** Of the whole scan, in milliseconds. Default 300,000. */
  readonly limitMs?: number
  /** Hears why a scan could not be had, or what was found. */
  readonly onProblem?: (problem: Error) => void
}

/** The longest answer that makes sense. */
const LONGEST_ANSWER = 4096
const CHUNK = 256 * 1024
const CLEAN = 'stream: OK'

/**
 * Clean is what was answered with exactly `stream: OK`. A finding is `file.infected`; everything else, such as an error, a
 * limit of the daemon, half an answer or none, is `file.scan_unavailable`.
 */
export const clamdScanner =
  (address: ClamdAddress, options: ClamdOptions = {}): ScanFile =>
  async (path) => {
    const { silenceMs = 60_000, limitMs = 300_000, onProblem = () => undefined } = options
    const answer = await scan(address, path, silenceMs, limitMs).catch((error: unknown) => {
      const problem = new Error('the virus scanner can not be asked', { cause: error })
      onProblem(problem)
      throw new AppError('file.scan_unavailable', { cause: problem })
    })
    if (answer === CLEAN) return
    const problem = new Error(`the virus scanner answered ${JSON.stringify(answer)}`)
    onProblem(problem)
    const isFinding = /^stream: .+ FOUND$/.test(answer)
    throw new AppError(isFinding ? 'file.infected' : 'file.scan_unavailable', { cause: problem })
  }

/** Where no scanner is configured: `required` refuses everything, otherwise everything passes. */
export const noScanner =
  (isRequired: boolean): ScanFile =>
  async () => {
    if (isRequired) throw new AppError('file.scan_unavailable')
  }

const scan = async (address: ClamdAddress, path: string, silenceMs: number, limitMs: number): Promise<string> => {
  const socket = 'socket' in address ? connect(address.socket) : connect(address.port, address.host)
  const limit = setTimeout(() => socket.destroy(new Error('the scan took too long')), limitMs)
  socket.setTimeout(silenceMs, () => socket.destroy(new Error('the scanner does not respond')))
  // It is listened to from the start: where something is too large for it, the daemon answers and closes in the middle.
  const answer = readAnswer(socket)
  answer.catch(() => undefined)
  try {
    await Promise.race([once(socket, 'connect'), answer])
    // A daemon that has closed does not take the rest; what it said counts.
    await Promise.race([send(socket, path), answer])
    return await answer
  } finally {
    clearTimeout(limit)
    socket.destroy()
  }
}

/** The protocol: `zINSTREAM\0`, pieces after their length in four bytes, and a length of zero at the end. */
const send = async (socket: Socket, path: string): Promise<void> => {
  await write(socket, Buffer.from('zINSTREAM\0'))
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE((chunk as Buffer).length)
    await write(socket, length)
    await write(socket, chunk as Buffer)
  }
  await write(socket, Buffer.alloc(4))
}

const write = (socket: Socket, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error === null || error === undefined ? resolve() : reject(error)))
  })

/** All that it says until it closes, without the NUL at the end. An answer that was cut off is none. */
const readAnswer = async (socket: Socket): Promise<string> => {
  let answer = ''
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    answer += chunk.toString('latin1')
    if (answer.length > LONGEST_ANSWER) throw new Error('the answer of the scanner makes no sense')
    if (answer.endsWith('\0')) return answer.slice(0, -1)
  }
  throw new Error(`the answer of the scanner was cut off: ${JSON.stringify(answer)}`)
}
