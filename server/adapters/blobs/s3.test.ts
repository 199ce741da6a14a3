/** Blobs in S3: the contract against a server of that protocol, and its presigned addresses. */
import { randomUUID } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { keepsBlobs, newFolder, removeFolder } from '#test/contracts/blob-store.contract.ts'
import { startS3Server } from '#test/support/s3-server.ts'
import { s3BlobStore } from './s3.ts'

const server = await startS3Server()
const store = s3BlobStore(server.place)
afterAll(async () => {
  store.close()
  await server.close()
})

keepsBlobs('S3', async () => {
  const folder = await newFolder()
  return {
    store,
    folder,
    count: async () => ((await (await fetch(`${server.place.endpoint}/parlance`)).text()).match(/<Key>/g) ?? []).length,
    close: () => removeFolder(folder),
  }
})

it('gives addresses that work many times without asking us, under the name that was asked for', async () => {
  const key = randomUUID()
  await store.put(key, { bytes: Buffer.from('exported') })
  const url = await store.presign(key, {
    seconds: 60,
    disposition: 'attachment; filename="a.json"',
    contentType: 'application/json',
  })
  for (let round = 0; round < 3; round++) {
    const answer = await fetch(url!)
    expect([answer.status, await answer.text()]).toEqual([200, 'exported'])
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="a.json"')
    expect(answer.headers.get('content-type')).toContain('application/json')
  }
  const { searchParams } = new URL(url!)
  expect(searchParams.get('X-Amz-Expires')).toBe('60')
  expect(searchParams.has('X-Amz-Signature')).toBe(true)
})

it('says that the bucket is missing, and not that there is no blob', async () => {
  const astray = s3BlobStore({ ...server.place, bucket: 'no-such-bucket' })
  await expect(astray.open(randomUUID())).rejects.toThrow('bucket')
  astray.close()
})
