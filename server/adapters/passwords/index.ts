/** Passwords as argon2id hashes, made by Node itself; it knows nothing of people. */
import { argon2, type Argon2Parameters, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { makeWorkQueue } from '#kernel/work-queue.ts'
import type { PasswordHasher } from '#server/features/accounts/ports.ts'

export interface Argon2Options {
  /** KiB. Default 19,456, two passes, one lane (OWASP Password Storage Cheat Sheet). */
  readonly memory?: number
  readonly passes?: number
  readonly parallelism?: number
  /**
   * How many hashes are made at the same time; the others wait. Default 2: each takes one of libuv's four threads and
   * 19 MiB for about 50 ms, and with all four taken no file would be read and no name resolved meanwhile.
   */
  readonly atOnce?: number
  /** How many may wait; who comes then is asked to come again. Default 200: about ten seconds of work. */
  readonly waiting?: number
}

const SALT = 16
const TAG = 32

const hashWith = promisify(argon2) as unknown as (
  algorithm: 'argon2id',
  parameters: Argon2Parameters,
) => Promise<Buffer>

interface Stored {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly salt: Buffer
  readonly tag: Buffer
}

/** Hashes are PHC strings; each says with which parameters it was made, so that they can rise later. */
export const argon2Passwords = (options: Argon2Options = {}): PasswordHasher => {
  const { memory = 19_456, passes = 2, parallelism = 1, atOnce = 2, waiting = 200 } = options
  const inTurn = makeWorkQueue(atOnce, waiting)

  const derive = (password: string, { memory, passes, parallelism, salt, tag }: Stored): Promise<Buffer> =>
    inTurn(() =>
      hashWith('argon2id', {
        message: Buffer.from(password.normalize('NFKC')),
        nonce: salt,
        memory,
        passes,
        parallelism,
        tagLength: tag.length,
      }),
    )
  const fresh = (): Stored => ({ memory, passes, parallelism, salt: randomBytes(SALT), tag: Buffer.alloc(TAG) })

  return {
    async hash(password) {
      const made = fresh()
      return write({ ...made, tag: await derive(password, made) })
    },

    async verify(password, hash) {
      // Where there is nothing to compare with, the same work is done: the time must not tell which addresses exist.
      const stored = hash === null ? fresh() : read(hash)
      const isEqual = timingSafeEqual(await derive(password, stored), stored.tag)
      if (hash === null || !isEqual) return 'wrong'
      const isOutdated = stored.memory < memory || stored.passes < passes || stored.parallelism < parallelism
      return isOutdated ? 'outdated' : 'right'
    },
  }
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')

const write = ({ memory, passes, parallelism, salt, tag }: Stored): string =>
  `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

const read = (hash: string): Stored => {
  const match = PHC.exec(hash)
  if (match === null) throw new Error('a stored password hash is no PHC string of argon2id')
  const [, memory, passes, parallelism, salt, tag] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}
