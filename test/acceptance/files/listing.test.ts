/** GET /api/conversations/{id}/files and …/files/senders: every file of a conversation is found again. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/messages/index.ts'
import { seedConversation, seedFile, seedTeam, seedTeamMessage } from '#test/support/database.ts'
import { type Answer, send, startTestServer, type TestPerson, type TestServer } from '#test/support/server.ts'
import { expectStatus, seed1Failure, success } from '../surfaces/holding.ts'

let server: TestServer
let ada: TestPerson
let grace: TestPerson
let stranger: TestPerson
beforeAll(async () => {
  server = await startTestServer()
  ada = await server.newPerson()
  grace = await server.newPerson()
  stranger = await server.newPerson()
  await ada.request('PATCH', '/api/app/me', { name: 'Ada' })
  await grace.request('PATCH', '/api/app/me', { name: 'Grace' })
})
afterAll(() => server.close())

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 1)

type Columns = NonNullable<Parameters<typeof seedFile>[2]>

/** A group of Ada and Grace. */
const newGroup = () => seedTeam(server.database.owner, [{ userId: ada.id }, { userId: grace.id }])

/** Shares a file in a message of its own; days are counted from the first of January. */
const share = async (group: string, columns: Columns & { day?: number } = {}, by = ada): Promise<string> => {
  const { day = 0, ...rest } = columns
  const { owner } = server.database
  const at = { created_at: new Date(START + day * DAY) }
  const messageId = await seedTeamMessage(owner, { conversationId: group, senderId: by.id }, at)
  return await seedFile(owner, { conversationId: group, uploaderId: by.id, messageId }, rest)
}

const ask = (group: string, query = '', by = ada) => by.request('GET', `/api/conversations/${group}/files${query}`)
const list = async (group: string, query = '', by = ada) => success(contract.listFiles, await ask(group, query, by))
const idsOf = async (group: string, query: string) => (await list(group, query)).data.map(({ id }) => id)
const namesOf = async (group: string, query: string) => (await list(group, query)).data.map(({ fileName }) => fileName)

const senders = async (group: string, query = '', by = ada) =>
  success(contract.listFileSenders, await by.request('GET', `/api/conversations/${group}/files/senders${query}`)).data

describe('who asks', () => {
  it.each(['files', 'files/senders'])('%s: 401, 403 and 404 as seed 1 tells them apart', async (what) => {
    const group = await newGroup()
    const path = `/api/conversations/${group}/${what}`
    seed1Failure(await send(server.url, 'GET', path), 401)
    expect(seed1Failure(await stranger.request('GET', path), 403).detail).toBe(
      "You don't have access to this conversation",
    )
    const missing = `/api/conversations/${randomUUID()}/${what}`
    expect(seed1Failure(await ada.request('GET', missing), 404).detail).toBe('Conversation not found')
  })

  it('who has left is told 403 at once', async () => {
    const { owner } = server.database
    const group = await seedTeam(owner, [{ userId: ada.id }, { userId: grace.id }])
    await share(group)
    expect((await list(group, '', grace)).data).toHaveLength(1)
    await owner.query('update members set left_at = now() where conversation_id = $1 and user_id = $2', [
      group,
      grace.id,
    ])
    seed1Failure(await ask(group, '', grace), 403)
  })

  it('the owner of a conversation with a model sees an empty listing, others see 403', async () => {
    const id = await seedConversation(server.database.owner, ada.id)
    expect(await list(id)).toEqual({ data: [], total: 0, counts: { media: 0, docs: 0 }, nextCursor: null })
    expect(await senders(id)).toEqual([])
    seed1Failure(await ask(id, '', grace), 403)
  })
})

describe('a request that is not well formed', () => {
  it.each([
    'kind=files',
    'type=gif',
    'type=image&type=gif',
    'sender=ada',
    'sort=random',
    'from=yesterday',
    'from=2026-01-01',
    'to=2026-01-01T00:00:00',
    'limit=0',
    'limit=101',
    'limit=x',
    'page=0',
    'page=201',
    `q=${'a'.repeat(201)}`,
    'q=%00',
    'unknown=1',
    'cursor=nonsense',
    'cursor=',
    'page=1&cursor=bmV3ZXN0LjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMC4w',
  ])('is told 400: %s', async (query) => {
    seed1Failure(await ask(await newGroup(), `?${query}`), 400)
  })

  it.each([
    ['newest', '1', 'name'],
    ['name', 'a', 'newest'],
    ['newest', 'a', 'newest'],
    ['newest', '-1', 'newest'],
    ['newest', '1e3', 'newest'],
    ['largest', '9'.repeat(16), 'largest'],
    ['name', '\u0000', 'name'],
  ])('a cursor of %s at %j is none for %s', async (of, key, sort) => {
    const cursor = Buffer.from(`${of}.${randomUUID()}.${key}`).toString('base64url')
    const problem = seed1Failure(await ask(await newGroup(), `?sort=${sort}&cursor=${cursor}`), 400)
    expect(problem.detail).toMatch(/cursor/)
  })

  it('is told 400 for an id that is no UUID v4', async () => {
    seed1Failure(await ask('nonsense'), 400)
  })

  it('years that PostgreSQL writes in another way are years all the same', async () => {
    const group = await newGroup()
    await share(group)
    expect(await list(group, '?from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z')).toMatchObject({ total: 1 })
  })
})

describe('a file in the listing', () => {
  it('says what the contract says', async () => {
    const group = await newGroup()
    const video = { name: 'Chuyến đi.mp4', content_type: 'video/mp4', category: 'video', size: 2_000_000 } as const
    const id = await share(group, { ...video, width: 1920, height: 1080, duration_seconds: 12.5, day: 3 }, grace)
    const { data } = await list(group)
    expect(data).toEqual([
      {
        id,
        conversationId: group,
        messageId: expect.any(String),
        fileName: 'Chuyến đi.mp4',
        contentType: 'video/mp4',
        category: 'video',
        fileSize: 2_000_000,
        uploadedAt: '2026-01-04T00:00:00.000Z',
        sharedAt: '2026-01-04T00:00:00.000Z',
        thumbnailUrl: `/api/files/${id}/thumbnail`,
        duration: 12.5,
        dimensions: { width: 1920, height: 1080 },
        senderId: grace.id,
        senderName: 'Grace',
      },
    ])
  })

  it('has no thumbnail, duration and dimensions where there are none', async () => {
    const group = await newGroup()
    await share(group, { category: 'archive', content_type: 'application/zip' })
    expect((await list(group)).data[0]).toMatchObject({ thumbnailUrl: null, duration: null, dimensions: null })
  })

  it('is listed only once it was sent, and no longer once it is deleted', async () => {
    const { owner } = server.database
    const group = await newGroup()
    const unsent = await seedFile(owner, { conversationId: group, uploaderId: ada.id })
    expect(await list(group)).toMatchObject({ data: [], total: 0, counts: { docs: 0 } })
    const messageId = await seedTeamMessage(owner, { conversationId: group, senderId: ada.id })
    await owner.query('update files set message_id = $2, shared_at = now() where file_id = $1', [unsent, messageId])
    expect(await list(group)).toMatchObject({ data: [{ id: unsent }], total: 1, counts: { docs: 1 } })
    await owner.query('delete from files where file_id = $1', [unsent])
    expect(await list(group)).toMatchObject({ data: [], total: 0, counts: { docs: 0 } })
  })

  it('belongs to one conversation', async () => {
    const [one, other] = [await newGroup(), await newGroup()]
    await share(one)
    expect((await list(other)).data).toEqual([])
    expect(await senders(other)).toEqual([])
  })

  it('keeps any name as it is', async () => {
    const group = await newGroup()
    const names = [
      '../../etc/passwd',
      'a\r\nSet-Cookie: x',
      '"quoted\'',
      '‮gpj.exe',
      '🏳️‍🌈',
      ' leading',
      '\u0001',
      '%00',
      'x'.repeat(255),
    ]
    for (const [day, name] of names.entries()) await share(group, { name, day })
    expect(await namesOf(group, '?sort=oldest')).toEqual(names)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(
        group,
        `?sort=name&limit=1${cursor === null ? '' : `&cursor=${cursor}`}`,
      )
      seen.push(...page.data.map(({ fileName }) => fileName))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(seen.toSorted()).toEqual(names.toSorted())
  })
})

describe('filters', () => {
  let group: string
  let files: Record<string, string>
  beforeAll(async () => {
    group = await newGroup()
    const image = { category: 'image', content_type: 'image/png' } as const
    files = {
      photo: await share(group, { ...image, name: 'Ảnh Đà Lạt.png', day: 1, size: 500 }),
      video: await share(group, { category: 'video', content_type: 'video/mp4', name: 'demo.mp4', day: 2, size: 900 }),
      report: await share(group, { name: 'BÁO CÁO quý 1.pdf', day: 3, size: 300 }, grace),
      sheet: await share(group, { category: 'excel', name: 'budget_50%.xlsx', day: 4, size: 100 }, grace),
      notes: await share(group, { category: 'text', name: 'ghi chú.md', day: 5, size: 700 }),
    }
  })
  const named = async (query: string) => {
    const { data, total } = await list(group, `?sort=oldest&${query}`)
    expect(total).toBe(data.length)
    return data.map(({ id }) => Object.keys(files).find((name) => files[name] === id))
  }

  it.each([
    ['kind=media', ['photo', 'video']],
    ['kind=docs', ['report', 'sheet', 'notes']],
    ['type=pdf', ['report']],
    ['type=pdf&type=excel', ['report', 'sheet']],
    ['kind=media&type=pdf', []],
    ['q=da lat', ['photo']],
    ['q=ĐÀ LẠT', ['photo']],
    ['q=báo cáo', ['report']],
    ['q=bao', ['report']],
    ['q=ghi chu', ['notes']],
    ['q=.pdf', ['report']],
    // Not a wildcard, not an escape.
    ['q=50%25', ['sheet']],
    ['q=%25', ['sheet']],
    ['q=_', ['sheet']],
    ['q=%5C', []],
    // Nothing is left of it: it asks for nothing.
    ['q=%CC%81', ['photo', 'video', 'report', 'sheet', 'notes']],
    ['q=', ['photo', 'video', 'report', 'sheet', 'notes']],
    ['from=2026-01-04T00:00:00Z', ['report', 'sheet', 'notes']],
    ['to=2026-01-04T00:00:00Z', ['photo', 'video']],
    ['from=2026-01-03T07:00:00%2B07:00&to=2026-01-04T07:00:00.001%2B07:00', ['video', 'report']],
    ['from=2026-01-05T00:00:00Z&to=2026-01-04T00:00:00Z', []],
    ['kind=docs&q=.&from=2026-01-05T00:00:00Z&type=excel&type=text', ['sheet', 'notes']],
  ])('%s', async (query, expected) => {
    expect(await named(query)).toEqual(expected)
  })

  it('sender, once or several times', async () => {
    expect(await named(`sender=${grace.id}`)).toEqual(['report', 'sheet'])
    expect(await named(`sender=${grace.id}&sender=${ada.id}`)).toHaveLength(5)
    expect(await named(`sender=${randomUUID()}`)).toEqual([])
    expect(await named(`sender=${grace.id.toUpperCase()}`)).toEqual(['report', 'sheet'])
  })

  it('counts of each kind do not follow the filter', async () => {
    expect((await list(group, '?q=nothing&kind=media')).counts).toEqual({ media: 2, docs: 3 })
  })

  it.each([
    ['newest', ['notes', 'sheet', 'report', 'video', 'photo']],
    ['oldest', ['photo', 'video', 'report', 'sheet', 'notes']],
    ['name', ['photo', 'report', 'sheet', 'video', 'notes']],
    ['largest', ['video', 'notes', 'photo', 'report', 'sheet']],
    ['smallest', ['sheet', 'report', 'photo', 'notes', 'video']],
  ])('sort=%s', async (sort, expected) => {
    expect(await idsOf(group, `?sort=${sort}`)).toEqual(expected.map((name) => files[name]))
  })

  it('is sorted by newest if nothing is said', async () => {
    expect(await idsOf(group, '')).toEqual(await idsOf(group, '?sort=newest'))
  })

  it('senders are those who shared files of the kind, by name', async () => {
    expect(await senders(group)).toEqual([
      { id: ada.id, name: 'Ada' },
      { id: grace.id, name: 'Grace' },
    ])
    expect(await senders(group, '?kind=media')).toEqual([{ id: ada.id, name: 'Ada' }])
  })

  it('senders who left, and only members, have their names', async () => {
    const { owner } = server.database
    const left = await seedTeam(owner, [{ userId: ada.id }, { userId: grace.id, leftAt: new Date() }])
    await share(left, {}, grace)
    expect(await senders(left)).toEqual([{ id: grace.id, name: 'Grace' }])
    expect((await list(left)).data[0]).toMatchObject({ senderId: grace.id, senderName: 'Grace' })
  })
})

describe('pages', () => {
  let group: string
  beforeAll(async () => {
    group = await newGroup()
    const { owner } = server.database
    // Ties everywhere: five files to a message, three sizes, four names.
    for (let day = 0; day < 25; day++) {
      const at = { created_at: new Date(START + day * DAY) }
      const messageId = await seedTeamMessage(owner, { conversationId: group, senderId: ada.id }, at)
      for (let position = 0; position < 5; position++) {
        const name = `${'đabc'[(day + position) % 4]}.pdf`
        const columns = { position, name, size: 1 + (position % 3), category: position < 2 ? 'image' : 'pdf' } as const
        await seedFile(owner, { conversationId: group, uploaderId: ada.id, messageId }, columns)
      }
    }
  })

  it('are numbered, 50 to a page if nothing is said, and say how many there are in all', async () => {
    const all = await Promise.all([1, 2, 3, 4].map((page) => list(group, `?page=${page}`)))
    expect(all.map(({ data }) => data.length)).toEqual([50, 50, 25, 0])
    expect(new Set(all.map(({ total }) => total))).toEqual(new Set([125]))
    const ids = all.flatMap(({ data }) => data.map(({ id }) => id))
    expect(new Set(ids).size).toBe(125)
    expect(all.map(({ nextCursor }) => nextCursor !== null)).toEqual([true, true, false, false])
  })

  const walk = async (query: string, between: () => Promise<unknown> = async () => {}) => {
    const ids: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(group, `?${query}${cursor ? `&cursor=${cursor}` : ''}`)
      ids.push(...page.data.map(({ id }) => id))
      cursor = page.nextCursor
      await between()
    } while (cursor !== null)
    return ids
  }

  it.each(['newest', 'oldest', 'name', 'largest', 'smallest'])(
    'by cursor are the numbered ones, ties included: %s',
    async (sort) => {
      for (const filter of ['', '&kind=docs', '&q=a', '&type=image&kind=media']) {
        const numbered: string[] = []
        for (let page = 1; page <= 13; page++) {
          numbered.push(...(await idsOf(group, `?sort=${sort}&limit=10&page=${page}${filter}`)))
        }
        expect(await walk(`sort=${sort}&limit=10${filter}`)).toEqual(numbered)
      }
    },
  )

  it.each(['newest', 'oldest'])('%s and its reverse mirror each other', async (sort) => {
    const reverse = sort === 'newest' ? 'oldest' : 'newest'
    expect(await walk(`sort=${sort}&limit=7`)).toEqual((await walk(`sort=${reverse}&limit=11`)).toReversed())
  })

  it.each(['newest', 'oldest', 'name', 'largest', 'smallest'])(
    'by cursor skip and repeat nothing while files come and go: %s',
    async (sort) => {
      const { owner } = server.database
      const before = await walk(`sort=${sort}&limit=100`)
      const gone = new Set<string>()
      let seen = 0
      const ids = await walk(`sort=${sort}&limit=10`, async () => {
        // The file on which the cursor stands goes, and so does one that is yet to come; others come everywhere.
        seen += 10
        const doomed = [before[seen - 1], before[seen + 13]].filter((id) => id !== undefined)
        for (const id of doomed) gone.add(id)
        await owner.query('delete from files where file_id = any($1)', [doomed])
        for (const size of [1, 2, 1000])
          await share(group, { name: `${'azđ'[size % 3]}-new.pdf`, size, day: 30 + seen })
      }).finally(() => owner.query(`delete from files where conversation_id = $1 and name like '%-new.pdf'`, [group]))
      expect(new Set(ids).size).toBe(ids.length)
      const remaining = before.filter((id) => !gone.has(id))
      expect(ids.filter((id) => remaining.includes(id))).toEqual(remaining)
    },
  )
})

it('more than 10,000 matches are counted as 10,000', async () => {
  const { owner } = server.database
  const group = await newGroup()
  const messageId = await seedTeamMessage(owner, { conversationId: group, senderId: ada.id })
  await owner.query(
    `insert into files (file_id, uploader_id, conversation_id, message_id, name, name_key, content_type, category, size,
       sha256, blob_key, uploaded_at, shared_at)
     select gen_random_uuid(), $1, $2, $3, 'n' || n, 'n' || n, 'image/png', 'image', n, '', gen_random_uuid()::text,
       '2026-01-01', '2026-01-01' from generate_series(1, 10001) n`,
    [ada.id, group, messageId],
  )
  expect(await list(group, '?limit=1')).toMatchObject({ total: 10_000, counts: { media: 10_001, docs: 0 } })
  expect(await list(group, '?limit=1&q=n')).toMatchObject({ total: 10_000 })
  expect(await list(group, '?limit=1&q=n99')).toMatchObject({ total: 111 })
  const deep: Answer = await ask(group, '?limit=50&page=200&sort=smallest')
  expectStatus(deep, 200)
  expect(deep.body.data.map(({ fileSize }: { fileSize: number }) => fileSize)).toEqual(
    Array.from({ length: 50 }, (_, index) => 9_951 + index),
  )
})
