/** What becomes of messages: edited, deleted, pinned, starred, tagged. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/messages/index.ts'
import type { TestPerson } from '#test/support/server.ts'
import { expectStatus, success } from '../surfaces/holding.ts'
import {
  conversation,
  counted,
  edit,
  happeningsIn,
  idsOf,
  listTasks,
  newTask,
  newWorkType,
  openTalk,
  post,
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

const message = (id: string, rest = '') => `/api/team/messages/${id}${rest}`
const NOT_FOUND = 'Message not found'

describe('each of them', () => {
  const requests: [method: string, rest: string, body?: unknown][] = [
    ['GET', ''],
    ['PATCH', '', { content: 'Changed' }],
    ['DELETE', ''],
    ['PUT', '/pin'],
    ['DELETE', '/pin'],
    ['PUT', '/star'],
    ['DELETE', '/star'],
    ['PUT', '/work-type', { workTypeId: null }],
  ]

  it.each(requests)(
    '%s %s is not for strangers, former members, or messages that are not there',
    async (...request) => {
      const [method, rest, body] = request
      const group = await talk.newGroup()
      const { id } = await say(talk.ada, group, 'Untouched')
      const before = await read(talk.ada, id)
      expectProblem(await withoutCredential(talk, method, message(id, rest), body), 401)
      for (const person of [talk.stranger, talk.dora]) {
        expectProblem(await person.request(method, message(id, rest), body), 404, NOT_FOUND)
      }
      expectProblem(await talk.ada.request(method, message(randomUUID(), rest), body), 404, NOT_FOUND)
      expectProblem(await talk.ada.request(method, message('x', rest), body), 400, 'Invalid id format')
      const asked = await talk.ada.request('POST', '/api/v1/chat/conversations', {})
      expectStatus(asked, 201)
      const told = await talk.ada.request('POST', `/api/v1/chat/conversations/${asked.body.data.id}/messages`, {
        content: 'To a model',
      })
      expectStatus(told, 201)
      const [own] = (
        await talk.server.database.owner.query('select message_id from messages where owner_id = $1', [talk.ada.id])
      ).rows
      expectProblem(await talk.ada.request(method, message(own.message_id, rest), body), 404, NOT_FOUND)
      expect(await read(talk.ada, id)).toEqual(before)
    },
  )

  it.each(requests)('%s %s finds no message that was deleted', async (method, rest, body) => {
    const group = await talk.newGroup()
    const { id } = await say(talk.ada, group)
    await remove(talk.ada, id)
    expectProblem(await talk.ada.request(method, message(id, rest), body), 404, NOT_FOUND)
  })
})

describe('editing', () => {
  it.each([
    {},
    { content: ' ' },
    { content: null },
    { content: 'x'.repeat(50_001) },
    { content: 'x', id: randomUUID() },
  ])('refuses %j', async (body) => {
    const { id } = await say(talk.ada, await talk.newGroup())
    expectProblem(await talk.ada.request('PATCH', message(id), body), 400)
  })

  it('is for who said it, whatever role others have', async () => {
    const group = await talk.newGroup()
    const { id } = await say(talk.cleo, group, 'Mine')
    for (const person of [talk.ada, talk.ben]) {
      expectProblem(await edit(person, id, 'Put into a mouth'), 403, 'Only who wrote a message can change it.')
    }
    expect((await read(talk.cleo, id)).content).toBe('Mine')
  })

  it('is not for what the group says of itself', async () => {
    const group = await talk.newGroup()
    await talk.ada.request('PATCH', at(group), { title: 'Renamed' })
    const [told] = (await timeline(talk.ada, group)).data
    expect(told!.can).toEqual({ edit: false, delete: false })
    expectProblem(await edit(talk.ada, told!.id, 'x'), 403)
    expectProblem(await talk.ada.request('DELETE', message(told!.id)), 403)
  })

  it('changes the words and who is mentioned, says when, and tells the readers', async () => {
    const group = await talk.newGroup()
    const sent = await say(talk.ada, group, { content: '@Ben', mentions: [talk.ben.id] })
    await happeningsIn(talk, group)
    const edited = success(contract.editTeamMessage, await edit(talk.ada, sent.id, '@Cleo', [talk.cleo.id]))
    expect(edited).toEqual({
      ...sent,
      content: '@Cleo',
      mentions: [{ id: talk.cleo.id, name: 'Cleo' }],
      editedAt: edited.updatedAt,
      updatedAt: expect.any(String),
    })
    expect(edited.editedAt! >= sent.createdAt).toBe(true)
    expect(await happeningsIn(talk, group)).toEqual(['message-changed'])
    expect(await conversation(talk.cleo, group)).toMatchObject({ mentionCount: 1, preview: '@Cleo' })
    expect(await conversation(talk.ben, group)).toMatchObject({ mentionCount: 0 })
  })

  it('keeps the mention of somebody who has left, and takes no new one', async () => {
    const group = await talk.newGroup()
    const { id } = await say(talk.ada, group, { content: '@Cleo', mentions: [talk.cleo.id] })
    expectStatus(await talk.cleo.request('DELETE', at(group, `/members/${talk.cleo.id}`)), 204)
    expectStatus(await edit(talk.ada, id, '@Cleo!', [talk.cleo.id]), 200)
    expectProblem(await edit(talk.ada, id, '@Dora', [talk.dora.id]), 400, new RegExp(talk.dora.id))
    expect(await read(talk.ada, id)).toMatchObject({ content: '@Cleo!', mentions: [{ name: 'Cleo' }] })
  })

  it('leaves the preview alone when something was said since', async () => {
    const group = await talk.newGroup()
    const { id } = await say(talk.ada, group, 'First')
    await say(talk.ben, group, 'Second')
    expectStatus(await edit(talk.ada, id, 'Changed'), 200)
    expect(await conversation(talk.ada, group)).toMatchObject({ preview: 'Second' })
  })

  it('of twenty at once leaves one of them, whole', async () => {
    const group = await talk.newGroup()
    const { id } = await say(talk.ada, group)
    const people = [talk.ben, talk.cleo]
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => edit(talk.ada, id, `Edit ${n % 2}`, [people[n % 2]!.id])),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const { content, mentions } = await read(talk.ada, id)
    expect(idsOf(mentions)).toEqual([people[Number(content!.at(-1))]!.id])
  })
})

describe('deleting', () => {
  it.each<[string, (t: Talk) => TestPerson, (t: Talk) => TestPerson, number]>([
    ['one’s own, as a member', (t) => t.cleo, (t) => t.cleo, 204],
    ['a member’s, as the owner', (t) => t.cleo, (t) => t.ada, 204],
    ['a member’s, as an admin', (t) => t.cleo, (t) => t.ben, 204],
    ['the owner’s, as an admin', (t) => t.ada, (t) => t.ben, 204],
    ['an admin’s, as a member', (t) => t.ben, (t) => t.cleo, 403],
    ['the owner’s, as a member', (t) => t.ada, (t) => t.cleo, 403],
  ])('%s', async (_, sender, remover, status) => {
    const group = await talk.newGroup()
    const { id } = await say(sender(talk), group)
    const shown = await read(remover(talk), id)
    expect(shown.can.delete).toBe(status === 204)
    const answer = await remover(talk).request('DELETE', message(id))
    expectStatus(answer, status)
    if (status === 403) expectProblem(answer, 403, said.notAllowed)
    expect(idsOf((await timeline(talk.ada, group)).data)).toEqual(status === 204 ? [] : [id])
  })

  it('takes everything that the message was: words, files, pin, tag, stars, mentions, links', async () => {
    const group = await talk.newGroup()
    const file = await uploaded(talk, group, talk.ada)
    const workType = await newWorkType(talk.ada, group, 'Bug')
    const { id } = await say(talk.ada, group, {
      content: 'Secret words',
      fileIds: [file],
      mentions: [talk.ben.id],
      workTypeId: workType.id,
    })
    const task = await newTask(talk.ben, group, { messageId: id })
    expectStatus(await talk.ben.request('PUT', message(id, '/pin')), 204)
    expectStatus(await talk.ben.request('PUT', message(id, '/star')), 204)
    await happeningsIn(talk, group)
    await remove(talk.ada, id)
    expect((await happeningsIn(talk, group)).toSorted()).toEqual(['message-deleted', 'tasks-changed'])
    expect((await seedPage(talk.ben, group)).data).toEqual([])
    expect(success(contract.listPins, await talk.ben.request('GET', at(group, '/pins'))).data).toEqual([])
    expect(success(contract.listStars, await talk.ben.request('GET', '/api/team/stars')).data).toEqual([])
    expect((await timeline(talk.ben, group, `?workTypeId=${workType.id}`)).data).toEqual([])
    expect((await listTasks(talk.ben, group)).data).toMatchObject([{ id: task.id, messageIds: [] }])
    expect(await conversation(talk.ben, group)).toMatchObject({
      preview: null,
      messageCount: 0,
      unreadCount: 0,
      mentionCount: 0,
    })
    expect(await counted(talk, 'files where file_id = $1', [file])).toBe(0)
    expect(await counted(talk, 'doomed_blobs where blob_key = $1', [`seeded/${file}`])).toBe(1)
    expect(
      await counted(talk, `messages where to_jsonb(messages)::text like '%Secret%' and message_id = $1`, [id]),
    ).toBe(0)
  })

  it('brings back the preview of what was said before', async () => {
    const group = await talk.newGroup()
    await say(talk.ada, group, 'Before')
    const { id } = await say(talk.ada, group, 'After')
    await remove(talk.ada, id)
    expect((await conversation(talk.ada, group)).preview).toBe('Before')
  })

  it('twice is found once, and twenty at once are one', async () => {
    const group = await talk.newGroup()
    const [kept, { id }] = [await say(talk.ada, group), await say(talk.ada, group)]
    const answers = await Promise.all(Array.from({ length: 20 }, () => talk.ada.request('DELETE', message(id))))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, ...Array(19).fill(404)])
    expect(await conversation(talk.ada, group)).toMatchObject({ messageCount: 1 })
    expect(idsOf((await timeline(talk.ada, group)).data)).toEqual([kept.id])
  })

  it('wins over edits and marks that come at the same time: nothing of the message comes back', async () => {
    const group = await talk.newGroup()
    const workType = await newWorkType(talk.ada, group, 'Bug')
    for (let round = 0; round < 10; round++) {
      const { id } = await say(talk.ada, group, 'Words')
      await Promise.all([
        edit(talk.ada, id, 'Changed'),
        talk.ben.request('PUT', message(id, '/pin')),
        remove(talk.ada, id),
        talk.cleo.request('PUT', message(id, '/work-type'), { workTypeId: workType.id }),
        talk.cleo.request('POST', at(group, '/tasks'), { title: 'x', messageId: id }),
        post(talk.cleo, group, { content: 'Reply', threadId: id }),
      ])
    }
    const left = await counted(
      talk,
      `messages where conversation_id = $1 and (deleted_at is not null or type = 'system') and (content <> ''
        or pinned_at is not null or work_type_id is not null or task_id is not null or linked_task_count <> 0)`,
      [group],
    )
    expect(left).toBe(0)
    expect(talk.server.problems.filter(({ what }) => what !== 'sweep')).toEqual([])
  })

  describe('a message on which a thread hangs', () => {
    it('leaves the thread where it is, and the place from which it is opened', async () => {
      const group = await talk.newGroup()
      const root = await say(talk.ada, group, { content: 'Secret words', mentions: [talk.ben.id] })
      const replies = await sayMany(talk.ben, group, 2, { threadId: root.id })
      expectStatus(await talk.ben.request('PUT', message(root.id, '/star')), 204)
      await happeningsIn(talk, group)
      await remove(talk.ada, root.id)
      expect(await happeningsIn(talk, group)).toEqual(['message-changed'])
      const { data } = await timeline(talk.ben, group)
      expect(data).toHaveLength(1)
      expect(data[0]).toMatchObject({
        id: root.id,
        type: 'system',
        content: 'This message was deleted.',
        senderName: 'System',
        replyCount: 2,
        isStarred: false,
        mentions: [],
        can: { edit: false, delete: false },
      })
      expect(idsOf((await timeline(talk.ben, group, `?threadId=${root.id}`)).data)).toEqual(replies)
      expect((await seedPage(talk.ben, group)).data.at(-1)).toMatchObject({ id: root.id, type: 'system' })
      expect(success(contract.listStars, await talk.ben.request('GET', '/api/team/stars')).data).toEqual([])
      expect(await counted(talk, `messages where content like '%Secret%' and message_id = $1`, [root.id])).toBe(0)
    })

    it('can be answered, but not pinned, starred, tagged, edited or deleted again', async () => {
      const group = await talk.newGroup()
      const root = await say(talk.ada, group)
      const reply = await say(talk.ben, group, { content: 'x', threadId: root.id })
      await remove(talk.ada, root.id)
      await say(talk.cleo, group, { content: 'One more', threadId: root.id })
      for (const mark of ['/pin', '/star']) {
        expectProblem(await talk.ada.request('PUT', message(root.id, mark)), 404, NOT_FOUND)
      }
      expectProblem(await talk.ada.request('PUT', message(root.id, '/work-type'), { workTypeId: null }), 404, NOT_FOUND)
      expectProblem(await talk.ada.request('DELETE', message(root.id)), 404, NOT_FOUND)
      expectProblem(await edit(talk.ada, root.id, 'Back again'), 403)
      expect((await read(talk.ada, root.id)).replyCount).toBe(2)
      expect(reply.threadId).toBe(root.id)
    })

    it('goes with the last reply', async () => {
      const group = await talk.newGroup()
      const root = await say(talk.ada, group)
      const replies = await sayMany(talk.ben, group, 2, { threadId: root.id })
      await remove(talk.ada, root.id)
      await remove(talk.ben, replies[0]!)
      expect((await read(talk.ada, root.id)).replyCount).toBe(1)
      await happeningsIn(talk, group)
      await remove(talk.ben, replies[1]!)
      expect(await happeningsIn(talk, group)).toEqual(['message-deleted', 'message-deleted'])
      expect((await timeline(talk.ada, group)).data).toEqual([])
      expect(await conversation(talk.ada, group)).toMatchObject({ messageCount: 0, preview: null })
    })
  })

  it('a reply is counted off where its thread hangs', async () => {
    const group = await talk.newGroup()
    const root = await say(talk.ada, group)
    const replies = await sayMany(talk.ben, group, 3, { threadId: root.id })
    await Promise.all(replies.slice(1).map((id) => remove(talk.ben, id)))
    expect(await read(talk.ada, root.id)).toMatchObject({ replyCount: 1, type: 'text' })
  })
})

describe('a pin', () => {
  const pins = async (by: TestPerson, group: string, query = '') =>
    success(contract.listPins, await by.request('GET', at(group, `/pins${query}`)))

  it('is for everybody, and may be set and taken by anybody, as often as they like', async () => {
    const group = await talk.newGroup()
    const { id } = await say(talk.ada, group)
    await happeningsIn(talk, group)
    for (const person of [talk.cleo, talk.ben]) expectStatus(await person.request('PUT', message(id, '/pin')), 204)
    expect(await happeningsIn(talk, group)).toEqual(['message-changed'])
    expect((await pins(talk.ada, group)).data).toMatchObject([{ id, isPinned: true }])
    for (const person of [talk.ben, talk.cleo]) expectStatus(await person.request('DELETE', message(id, '/pin')), 204)
    expect(await happeningsIn(talk, group)).toEqual(['message-changed'])
    expect((await pins(talk.ada, group)).data).toEqual([])
  })

  it('is listed latest first, page by page', async () => {
    const group = await talk.newGroup()
    const ids = await sayMany(talk.ada, group, 5)
    for (const id of ids) {
      expectStatus(await talk.ben.request('PUT', message(id, '/pin')), 204)
      talk.server.clock.moveBy(1)
    }
    const seen: string[] = []
    for (let cursor = ''; ;) {
      const { data, nextCursor } = await pins(talk.cleo, group, `?limit=2${cursor}`)
      seen.push(...idsOf(data))
      if (nextCursor === null) break
      cursor = `&cursor=${nextCursor}`
    }
    expect(seen).toEqual(ids.toReversed())
    expectProblem(await talk.ada.request('GET', at(group, '/pins?cursor=x')), 400, /cursor/)
    for (const person of [talk.stranger, talk.dora]) {
      expectProblem(await person.request('GET', at(group, '/pins')), 403, said.forbidden)
    }
    expectProblem(await talk.ada.request('GET', at(randomUUID(), '/pins')), 404, said.missing)
  })
})

describe('a star', () => {
  const stars = async (by: TestPerson, query = '') =>
    success(contract.listStars, await by.request('GET', `/api/team/stars${query}`))

  it('is for oneself alone, and so is the news of it', async () => {
    const group = await talk.newGroup()
    const { id } = await say(talk.ada, group)
    await happeningsIn(talk, group)
    for (let time = 0; time < 2; time++) expectStatus(await talk.cleo.request('PUT', message(id, '/star')), 204)
    expect(await happeningsIn(talk, group)).toEqual([`star-changed for ${talk.cleo.id}`])
    expect([(await read(talk.cleo, id)).isStarred, (await read(talk.ada, id)).isStarred]).toEqual([true, false])
    expect(idsOf((await stars(talk.cleo)).data)).toContain(id)
    expect(idsOf((await stars(talk.ada)).data)).not.toContain(id)
    for (let time = 0; time < 2; time++) expectStatus(await talk.cleo.request('DELETE', message(id, '/star')), 204)
    expect(await happeningsIn(talk, group)).toEqual([`star-changed for ${talk.cleo.id}`])
    expect((await read(talk.cleo, id)).isStarred).toBe(false)
  })

  it('is listed latest first across conversations, page by page, while one is a member', async () => {
    const [one, two] = [await talk.newGroup(), await talk.newGroup()]
    const reader = await talk.world.newPerson('Eve')
    for (const group of [one, two]) {
      expectStatus(await talk.ada.request('POST', at(group, '/members'), { personIds: [reader.id] }), 201)
    }
    const ids: string[] = []
    for (let each = 0; each < 6; each++) {
      const { id } = await say(talk.ada, each % 2 === 0 ? one : two)
      expectStatus(await reader.request('PUT', message(id, '/star')), 204)
      talk.server.clock.moveBy(1)
      ids.unshift(id)
    }
    const seen: string[] = []
    for (let cursor = ''; ;) {
      const { data, nextCursor } = await stars(reader, `?limit=4${cursor}`)
      seen.push(...idsOf(data))
      if (nextCursor === null) break
      cursor = `&cursor=${nextCursor}`
    }
    expect(seen).toEqual(ids)
    expectStatus(await talk.ada.request('DELETE', at(two, `/members/${reader.id}`)), 204)
    expect(idsOf((await stars(reader)).data)).toEqual(ids.filter((_, index) => index % 2 === 1))
  })
})

describe('a tag', () => {
  it('is a work type of the conversation, or none', async () => {
    const [group, other] = [await talk.newGroup(), await talk.newGroup()]
    const { id } = await say(talk.ada, group)
    const bug = await newWorkType(talk.ada, group, 'Bug')
    const foreign = await newWorkType(talk.ada, other, 'Bug')
    const tag = (workTypeId: unknown) => talk.cleo.request('PUT', message(id, '/work-type'), { workTypeId })
    await happeningsIn(talk, group)
    expect(success(contract.tagMessage, await tag(bug.id)).workTypeId).toBe(bug.id)
    expect(await happeningsIn(talk, group)).toEqual(['message-changed'])
    for (const unknown of [foreign.id, randomUUID()]) expectProblem(await tag(unknown), 404, 'Work type not found')
    for (const wrong of ['x', 7, undefined]) expectProblem(await tag(wrong), 400, /workTypeId/)
    expect((await read(talk.ada, id)).workTypeId).toBe(bug.id)
    expect(success(contract.tagMessage, await tag(null)).workTypeId).toBeNull()
  })
})

it('in a direct conversation both may take back their own words only', async () => {
  const made = await talk.ada.request('POST', '/api/team/conversations', { type: 'direct', personId: talk.ben.id })
  const direct: string = made.body.id
  const { id } = await say(talk.ada, direct)
  expectProblem(await talk.ben.request('DELETE', message(id)), 403, said.notAllowed)
  await remove(talk.ada, id)
})
