import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagePage, problem } from '#contract/messages/index.ts'
import { startTestServer, type TestServer } from '#test/support/server.ts'
import { snapshotFolder } from './make-reference.ts'
import { takeSnapshots } from './take-snapshots.ts'

/** The six that seed 1's document names. */
const names = [
  'error-401-unauthorized.json',
  'error-404-not-found.json',
  'get-messages-document-only.json',
  'get-messages-image-only.json',
  'get-messages-pagination-next.json',
  'get-messages-with-files.json',
]
const kept = (name: string): string => readFileSync(path.join(snapshotFolder, name), 'utf8')
const page = (name: string) => messagePage.parse(JSON.parse(kept(name)))
const attachmentsOf = (name: string) => page(name).data.flatMap(({ attachments }) => attachments)

describe('the snapshots', () => {
  let server: TestServer
  let fresh: Map<string, string>
  beforeAll(async () => {
    server = await startTestServer()
    fresh = await takeSnapshots(server.url)
  })
  afterAll(() => server.close())

  it('are the six of the document', () => {
    expect(readdirSync(snapshotFolder).toSorted()).toEqual(names)
    expect([...fresh.keys()].toSorted()).toEqual(names)
  })

  it.each(names)('%s is what a running server answers today (to put it right: npm run snapshots)', (name) => {
    expect(kept(name)).toBe(fresh.get(name))
  })
})

describe('what the document says of them', () => {
  it('messages with files: every kind of attachment, newest first, with the id of the oldest', () => {
    const { data, hasMore, oldestMessageId } = page('get-messages-with-files.json')
    const types = data.flatMap(({ attachments }) => attachments.map(({ contentType }) => contentType))
    expect(types).toEqual(['video/mp4', 'image/png', 'application/pdf'])
    expect(data.map(({ createdAt }) => createdAt)).toEqual(
      data
        .map(({ createdAt }) => createdAt)
        .toSorted()
        .toReversed(),
    )
    expect([hasMore, oldestMessageId]).toEqual([false, data.at(-1)!.id])
    const video = data[0]!.attachments[0]!
    expect([video.duration, video.dimensions]).toEqual([12, { width: 1280, height: 720 }])
    const picture = data[1]!.attachments[0]!
    expect(picture).toMatchObject({ duration: null, dimensions: { width: 1920, height: 1080 } })
    expect(picture.thumbnailUrl).toBe(`/api/files/${picture.fileId}/thumbnail`)
  })

  it('images only, documents only', () => {
    const images = attachmentsOf('get-messages-image-only.json').map(({ contentType }) => contentType)
    expect(images).toEqual(['image/png', 'image/png'])
    const documents = attachmentsOf('get-messages-document-only.json').map(({ contentType }) => contentType)
    expect(documents).toEqual(['text/markdown; charset=utf-8', 'application/pdf'])
  })

  it('the next page: as many as were asked for, and there are more', () => {
    const { data, hasMore, oldestMessageId } = page('get-messages-pagination-next.json')
    expect(data.map(({ content }) => content)).toEqual(
      Array.from({ length: 20 }, (_, index) => `Message ${25 - index}`),
    )
    expect([hasMore, oldestMessageId]).toEqual([true, data.at(-1)!.id])
  })

  it('failures: its problem details', () => {
    expect(problem.parse(JSON.parse(kept('error-401-unauthorized.json')))).toEqual({
      type: 'https://api.example.com/problems/unauthorized',
      title: 'Unauthorized',
      status: 401,
      detail: 'Invalid or expired token',
    })
    expect(problem.parse(JSON.parse(kept('error-404-not-found.json')))).toEqual({
      type: 'https://api.example.com/problems/not-found',
      title: 'Not Found',
      status: 404,
      detail: 'Conversation not found',
    })
  })
})
