/** When pictures are made, and when they are not made again. */
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { BlobStore } from './blob-store.ts'
import type { StoredFile } from './file.ts'
import type { MakePicture, Picture } from './make-picture.ts'
import { makeReadPicture } from './read-picture.ts'

const file: StoredFile = {
  id: '0198b0f2-0000-7000-8000-000000000001',
  conversationId: '0198b0f2-0000-7000-8000-000000000002',
  messageId: null,
  name: 'a.pdf',
  contentType: 'application/pdf',
  category: 'pdf',
  size: 3,
  sha256: Buffer.alloc(32, 7),
  width: null,
  height: null,
  durationSeconds: null,
  blobKey: 'original',
  uploadedAt: new Date(0),
}
const image: StoredFile = { ...file, category: 'image', contentType: 'image/png', width: 2, height: 2 }
const thumbnail = { kind: 'thumbnail', size: 'small' } as const

const inMemory = (): BlobStore & { kept: Map<string, Buffer> } => {
  const kept = new Map([['original', Buffer.from('abc')]])
  return {
    kept,
    async put(key, content) {
      if ('bytes' in content) kept.set(key, Buffer.from(content.bytes))
    },
    sizeOf: async (key) => kept.get(key)?.length,
    async open(key) {
      const bytes = kept.get(key)
      return bytes && Readable.from([bytes])
    },
    async deleteAll(key) {
      for (const each of kept.keys()) if (each === key || each.startsWith(`${key}/`)) kept.delete(each)
    },
    presign: async () => undefined,
    proxied: async () => undefined,
  }
}

/** Makes what it is told to, and counts. */
const making = (picture: () => Promise<Picture | undefined>) => {
  const wanted: Parameters<MakePicture>[1][] = []
  const makePicture: MakePicture = async (_, want) => {
    wanted.push(want)
    return picture()
  }
  return { makePicture, wanted }
}
const neverPdf = async () => undefined
const small = async (): Promise<Picture> => ({ bytes: Buffer.from('small'), pages: 3 })

describe('a picture', () => {
  it('is made once, by however many it is wanted at once and later', async () => {
    const [blobs, { makePicture, wanted }] = [inMemory(), making(small)]
    const read = makeReadPicture({ blobs, makePicture, showAsPdf: neverPdf })
    const first = await Promise.all(Array.from({ length: 20 }, () => read(file, thumbnail)))
    expect(wanted).toEqual([{ longerSide: 100, page: 1 }])
    expect(first[0]).toMatchObject({ blobKey: 'original/small.webp', size: 5, pages: 3 })
    const another = makeReadPicture({ blobs, makePicture, showAsPdf: neverPdf })
    expect(await another(file, thumbnail)).toEqual(first[0])
    expect(wanted).toHaveLength(1)
  })
  it('of each size and page is one of its own', async () => {
    const [blobs, { makePicture, wanted }] = [inMemory(), making(small)]
    const read = makeReadPicture({ blobs, makePicture, showAsPdf: neverPdf })
    const large = await read(file, { kind: 'thumbnail', size: 'large' })
    const first = await read(file, { kind: 'preview', page: 1 })
    const second = await read(file, { kind: 'preview', page: 2 })
    expect(wanted).toEqual([
      { longerSide: 400, page: 1 },
      { longerSide: 1600, page: 1 },
      { longerSide: 1600, page: 2 },
    ])
    expect(new Set([large, first, second].map(({ tag }) => tag)).size).toBe(3)
  })
  it('of a page past the end is not even tried, once it is known how many there are', async () => {
    const { makePicture, wanted } = making(small)
    const read = makeReadPicture({ blobs: inMemory(), makePicture, showAsPdf: neverPdf })
    await read(file, thumbnail)
    await expect(read(file, { kind: 'preview', page: 4 })).rejects.toMatchObject({ code: 'file.no_picture' })
    expect(wanted).toHaveLength(1)
  })
  it('that can not be made is not tried again and again', async () => {
    const { makePicture, wanted } = making(async () => undefined)
    const read = makeReadPicture({ blobs: inMemory(), makePicture, showAsPdf: neverPdf })
    for (let times = 0; times < 3; times++) {
      await expect(read(image, thumbnail)).rejects.toMatchObject({ code: 'file.no_picture' })
    }
    expect(wanted).toHaveLength(1)
  })
  it('of an office document is one of a page of its PDF', async () => {
    const [blobs, { makePicture }] = [inMemory(), making(small)]
    const drawn: string[] = []
    const read = makeReadPicture({
      blobs,
      showAsPdf: async ({ blobKey }) => {
        await blobs.put(`${blobKey}/as.pdf`, { bytes: Buffer.from('its PDF') })
        return `${blobKey}/as.pdf`
      },
      makePicture: async (original, wanted) => {
        for await (const bytes of await original.open()) drawn.push(`${original.category}: ${String(bytes)}`)
        return makePicture(original, wanted)
      },
    })
    const document: StoredFile = { ...file, category: 'word', contentType: 'application/msword' }
    expect(await read(document, { kind: 'preview', page: 2 })).toMatchObject({ pages: 3 })
    expect(drawn).toEqual(['pdf: its PDF'])
    // It has no thumbnail: hundreds of documents in a list are not made PDFs of.
    await expect(read(document, thumbnail)).rejects.toMatchObject({ code: 'file.no_picture' })
  })
  it('whose making failed for a reason of ours is tried again', async () => {
    const answers = [() => Promise.reject(new Error('the disk is full')), small]
    const { makePicture } = making(() => answers.shift()!())
    const read = makeReadPicture({ blobs: inMemory(), makePicture, showAsPdf: neverPdf })
    await expect(read(image, thumbnail)).rejects.toThrow('the disk is full')
    expect(await read(image, thumbnail)).toMatchObject({ size: 5 })
  })
  it('of a file that is deleted while it is made leaves nothing behind', async () => {
    const blobs = inMemory()
    const { makePicture } = making(async () => {
      await blobs.deleteAll('original')
      return small()
    })
    await makeReadPicture({ blobs, makePicture, showAsPdf: neverPdf })(image, thumbnail)
    expect([...blobs.kept.keys()]).toEqual([])
  })
  it('is none of a file that has none, whatever is asked', async () => {
    const { makePicture, wanted } = making(small)
    const read = makeReadPicture({ blobs: inMemory(), makePicture, showAsPdf: neverPdf })
    for (const without of [
      { ...image, width: null },
      { ...file, category: 'text' as const },
    ]) {
      await expect(read(without, thumbnail)).rejects.toMatchObject({ code: 'file.no_picture' })
    }
    expect(wanted).toEqual([])
  })
})
