/** Seed 0's conversation records: the list, one of them, its turns and its files. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/training/index.ts'
import { success } from '../surfaces/holding.ts'
import { sampleTurns } from '#test/support/training-seeds.ts'
import { at, openTrainingWorld, TRAINING, trainingFailure, type TrainingWorld } from './world.ts'

let world: TrainingWorld
beforeAll(async () => {
  world = await openTrainingWorld()
})
afterAll(() => world.close())

const list = async (person: TrainingWorld['ada'], query = '') =>
  success(contract.listTrainingConversations, await person.request('GET', `${TRAINING}${query}`))

const titles = ({ conversations }: Awaited<ReturnType<typeof list>>) => conversations.map(({ title }) => title)

describe('the list', () => {
  it('is empty for somebody who has none', async () => {
    const person = await world.server.newPerson()
    expect(await list(person)).toEqual({
      conversations: [],
      total: 0,
      total_is_exact: true,
      limit: 25,
      next_cursor: null,
    })
  })

  it("holds the person's own conversations only, newest first", async () => {
    const [person, other] = [await world.server.newPerson(), await world.server.newPerson()]
    const days = ['2026-03-01', '2026-03-03', '2026-03-02']
    for (const day of days) {
      await world.seedConversation(person, { columns: { title: day, created_at: new Date(`${day}T00:00:00Z`) } })
    }
    await world.seedConversation(other, { columns: { title: 'foreign' } })
    const found = await list(person)
    expect(titles(found)).toEqual(['2026-03-03', '2026-03-02', '2026-03-01'])
    expect(found.total).toBe(3)
  })

  describe('of a person with many', () => {
    let person: TrainingWorld['ada']
    beforeAll(async () => {
      person = await world.server.newPerson()
      const seeds = [
        { title: 'alpha', tier: 'template', status: 'approved', quality_score: 9.1, turn_count: 4, persona_key: 'p1' },
        {
          title: 'Beta',
          tier: 'scenario',
          status: 'pending_review',
          quality_score: 6.5,
          turn_count: 12,
          arc_key: 'a1',
        },
        { title: 'gamma', tier: 'edge_case', status: 'rejected', quality_score: 3, turn_count: 2, topic_key: 't1' },
        {
          title: 'Delta',
          tier: 'template',
          status: 'approved',
          quality_score: null,
          turn_count: 4,
          requires_manual_review: true,
          origin: 'taken',
        },
        { title: 'epsilon', tier: 'template', status: 'archived', quality_score: 6.5, turn_count: 5 },
      ]
      for (const [index, columns] of seeds.entries()) {
        await world.seedConversation(person, {
          columns: { ...columns, created_at: new Date(Date.UTC(2026, 1, index + 1)) },
          content: { turns: sampleTurns(`the ${columns.title} house loan`) },
        })
      }
    })

    it.each([
      ['status=approved', ['Delta', 'alpha']],
      ['tier=template', ['epsilon', 'Delta', 'alpha']],
      ['status=approved&tier=template&quality_min=8', ['alpha']],
      ['quality_min=6.5', ['epsilon', 'Beta', 'alpha']],
      ['quality_max=6.5', ['epsilon', 'gamma', 'Beta']],
      ['quality_min=3&quality_max=3', ['gamma']],
      ['persona_key=p1', ['alpha']],
      ['arc_key=a1', ['Beta']],
      ['topic_key=t1', ['gamma']],
      ['origin=taken', ['Delta']],
      ['requires_manual_review=true', ['Delta']],
      ['requires_manual_review=false&status=approved', ['alpha']],
      ['processing_status=failed', []],
      ['q=gamma', ['gamma']],
      ['q=GAM', ['gamma']],
      ['q=house%20loa', ['epsilon', 'Delta', 'gamma', 'Beta', 'alpha']],
      ['q=hou%20loan', []],
      ['q=%27%20%7C%20%3A*%20%26%20%28', ['epsilon', 'Delta', 'gamma', 'Beta', 'alpha']],
    ])('filters by %s', async (query, expected) => {
      const found = await list(person, `?${query}`)
      expect([titles(found), found.total, found.total_is_exact]).toEqual([expected, expected.length, true])
    })

    it.each([
      ['sort=created_at&direction=asc', ['alpha', 'Beta', 'gamma', 'Delta', 'epsilon']],
      ['sort=title&direction=asc', ['alpha', 'Beta', 'Delta', 'epsilon', 'gamma']],
      ['sort=title&direction=desc', ['gamma', 'epsilon', 'Delta', 'Beta', 'alpha']],
    ])('sorts by %s', async (query, expected) => {
      expect(titles(await list(person, `?${query}`))).toEqual(expected)
    })

    it.each(
      ['created_at', 'quality_score', 'turn_count', 'title'].flatMap((sort) => [
        [sort, 'asc'],
        [sort, 'desc'],
      ]),
    )('gives every conversation once by cursor, sorted by %s %s', async (sort, direction) => {
      const whole = await list(person, `?sort=${sort}&direction=${direction}`)
      const seen: string[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = await list(person, `?sort=${sort}&direction=${direction}&limit=2${cursor && `&cursor=${cursor}`}`)
        expect(page.conversations.length).toBeLessThanOrEqual(2)
        seen.push(...page.conversations.map(({ conversation_id }) => conversation_id))
        cursor = page.next_cursor
      }
      expect(seen).toEqual(whole.conversations.map(({ conversation_id }) => conversation_id))
      expect(new Set(seen).size).toBe(5)
      const scores = whole.conversations.map((each) => each.quality_score ?? -1)
      if (sort === 'quality_score')
        expect(scores).toEqual(scores.toSorted((a, b) => (direction === 'asc' ? a - b : b - a)))
    })

    it('refuses a cursor of another order, and one that no page gave', async () => {
      const page = await list(person, '?limit=2')
      const cursors = [
        `sort=title&cursor=${page.next_cursor}`,
        `direction=asc&cursor=${page.next_cursor}`,
        'cursor=AAAA',
        `cursor=${Buffer.from("created_at\ndesc\n00000000-0000-4000-8000-000000000000\n1'--").toString('base64url')}`,
        `cursor=${Buffer.from('created_at\ndesc\n00000000-0000-4000-8000-000000000000\n99999999999999999999').toString('base64url')}`,
      ]
      for (const query of cursors)
        trainingFailure(await person.request('GET', `${TRAINING}?${query}`), 400, 'Invalid request')
    })

    it.each([
      'status=done',
      'tier=gold',
      'quality_min=11',
      'quality_min=-1',
      'limit=0',
      'limit=101',
      'sort=cost',
      'page=2',
    ])('refuses %s', async (query) => {
      trainingFailure(await person.request('GET', `${TRAINING}?${query}`), 400, 'Invalid request')
    })

    it('is summed up in the statistics, by status and tier', async () => {
      expect(success(contract.readTrainingStats, await person.request('GET', '/api/training/stats'))).toEqual({
        total: 5,
        mean_quality: (9.1 + 6.5 + 3 + 6.5) / 4,
        by_status: { pending_review: 1, approved: 2, rejected: 1, archived: 1 },
        by_tier: { template: 3, scenario: 1, edge_case: 1 },
      })
    })
  })
})

describe('one conversation', () => {
  it('is given with its record, its turns and its files', async () => {
    const { id } = await world.seedConversation(world.ada, { file: '{}', raw: '{"turns":[]}' })
    const { conversation, turns, history } = success(
      contract.readTrainingConversation,
      await world.ada.request('GET', at(id)),
    )
    expect(conversation).toMatchObject({
      conversation_id: id,
      created_by: world.ada.id,
      storage_bucket: 'conversation-files',
      file_path: `${world.ada.id}/${id}/conversation.json`,
      file_size: 2,
      raw_response_path: `raw/${world.ada.id}/${id}.json`,
      raw_response_size: 12,
      revision: 1,
      turn_count: 4,
    })
    expect(turns.map(({ turn_number, role }) => [turn_number, role])).toEqual([
      [1, 'user'],
      [2, 'assistant'],
      [3, 'user'],
      [4, 'assistant'],
    ])
    expect(turns[0]!.emotional_context).toEqual({ primary_emotion: 'fear', secondary_emotion: null, intensity: 0.8 })
    expect(history).toEqual([])
  })

  it('gives a system prompt the number 0', async () => {
    const turns = [{ role: 'system' as const, content: 'Be kind.', train: false }, ...sampleTurns()]
    const { id } = await world.seedConversation(world.ada, { content: { turns } })
    const answer = success(contract.listTurns, await world.ada.request('GET', at(id, '/turns')))
    expect(answer.turns.map(({ turn_number }) => turn_number)).toEqual([0, 1, 2, 3, 4])
  })

  it('is read as messages by its owner on the other surfaces', async () => {
    const { id } = await world.seedConversation(world.ada)
    const answer = await world.ada.request('GET', `/api/conversations/${id}/messages`)
    expect(answer.status).toBe(200)
    expect(answer.body.data).toHaveLength(4)
  })

  it('is read on seeds 4 and 1 only, and changed on neither', async () => {
    const { id } = await world.seedConversation(world.ada)
    const [{ message_id: message }] = await world.rows('select message_id from messages where conversation_id = $1', [
      id,
    ])
    const statusOf = async (method: string, path: string, body?: unknown) =>
      (await world.ada.request(method, path, body)).status
    expect(await statusOf('GET', `/api/conversations/${id}`)).toBe(200)
    for (const [method, path, body] of [
      ['DELETE', `/api/conversations/${id}`],
      ['POST', `/api/conversations/${id}/messages`, { content: 'x', model: 'demo' }],
      ['POST', `/api/conversations/${id}/messages/${message}/branch`, { type: 'full' }],
      ['POST', `/api/app/conversations/${id}/messages`, { content: 'x', model: 'demo' }],
      ['POST', `/api/v1/chat/conversations/${id}/messages`, { content: 'x' }],
      ['GET', `/api/v1/chat/conversations/${id}/history`],
      ['POST', `/api/v1/chat/conversations/${id}/stream-ticket`],
    ] as const)
      expect([path, await statusOf(method, path, body)]).toEqual([path, 404])
    expect(success(contract.listTurns, await world.ada.request('GET', at(id, '/turns'))).turns).toHaveLength(4)
  })

  it.each([
    ['GET', '', undefined],
    ['GET', '/turns', undefined],
    ['GET', '/status', undefined],
    ['GET', '/revisions', undefined],
    ['PATCH', '', { title: 'Mine now' }],
    ['PATCH', '/status', { status: 'approved' }],
    ['PATCH', '/scores', { empathy: 3 }],
    ['PATCH', '/turns/2', { revision: 1, content: 'Mine now' }],
    ['POST', '/restore', { revision: 1 }],
    ['POST', '/judge', { model: 'operator:x' }],
    ['DELETE', '', undefined],
  ])('is not there for anybody else: %s %s', async (method, rest, body) => {
    const { id } = await world.seedConversation(world.ada)
    const answer = await world.stranger.request(method, at(id, rest), body)
    expect(trainingFailure(answer, 404, 'Conversation not found').conversation_id).toBe(id)
    const [row] = await world.rows(
      'select title, status, revision from training_conversations where conversation_id = $1',
      [id],
    )
    expect(row).toEqual({ title: 'A budget', status: 'pending_review', revision: 1 })
  })

  it('needs somebody who is signed in, and an id', async () => {
    const { id } = await world.seedConversation(world.ada)
    const answer = await fetch(world.server.url + at(id))
    expect([answer.status, await answer.json()]).toEqual([
      401,
      { error: 'Unauthorized', message: 'Authentication required' },
    ])
    trainingFailure(await world.ada.request('GET', at('nonsense')), 400)
  })

  it('gets another title and tier, is found by the new title, and its file says so', async () => {
    const person = await world.server.newPerson()
    const { id } = await world.seedConversation(person, { columns: { title: 'Oldname' } })
    const changed = success(
      contract.updateTrainingConversation,
      await person.request('PATCH', at(id), { title: 'Newname', tier: 'edge_case' }),
    )
    expect([changed.title, changed.tier]).toEqual(['Newname', 'edge_case'])
    expect((await list(person, '?q=newname')).total).toBe(1)
    expect((await list(person, '?q=lost')).total).toBe(1)
    const file = JSON.parse((await world.readBlob(`${person.id}/${id}/conversation.json`))!)
    expect(file.dataset_metadata.notes).toBe('Newname')
  })

  it('is deleted with its messages, revisions and files, and leaves a line in the log', async () => {
    const { id } = await world.seedConversation(world.ada, { file: '{}', raw: '{}' })
    success(contract.deleteTrainingConversation, await world.ada.request('DELETE', at(id)))
    trainingFailure(await world.ada.request('GET', at(id)), 404)
    const gone = await world.rows(
      `select (select count(*)::int from messages where conversation_id = $1) as messages,
        (select count(*)::int from training_revisions where conversation_id = $1) as revisions,
        (select count(*)::int from doomed_blobs where blob_key like '%' || $1 || '%') as doomed,
        (select action from training_log where conversation_id = $1) as action`,
      [id],
    )
    expect(gone).toEqual([{ messages: 0, revisions: 0, doomed: 2, action: 'delete' }])
    trainingFailure(await world.ada.request('DELETE', at(id)), 404)
  })
})

describe('the profile', () => {
  it('is neutral until the person has written their own, which files then have', async () => {
    const person = await world.server.newPerson()
    const starter = success(contract.readProfile, await person.request('GET', '/api/training/profile'))
    expect(starter.principles).toHaveLength(5)
    const own = { ...starter, name: 'Elena', business: 'Pathways', expertise: 'Money & Mind', principles: ['Listen.'] }
    success(contract.saveProfile, await person.request('PUT', '/api/training/profile', own))
    expect(success(contract.readProfile, await person.request('GET', '/api/training/profile'))).toEqual(own)
    const { id } = await world.seedConversation(person)
    await person.request('PATCH', at(id), { title: 'Anew' })
    const file = JSON.parse((await world.readBlob(`${person.id}/${id}/conversation.json`))!)
    expect(file.consultant_profile).toEqual({
      name: 'Elena',
      business: 'Pathways',
      expertise: 'Money & Mind',
      years_experience: 10,
      core_philosophy: { principle_1: 'Listen.' },
      communication_style: { tone: starter.tone, techniques: starter.techniques, avoid: starter.avoid },
    })
    expect(file.dataset_metadata.vertical).toBe('money_mind')
  })
})
