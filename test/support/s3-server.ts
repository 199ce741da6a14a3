/** A real server of the S3 protocol on loopback, with one bucket; what it holds is gone when it is closed. */
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import type { S3Place } from '#server/adapters/blobs/s3.ts'

interface S3Rver {
  run(): Promise<AddressInfo>
  close(): Promise<void>
}
// It is CommonJS and has no types.
const require = createRequire(import.meta.url)
const S3rver = require('s3rver') as new (options: object) => S3Rver

export interface S3Server {
  readonly place: S3Place & { readonly endpoint: string }
  close(): Promise<void>
}

export const startS3Server = async (): Promise<S3Server> => {
  const directory = await mkdtemp('/tmp/parlance-s3-')
  const bucket = 'parlance'
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: bucket, configs: [] }],
  })
  const { port } = await server.run()
  return {
    // The only credentials that it knows.
    place: {
      endpoint: `http://127.0.0.1:${port}`,
      bucket,
      region: 'us-east-1',
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
    },
    async close() {
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
