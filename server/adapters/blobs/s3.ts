/** Blobs as objects of an S3 bucket. Its client is loaded when it is first needed: it is large. */
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'
import { AppError } from '#kernel/errors.ts'
import { type BlobStore, checkBlobKey } from '#server/features/files/index.ts'

export interface S3Place {
  /** `https://s3.example.org`; undefined: Amazon's, of the region. */
  readonly endpoint: string | undefined
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** What one DeleteObjects takes. */
const MOST_DELETED = 1_000

export interface S3BlobStore extends BlobStore {
  /** Ends its connections. */
  close(): void
}

export const s3BlobStore = (place: S3Place): S3BlobStore => {
  const Bucket = place.bucket
  let opened: ReturnType<typeof connect> | undefined
  const s3 = () => (opened ??= connect(place))

  return {
    async put(key, content) {
      checkBlobKey(key)
      const { client, sdk } = await s3()
      // Whoever reaches the bucket some other way is shown nothing in place.
      const target = { Bucket, Key: key, ContentType: 'application/octet-stream' }
      if ('bytes' in content) {
        const { bytes } = content
        await client.send(new sdk.PutObjectCommand({ ...target, Body: bytes, ContentLength: bytes.length }))
        return
      }
      const file = await open(content.path)
      try {
        const Body = file.createReadStream({ highWaterMark: 256 * 1024, autoClose: false })
        await client.send(new sdk.PutObjectCommand({ ...target, Body, ContentLength: (await file.stat()).size }))
      } finally {
        await file.close()
      }
    },

    async sizeOf(key) {
      checkBlobKey(key)
      const { client, sdk } = await s3()
      const found = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: key })).catch(ignoringMissing)
      return found?.ContentLength
    },

    async open(key, range) {
      checkBlobKey(key)
      const { client, sdk } = await s3()
      const found = await client
        .send(
          new sdk.GetObjectCommand({
            Bucket,
            Key: key,
            ...(range && { Range: `bytes=${range.start}-${range.end}` }),
          }),
        )
        .catch(ignoringMissing)
      return found && (found.Body as Readable)
    },

    async deleteAll(key) {
      checkBlobKey(key)
      const { client, sdk } = await s3()
      await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: key }))
      for (;;) {
        const { Contents = [], IsTruncated } = await client.send(
          new sdk.ListObjectsV2Command({ Bucket, Prefix: `${key}/`, MaxKeys: MOST_DELETED }),
        )
        if (Contents.length === 0) return
        const Objects = Contents.map(({ Key }) => ({ Key }))
        const { Errors = [] } = await client.send(
          new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
        )
        if (Errors.length > 0) throw new Error(`S3 did not delete ${Errors.length} objects: ${Errors[0]!.Code}`)
        if (IsTruncated !== true) return
      }
    },

    proxied: async () => undefined,

    async presign(key, { seconds, disposition, contentType }) {
      checkBlobKey(key)
      const { client, sdk } = await s3()
      const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner')
      return getSignedUrl(
        client,
        new sdk.GetObjectCommand({
          Bucket,
          Key: key,
          ResponseContentDisposition: disposition,
          ResponseContentType: contentType,
        }),
        { expiresIn: seconds },
      )
    },

    close: () => void opened?.then(({ client }) => client.destroy()).catch(() => {}),
  }
}

const connect = async (place: S3Place): Promise<{ client: S3Client; sdk: typeof import('@aws-sdk/client-s3') }> => {
  const sdk = await import('@aws-sdk/client-s3')
  const client = new sdk.S3Client({
    region: place.region,
    credentials: { accessKeyId: place.accessKeyId, secretAccessKey: place.secretAccessKey },
    // It would write to the console. What goes wrong is thrown, and logged by whoever catches it.
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    // Servers of one's own are reached by path; names of buckets are no names of hosts there.
    ...(place.endpoint === undefined ? {} : { endpoint: place.endpoint, forcePathStyle: true }),
    // With checksums nobody asked for, a stream goes out in signed chunks, which other servers than Amazon's may not know.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  client.middlewareStack.add((next) => (args) => next(args).catch(sayingUnavailable), { step: 'initialize' })
  return { client, sdk }
}

/** @throws AppError `file.storage_unavailable` when no answer came, or one that says that the server itself is in trouble */
const sayingUnavailable = (error: { $metadata?: { httpStatusCode?: number } }): never => {
  const { httpStatusCode: status = 503 } = error.$metadata ?? {}
  throw status >= 500 ? new AppError('file.storage_unavailable', { cause: error }) : error
}

const ignoringMissing = (error: { name?: string; $metadata?: { httpStatusCode?: number } }): undefined => {
  const isMissing = error.$metadata?.httpStatusCode === 404 && error.name !== 'NoSuchBucket'
  if (!isMissing) throw error
}
