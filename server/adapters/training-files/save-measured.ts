import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Digest } from '#server/features/datasets/index.ts'

const CHUNK = 256 * 1024

/** Writes a new file, and measures it meanwhile. */
export const saveMeasured = async (source: AsyncIterable<Uint8Array>, place: string): Promise<Digest> => {
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(
    source,
    async function* measured(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    },
    createWriteStream(place, { flags: 'wx', mode: 0o600, highWaterMark: CHUNK }),
  )
  return { bytes, sha256: hash.digest('hex') }
}
