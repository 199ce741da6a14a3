/** The timeline of a team conversation, its threads, and seed 1's page of the same messages. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pagedMessages } from '#contract/conversations/index.ts'
import { expectStatus } from '../surfaces/holding.ts'
import {
  idsOf,
  newTask,
  newWorkType,
  openTalk,
  read,
  remove,
  say,
  sayMany,
  seedPage,
  type Talk,
  timeline,
  uploaded,
  withoutCredential,
} from './talk.ts'
import { at, expectProblem, said } from './world.ts'

let talk: Talk
beforeAll(async () => {
  talk = await openTalk()
})
afterAll(() => talk.close())

const seedPath = (id: string, query = '') => `/api/conversations/${id}/messages${query}`
const mark = (method: string, id: string, what: string, by = talk.cleo) =>
  by.request(method, `/api/team/messages/${id}/${what}`)

describe('who may read', () => {
  it('a team conversation: its members; others are told 403, or 404 where there is none', async () => {
    const group = await talk.newGroup()
    const { id } = await say(talk.ada, group)
    for (const path of [at(group, '/messages'), seedPath(group), seedPath(group, '?page=1')]) {
      expectProblem(await withoutCredential(talk, 'GET', path), 401)
      expectStatus(await talk.cleo.request('GET', path), 200)
      for (const person of [talk.stranger, talk.dora]) {
        expectProblem(await person.request('GET', path), 403, said.forbidden)
        expectProblem(await person.request('GET', path.replace(group, randomUUID())), 404, said.missing)
      }
    }
    for (const person of [talk.stranger, talk.dora]) {
      expectProblem(await person.request('GET', `/api/team/messages/${id}`), 404, 'Message not found')
    }
    expectProblem(await withoutCredential(talk, 'GET', `/api/team/messages/${id}`), 401)
  })

  it('nobody reads a team conversation where conversations with models are read', async () => {
    const group = await talk.newGroup()
    await say(talk.ada, group, 'Not here')
    for (const path of [
      `/api/app/conversations/${group}`,
      `/api/app/conversations/${group}/messages`,
      `/api/conversations/${group}`,
      `/api/v1/chat/conversations/${group}/history`,
    ]) {
      expectStatus(await talk.ada.request('GET', path), 404)
    }
    for (const path of ['/api/app/conversations', '/api/conversations', '/api/v1/chat/conversations']) {
      expect(JSON.stringify((await talk.ada.request('GET', path)).body)).not.toContain(group)
    }
  })

  it('whoever is removed reads nothing any more, at once', async () => {
    const group = await talk.newGroup()
    const { id } = await say(talk.cleo, group)
    expectStatus(await talk.ada.request('DELETE', at(group, `/members/${talk.cleo.id}`)), 204)
    expectProblem(await talk.cleo.request('GET', at(group, '/messages')), 403, said.forbidden)
    expectProblem(await talk.cleo.request('GET', seedPath(group)), 403, said.forbidden)
    expectProblem(await talk.cleo.request('GET', `/api/team/messages/${id}`), 404)
    expect(await read(talk.ada, id)).toMatchObject({ senderName: 'Cleo' })
  })
})

describe('a query that is not well formed', () => {
  it.each(['limit=0', 'limit=101', 'limit=x', 'before=x', 'around=', 'threadId=1', 'workTypeId=x', 'page=1'])(
    'is told which parameter: %s',
    async (query) => {
      const group = await talk.newGroup()
      expectProblem(
        await talk.ada.request('GET', at(group, `/messages?${query}`)),
        400,
        new RegExp(query.split('=', 1)[0]!),
      )
    },
  )

  it('names at most one place, and that is a message of this conversation', async () => {
    const [group, other] = [await talk.newGroup(), await talk.newGroup()]
    const [one, foreign] = [await say(talk.ada, group), await say(talk.ada, other)]
    expectProblem(
      await talk.ada.request('GET', at(group, `/messages?before=${one.id}&after=${one.id}`)),
      400,
      'must name at most one of before, after and around',
    )
    const reply = await say(talk.ada, group, { content: 'x', threadId: one.id })
    for (const name of ['before', 'after', 'around', 'threadId']) {
      for (const id of [foreign.id, randomUUID(), ...(name === 'threadId' ? [reply.id] : [])]) {
        const answer = await talk.ada.request('GET', at(group, `/messages?${name}=${id}`))
        expectProblem(answer, 400, `Invalid ${name}: must be a message of this conversation`)
      }
    }
  })
})

describe('the timeline', () => {
  let group: string
  let ids: string[]
  beforeAll(async () => {
    group = await talk.newGroup()
    ids = await sayMany(talk.ada, group, 10)
  })

  const stretch = async (query: string) => {
    const { data, hasOlder, hasNewer } = await timeline(talk.cleo, group, query)
    return [idsOf(data).map((id) => ids.indexOf(id) + 1), hasOlder, hasNewer]
  }

  it.each<[string, (string | number)[], unknown[]]>([
    ['the latest, oldest first', ['limit=3'], [[8, 9, 10], true, false]],
    ['all of them', ['limit=10'], [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false, false]],
    ['before one', ['limit=3&before=', 8], [[5, 6, 7], true, true]],
    ['before one, to the beginning', ['limit=7&before=', 8], [[1, 2, 3, 4, 5, 6, 7], false, true]],
    ['before the first', ['limit=3&before=', 1], [[], false, true]],
    ['after one', ['limit=3&after=', 5], [[6, 7, 8], true, true]],
    ['after one, to the end', ['limit=3&after=', 7], [[8, 9, 10], true, false]],
    ['after the last', ['limit=3&after=', 10], [[], true, false]],
    ['around one', ['limit=5&around=', 5], [[3, 4, 5, 6, 7], true, true]],
    ['around one, of an even number', ['limit=4&around=', 5], [[3, 4, 5, 6], true, true]],
    ['around the first', ['limit=5&around=', 1], [[1, 2, 3], false, true]],
    ['around the last', ['limit=5&around=', 10], [[8, 9, 10], true, false]],
    ['one alone', ['limit=1&around=', 5], [[5], true, true]],
  ])('%s', async (_, [query, place], expected) => {
    const where = place === undefined ? '' : ids[Number(place) - 1]
    expect(await stretch(`?${query}${where}`)).toEqual(expected)
  })

  it('goes on from a message that was deleted, which is in no list', async () => {
    const place = await talk.newGroup()
    const all = await sayMany(talk.ada, place, 5)
    await remove(talk.ada, all[2]!)
    const [first, second, , fourth, fifth] = all
    expect(idsOf((await timeline(talk.ada, place)).data)).toEqual([first, second, fourth, fifth])
    for (const [query, expected] of [
      ['before', [first, second]],
      ['after', [fourth, fifth]],
      ['around', [first, second, fourth, fifth]],
    ] as const) {
      expect(idsOf((await timeline(talk.ada, place, `?${query}=${all[2]}`)).data)).toEqual(expected)
    }
    expectProblem(await talk.ada.request('GET', `/api/team/messages/${all[2]}`), 404, 'Message not found')
  })

  it('breaks ties in time by id', async () => {
    const place = await talk.newGroup()
    const all = await sayMany(talk.ada, place, 7)
    await talk.server.database.owner.query('update messages set created_at = $2 where conversation_id = $1', [
      place,
      new Date(),
    ])
    const sorted = all.toSorted()
    const seen: string[] = []
    for (let before = ''; ;) {
      const { data, hasOlder } = await timeline(talk.ada, place, `?limit=2${before}`)
      seen.unshift(...idsOf(data))
      if (!hasOlder) break
      before = `&before=${data[0]!.id}`
    }
    expect(seen).toEqual(sorted)
  })

  it('has what is tagged with a work type, wherever it stands', async () => {
    const place = await talk.newGroup()
    const { id: workTypeId } = await newWorkType(talk.ada, place, 'Bug')
    const root = await say(talk.ada, place, 'Untagged')
    const tagged = await say(talk.ada, place, { content: 'Tagged', workTypeId })
    const reply = await say(talk.ben, place, { content: 'Tagged reply', workTypeId, threadId: root.id })
    expect(idsOf((await timeline(talk.cleo, place, `?workTypeId=${workTypeId}`)).data)).toEqual([tagged.id, reply.id])
    expect(idsOf((await timeline(talk.cleo, place, `?workTypeId=${workTypeId}&threadId=${root.id}`)).data)).toEqual([
      reply.id,
    ])
    expect((await timeline(talk.cleo, place, `?workTypeId=${randomUUID()}`)).data).toEqual([])
  })

  it('pages through a thread as through itself', async () => {
    const place = await talk.newGroup()
    const root = await say(talk.ada, place)
    const replies = await sayMany(talk.ben, place, 5, { threadId: root.id })
    const thread = (query: string) => timeline(talk.ada, place, `?threadId=${root.id}&${query}`)
    expect(await thread('limit=2')).toMatchObject({
      data: [{ id: replies[3] }, { id: replies[4] }],
      hasOlder: true,
      hasNewer: false,
    })
    expect(idsOf((await thread(`limit=2&before=${replies[3]}`)).data)).toEqual(replies.slice(1, 3))
    expect(idsOf((await thread(`limit=3&around=${replies[2]}`)).data)).toEqual(replies.slice(1, 4))
  })
})

describe('seed 1’s page of a team conversation', () => {
  it('has the document’s messages, field by field', async () => {
    const group = await talk.newGroup()
    const workType = await newWorkType(talk.ada, group, 'Contracts')
    const pdf = await uploaded(talk, group, talk.ada, { name: 'proposal_2025.pdf', size: 2_524_288 })
    const png = await uploaded(talk, group, talk.ben, {
      name: 'screenshot_2025_01_08.png',
      content_type: 'image/png',
      category: 'image',
      size: 1_048_576,
      width: 1920,
      height: 1080,
    })
    const first = await say(talk.ada, group, { fileIds: [pdf], workTypeId: workType.id })
    const second = await say(talk.ben, group, { fileIds: [png], workTypeId: workType.id })
    expectStatus(await mark('PUT', second.id, 'star'), 204)
    const common = {
      conversationId: group,
      senderAvatarUrl: null,
      content: null,
      updatedAt: expect.any(String),
      isPinned: false,
      threadId: null,
      replyCount: 0,
      workTypeId: workType.id,
      taskId: null,
      linkedTaskCount: 0,
    }
    expect(await seedPage(talk.cleo, group, '?limit=50')).toEqual({
      data: [
        {
          ...common,
          id: second.id,
          senderId: talk.ben.id,
          senderName: 'Ben',
          type: 'image',
          attachments: [
            {
              id: png,
              fileId: png,
              fileName: 'screenshot_2025_01_08.png',
              contentType: 'image/png',
              fileSize: 1_048_576,
              uploadedAt: expect.any(String),
              thumbnailUrl: `/api/files/${png}/thumbnail`,
              duration: null,
              dimensions: { width: 1920, height: 1080 },
            },
          ],
          createdAt: second.createdAt,
          isStarred: true,
        },
        {
          ...common,
          id: first.id,
          senderId: talk.ada.id,
          senderName: 'Ada',
          type: 'file',
          attachments: [
            {
              id: pdf,
              fileId: pdf,
              fileName: 'proposal_2025.pdf',
              contentType: 'application/pdf',
              fileSize: 2_524_288,
              uploadedAt: expect.any(String),
              thumbnailUrl: `/api/files/${pdf}/thumbnail`,
              duration: null,
              dimensions: null,
            },
          ],
          createdAt: first.createdAt,
          isStarred: false,
        },
      ],
      hasMore: false,
      oldestMessageId: first.id,
    })
    // The star is Cleo's.
    expect((await seedPage(talk.ada, group)).data[0]).toMatchObject({ isStarred: false })
  })

  it('has no small picture of a document, and the length of a film', async () => {
    const group = await talk.newGroup()
    const fileIds = [
      await uploaded(talk, group, talk.ada, { name: 'a.docx', category: 'word', content_type: 'application/msword' }),
      await uploaded(talk, group, talk.ada, { category: 'video', content_type: 'video/mp4', duration_seconds: 12.5 }),
    ]
    const { id } = await say(talk.ada, group, { content: 'Both', fileIds })
    const { data } = await seedPage(talk.ada, group)
    expect(data[0]).toMatchObject({
      id,
      type: 'file',
      content: 'Both',
      attachments: [
        { fileName: 'a.docx', thumbnailUrl: null, duration: null },
        { thumbnailUrl: `/api/files/${fileIds[1]}/thumbnail`, duration: 12.5 },
      ],
    })
  })

  it('has threads, pins, tasks and what the group says of itself', async () => {
    const group = await talk.newGroup()
    const root = await say(talk.ada, group, 'Root')
    const reply = await say(talk.ben, group, { content: 'Reply', threadId: root.id })
    const task = await newTask(talk.cleo, group, { messageId: root.id })
    expectStatus(await mark('PUT', root.id, 'pin'), 204)
    expectStatus(await talk.ada.request('PATCH', at(group), { title: 'Renamed' }), 200)
    const { data } = await seedPage(talk.cleo, group)
    expect(data).toMatchObject([
      { type: 'system', senderName: 'System', content: expect.stringContaining('Renamed') },
      { id: reply.id, threadId: root.id, replyCount: 0, type: 'text' },
      { id: root.id, threadId: null, replyCount: 1, isPinned: true, taskId: task.id, linkedTaskCount: 1 },
    ])
  })

  it('is filtered by work type; one that is not there finds nothing', async () => {
    const group = await talk.newGroup()
    const { id: workTypeId } = await newWorkType(talk.ada, group, 'Bug')
    await sayMany(talk.ada, group, 3)
    const tagged = await sayMany(talk.ben, group, 25, { workTypeId })
    await sayMany(talk.ada, group, 3)
    const first = await seedPage(talk.cleo, group, `?limit=20&workTypeId=${workTypeId}`)
    expect(first).toMatchObject({ hasMore: true, oldestMessageId: tagged[5] })
    const second = await seedPage(talk.cleo, group, `?limit=20&workTypeId=${workTypeId}&before=${tagged[5]}`)
    expect([idsOf(second.data), second.hasMore]).toEqual([tagged.slice(0, 5).toReversed(), false])
    for (const unknown of ['wt-456', randomUUID(), "'"]) {
      const page = await seedPage(talk.cleo, group, `?workTypeId=${encodeURIComponent(unknown)}`)
      expect(page).toEqual({ data: [], hasMore: false })
    }
  })

  it('goes on from a message that was deleted', async () => {
    const group = await talk.newGroup()
    const ids = await sayMany(talk.ada, group, 30)
    await remove(talk.ada, ids[9]!)
    const page = await seedPage(talk.ada, group, `?before=${ids[9]}`)
    expect(idsOf(page.data)).toEqual(ids.slice(0, 9).toReversed())
  })

  it('in seed 4’s shape is oldest first, with the total', async () => {
    const group = await talk.newGroup()
    const ids = await sayMany(talk.ada, group, 5)
    await remove(talk.ada, ids[1]!)
    await talk.ada.request('PATCH', at(group), { title: 'Renamed' })
    const answer = await talk.cleo.request('GET', seedPath(group, '?page=1&pageSize=4'))
    const { data, pagination } = pagedMessages.body.parse(answer.body)
    expect(pagination).toEqual({ page: 1, pageSize: 4, total: 5 })
    expect(idsOf(data)).toEqual([ids[0], ids[2], ids[3], ids[4]])
    const last = pagedMessages.body.parse((await talk.cleo.request('GET', seedPath(group, '?page=2&pageSize=4'))).body)
    expect(last.data).toMatchObject([{ role: 'system' }])
  })

  it('skips and repeats nothing while eight people post and delete', async () => {
    const group = await talk.newGroup()
    const root = await say(talk.ada, group, 'Root')
    const before = await sayMany(talk.ada, group, 150)
    const doomed = new Set(before.filter((_, index) => index % 7 === 3))
    const over = new AbortController()
    const posters = [talk.ada, talk.ben, talk.cleo, talk.ada].map(async (person, index) => {
      while (!over.signal.aborted) {
        await say(person, group, index % 2 === 0 ? 'Meanwhile' : { content: 'In a thread', threadId: root.id })
      }
    })
    // Whatever these say they take back at once.
    const wavering = [talk.ben, talk.cleo].map(async (person) => {
      while (!over.signal.aborted) await remove(person, (await say(person, group, 'Never mind')).id)
    })
    const doomedHalves = [[...doomed].slice(0, 11), [...doomed].slice(11)]
    const removers = doomedHalves.map(async (half) => {
      for (const id of half) await remove(talk.ada, id)
    })
    const walks = await Promise.all(
      [talk.ada, talk.ben, talk.cleo].map(async (reader) => {
        const seen: string[] = []
        for (let cursor = ''; ;) {
          const { data, hasMore, oldestMessageId } = await seedPage(reader, group, `?limit=20${cursor}`)
          seen.push(...idsOf(data))
          if (!hasMore) return seen
          cursor = `&before=${oldestMessageId}`
        }
      }),
    )
    over.abort()
    await Promise.all([...posters, ...wavering, ...removers])
    const standing = before.filter((id) => !doomed.has(id)).toReversed()
    for (const seen of walks) {
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.filter((id) => standing.includes(id))).toEqual(standing)
    }
    // What is left when all is quiet is what was not deleted.
    const { messageCount } = (await talk.ada.request('GET', at(group))).body
    const { rows } = await talk.server.database.owner.query(
      'select count(*)::int as n from messages where conversation_id = $1 and deleted_at is null',
      [group],
    )
    expect(messageCount).toBe(rows[0].n)
  })
})

it('the server had nothing to complain of', () => {
  expect(talk.server.problems.filter(({ what }) => what !== 'sweep')).toEqual([])
})
