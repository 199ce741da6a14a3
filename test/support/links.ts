/** Makes signed links to bytes, as a slice that has something to download will; beside a test server, with its key. */
import path from 'node:path'
import { diskBlobStore } from '#server/adapters/blobs/disk.ts'
import { s3BlobStore, type S3Place } from '#server/adapters/blobs/s3.ts'
import { keyring, linkSigner } from '#server/adapters/secrets/index.ts'
import { type BlobKey, type LinkTarget, makeSignLink } from '#server/features/files/index.ts'
import { TEST_SECRET_KEY, type TestServer } from './server.ts'

export interface Links {
  put(target: LinkTarget, bytes: Uint8Array): Promise<void>
  /** As text; undefined when there is none. */
  read(target: LinkTarget): Promise<string | undefined>
  remove(target: LinkTarget): Promise<void>
  readonly sign: ReturnType<typeof makeSignLink>
  close(): void
}

/** What is linked to lies with the files of the server, or in S3. */
export const linksOf = (server: TestServer, s3?: S3Place): Links => {
  const bucket = s3 && s3BlobStore(s3)
  const blobs = bucket ?? diskBlobStore(path.join(server.dataDir, 'blobs'))
  const keyOf = (target: LinkTarget): BlobKey => `${target.bucket}/${target.path}`
  return {
    put: (target, bytes) => blobs.put(keyOf(target), { bytes }),
    async read(target) {
      const stream = await blobs.open(keyOf(target))
      return stream && Buffer.concat(await stream.toArray()).toString()
    },
    remove: (target) => blobs.deleteAll(keyOf(target)),
    sign: makeSignLink({
      signer: linkSigner(keyring(TEST_SECRET_KEY)),
      blobs,
      clock: server.clock,
      origin: server.url,
    }),
    close: () => bucket?.close(),
  }
}
