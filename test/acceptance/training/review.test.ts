/** Reviewing training conversations: decisions, edits of turns, scores by people and models, and many at once. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as contract from '#contract/training/index.ts'
import { startScriptedProvider, type ScriptedProvider } from '#test/support/scripted-provider/scripted-provider.ts'
import type { TestPerson } from '#test/support/server.ts'
import { sampleTurns } from '#test/support/training-seeds.ts'
import { success } from '../surfaces/holding.ts'
import { at, openTrainingWorld, TRAINING, trainingFailure, type TrainingWorld } from './world.ts'

let provider: ScriptedProvider
let world: TrainingWorld
beforeAll(async () => {
  provider = await startScriptedProvider()
  world = await openTrainingWorld({ env: { LLM_BASE_URL: provider.url, LLM_MODEL: 'judge' } })
})
afterAll(async () => {
  await world.close()
  await provider.close()
})

const fileOf = async (person: TestPerson, id: string) =>
  JSON.parse((await world.readBlob(`${person.id}/${id}/conversation.json`)) ?? 'null')

const logOf = (id: string) =>
  world.rows('select action, actor_id, details from training_log where conversation_id = $1 order by at, log_id', [id])

const changeTurn = (id: string, turn: number, body: object) =>
  world.ada.request('PATCH', at(id, `/turns/${turn}`), body)

const read = async (id: string, person = world.ada) =>
  success(contract.readTrainingConversation, await person.request('GET', at(id)))

describe('a decision', () => {
  it.each([
    ['approved', 'approve', null],
    ['archived', 'archive', 'Not now.'],
    ['rejected', 'reject', 'Too short.'],
  ] as const)('makes it %s, says who and when, and stands in the log', async (status, action, review_notes) => {
    const { id } = await world.seedConversation(world.ada)
    const decided = success(
      contract.changeReviewStatus,
      await world.ada.request('PATCH', at(id, '/status'), { status, review_notes }),
    )
    expect(decided).toMatchObject({ conversation_id: id, status, reviewed_by: world.ada.id, review_notes })
    expect(success(contract.readReviewStatus, await world.ada.request('GET', at(id, '/status')))).toEqual(decided)
    expect(await logOf(id)).toEqual([
      { action, actor_id: world.ada.id, details: review_notes === null ? null : { notes: review_notes } },
    ])
    const { conversation, history } = await read(id)
    expect([conversation.status, history.map((line) => line.action)]).toEqual([status, [action]])
    expect((await fileOf(world.ada, id)).training_pairs[0].training_metadata.human_reviewed).toBe(true)
  })

  it('is the look that a flagged conversation was waiting for', async () => {
    const flagged = () => world.seedConversation(world.ada, { columns: { requires_manual_review: true } })
    const [one, other] = [await flagged(), await flagged()]
    await world.ada.request('PATCH', at(one.id, '/status'), { status: 'approved' })
    await world.ada.request('POST', `${TRAINING}/bulk`, { action: 'archive', ids: [other.id] })
    for (const { id } of [one, other]) expect((await read(id)).conversation.requires_manual_review).toBe(false)
    // Two turns are fewer than wanted; it was looked at all the same.
    success(contract.changeTurn, await changeTurn(one.id, 2, { revision: 1, content: 'Ok.' }))
    expect((await read(one.id)).conversation.requires_manual_review).toBe(false)
  })

  it('is taken back by reopening', async () => {
    const { id } = await world.seedConversation(world.ada, { columns: { status: 'rejected', review_notes: 'No.' } })
    const reopened = success(
      contract.changeReviewStatus,
      await world.ada.request('PATCH', at(id, '/status'), { status: 'pending_review' }),
    )
    expect(reopened).toEqual({
      conversation_id: id,
      status: 'pending_review',
      reviewed_by: null,
      reviewed_at: null,
      review_notes: null,
    })
  })

  it.each([
    { status: 'rejected' },
    { status: 'rejected', review_notes: '  ' },
    { status: 'done' },
    { status: 'approved', extra: 1 },
    { status: 'archived', review_notes: 'x'.repeat(5001) },
    {},
  ])('is refused when it says %j', async (body) => {
    const { id } = await world.seedConversation(world.ada)
    trainingFailure(await world.ada.request('PATCH', at(id, '/status'), body), 400, 'Invalid request')
    expect((await read(id)).conversation.status).toBe('pending_review')
  })

  it('approves nothing that has no content', async () => {
    const { id } = await world.seedConversation(world.ada, { columns: { processing_status: 'failed', revision: 0 } })
    const answer = await world.ada.request('PATCH', at(id, '/status'), { status: 'approved' })
    trainingFailure(answer, 409, 'Conflict', /no content/)
    success(contract.changeReviewStatus, await world.ada.request('PATCH', at(id, '/status'), { status: 'archived' }))
  })
})

describe('an edited turn', () => {
  it('says something new and keeps what it said as the rejected answer', async () => {
    const { id, content } = await world.seedConversation(world.ada)
    const said = content.turns[1]!.content
    const changed = success(contract.changeTurn, await changeTurn(id, 2, { revision: 1, content: 'I hear you.' }))
    expect(changed).toMatchObject({ revision: 2, turns: [{ turn_number: 2, content: 'I hear you.', rejected: said }] })
    const again = success(contract.changeTurn, await changeTurn(id, 2, { revision: 2, content: 'I am with you.' }))
    expect(again.turns[0]).toMatchObject({ content: 'I am with you.', rejected: said })
    const { conversation, turns } = await read(id)
    expect([conversation.revision, turns[1]!.content]).toEqual([3, 'I am with you.'])
    const back = success(contract.changeTurn, await changeTurn(id, 2, { revision: 3, content: said }))
    expect(back.turns[0]).toMatchObject({ content: said, rejected: null })
  })

  it('reaches the messages, the search, the tokens and the final file', async () => {
    const { id } = await world.seedConversation(world.ada)
    success(contract.changeTurn, await changeTurn(id, 4, { revision: 1, content: 'Say zanzibar twice: zanzibar.' }))
    const { body } = await world.ada.request('GET', `/api/conversations/${id}/messages`)
    expect(body.data).toHaveLength(4)
    expect(body.data[0].content).toBe('Say zanzibar twice: zanzibar.')
    const found = success(contract.listTrainingConversations, await world.ada.request('GET', `${TRAINING}?q=zanz`))
    expect(found.conversations.map((each) => each.conversation_id)).toEqual([id])
    const { conversation } =
      found.conversations[0] === undefined ? await read(id) : { conversation: found.conversations[0] }
    expect(conversation.token_count).toBeGreaterThan(10)
    const file = await fileOf(world.ada, id)
    expect(Object.keys(file)).toEqual(['dataset_metadata', 'consultant_profile', 'training_pairs'])
    expect(file.training_pairs).toHaveLength(4)
    expect(file.training_pairs.map((pair: any) => pair.target_response)).toEqual([
      null,
      sampleTurns()[1]!.content,
      null,
      'Say zanzibar twice: zanzibar.',
    ])
    expect(conversation.file_path).toBe(`${world.ada.id}/${id}/conversation.json`)
    expect(conversation.file_size).toBe(
      Buffer.byteLength((await world.readBlob(`${world.ada.id}/${id}/conversation.json`))!),
    )
  })

  it('is not learned from when somebody says so, and the file says it too', async () => {
    const { id } = await world.seedConversation(world.ada)
    const { turns } = success(contract.changeTurn, await changeTurn(id, 2, { revision: 1, train: false }))
    expect(turns[0]).toMatchObject({ train: false, rejected: null })
    const [, answer, , other] = (await fileOf(world.ada, id)).training_pairs
    expect([answer.training_metadata.excluded_from_training, other.training_metadata.excluded_from_training]).toEqual([
      true,
      undefined,
    ])
  })

  it('takes scores and a comment, and gives them back', async () => {
    const { id } = await world.seedConversation(world.ada)
    const scored = { revision: 1, scores: { empathy: 9.5, clarity: 7 }, comment: 'Warm.' }
    expect(success(contract.changeTurn, await changeTurn(id, 2, scored)).turns[0]).toMatchObject({
      scores: { empathy: 9.5, clarity: 7 },
      comment: 'Warm.',
    })
    const less = { revision: 2, scores: { empathy: null }, comment: null }
    expect(success(contract.changeTurn, await changeTurn(id, 2, less)).turns[0]).toMatchObject({
      scores: { clarity: 7 },
      comment: null,
    })
  })

  it('makes no revision when nothing is different', async () => {
    const { id } = await world.seedConversation(world.ada)
    const same = { revision: 1, content: sampleTurns()[1]!.content, train: true }
    expect(success(contract.changeTurn, await changeTurn(id, 2, same)).revision).toBe(1)
    expect(await logOf(id)).toEqual([])
  })

  it('is refused when the conversation has moved on, and of many at once one goes through', async () => {
    const { id } = await world.seedConversation(world.ada)
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => changeTurn(id, 2, { revision: 1, content: `Answer ${index}` })),
    )
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 409, 409, 409, 409, 409, 409, 409,
    ])
    trainingFailure(
      answers.find(({ status }) => status === 409)!,
      409,
      'Conflict',
      /changed meanwhile/,
    )
    const winner = answers.find(({ status }) => status === 200)!.body.turns[0].content
    expect((await fileOf(world.ada, id)).training_pairs[1].target_response).toBe(winner)
    const rows = await world.rows('select content from messages where conversation_id = $1', [id])
    expect(rows.map(({ content }) => content).filter((content) => content.startsWith('Answer'))).toEqual([winner])
  })

  it.each([
    [9, { revision: 1, content: 'x' }, 404],
    [0, { revision: 1, content: 'x' }, 404],
    [1, { revision: 1, train: true }, 400],
    [2, { revision: 1, content: ' ' }, 400],
    [2, { revision: 1, content: 'a\u0000b' }, 400],
    [2, { revision: 1, scores: { empathy: 11 } }, 400],
    [2, { revision: 1, scores: { charm: 1 } }, 400],
    [2, { content: 'x' }, 400],
    [2, { revision: 7, content: 'x' }, 409],
  ])('number %i with %j answers %i', async (turn, body, status) => {
    const { id } = await world.seedConversation(world.ada)
    trainingFailure(await changeTurn(id, turn, body), status)
    expect((await read(id)).conversation.revision).toBe(1)
  })
})

describe('revisions', () => {
  it('are listed, read and restored as a new one', async () => {
    const { id, content } = await world.seedConversation(world.ada)
    await changeTurn(id, 2, { revision: 1, content: 'Second.' })
    await changeTurn(id, 2, { revision: 2, content: 'Third.' })
    const earlier = success(contract.listTurns, await world.ada.request('GET', at(id, '/turns?revision=2')))
    expect([earlier.revision, earlier.turns[1]!.content]).toEqual([2, 'Second.'])
    const restored = success(
      contract.restoreRevision,
      await world.ada.request('POST', at(id, '/restore'), { revision: 1 }),
    )
    expect([restored.revision, restored.turns[1]!.content]).toEqual([4, content.turns[1]!.content])
    const { revisions } = success(contract.listRevisions, await world.ada.request('GET', at(id, '/revisions')))
    expect(revisions.map(({ revision, reason }) => [revision, reason])).toEqual([
      [4, 'restored'],
      [3, 'edited'],
      [2, 'edited'],
      [1, 'generated'],
    ])
    const page = success(contract.listRevisions, await world.ada.request('GET', at(id, '/revisions?limit=2&before=4')))
    expect(page.revisions.map(({ revision }) => revision)).toEqual([3, 2])
    trainingFailure(await world.ada.request('POST', at(id, '/restore'), { revision: 9 }), 404, undefined, /revision/)
    trainingFailure(await world.ada.request('GET', at(id, '/turns?revision=9')), 404, undefined, /revision/)
  })
})

describe('scores', () => {
  it('of a person are kept by criterion and reach the file on its scale of 1 to 5', async () => {
    const { id } = await world.seedConversation(world.ada)
    const scored = success(
      contract.scoreConversation,
      await world.ada.request('PATCH', at(id, '/scores'), { empathy: 10, brand_voice: 0 }),
    )
    expect(scored).toMatchObject({
      empathy_score: 10,
      clarity_score: null,
      appropriateness_score: null,
      brand_voice_alignment: 0,
    })
    expect((await fileOf(world.ada, id)).training_pairs[1].training_metadata.quality_criteria).toEqual({
      empathy_score: 5,
      clarity_score: null,
      appropriateness_score: null,
      brand_voice_alignment: 1,
    })
    trainingFailure(await world.ada.request('PATCH', at(id, '/scores'), { empathy: 10.5 }), 400)
    const fine = await world.ada.request('PATCH', at(id, '/scores'), { clarity: 5e-324, appropriateness: 7.126 })
    expect(success(contract.scoreConversation, fine)).toMatchObject({ clarity_score: 0, appropriateness_score: 7.13 })
  })

  const scores = { empathy: 8, clarity: 7, appropriateness: 9, brand_voice: 6.5 }
  const verdict = {
    turns: [
      { turn: 2, ...scores },
      { turn: 4, ...scores, empathy: 4 },
    ],
    overall: { ...scores, clarity: 5 },
  }
  const judge = (id: string, model = 'operator:judge') => world.ada.request('POST', at(id, '/judge'), { model })

  it('of a model are kept for every answer and for the whole, and the log names the model', async () => {
    const { id } = await world.seedConversation(world.ada)
    provider.script({ steps: [`\`\`\`json\n${JSON.stringify(verdict)}\n\`\`\``] })
    const { conversation, turns } = success(contract.judgeConversation, await judge(id))
    expect(conversation).toMatchObject({ revision: 2, empathy_score: 8, clarity_score: 5, brand_voice_alignment: 6.5 })
    expect(turns.map((turn) => turn.scores)).toEqual([{}, scores, {}, { ...scores, empathy: 4 }])
    expect((await logOf(id)).map(({ action, details }) => [action, details.model])).toEqual([
      ['judge', 'operator:judge'],
    ])
  })

  it.each([
    ['prose', 'A fine conversation, 8 of 10.'],
    ['a missing turn', JSON.stringify({ ...verdict, turns: verdict.turns.slice(1) })],
    ['a turn twice', JSON.stringify({ ...verdict, turns: [verdict.turns[0], verdict.turns[0]] })],
    ['a turn of the user', JSON.stringify({ ...verdict, turns: [...verdict.turns, { turn: 1, ...scores }] })],
    ['a score above 10', JSON.stringify({ ...verdict, overall: { ...scores, clarity: 11 } })],
    ['a score in words', JSON.stringify({ ...verdict, overall: { ...scores, clarity: '7' } })],
    ['a missing criterion', JSON.stringify({ ...verdict, overall: { empathy: 7 } })],
    ['half an answer', JSON.stringify(verdict).slice(0, 80)],
  ])('are not made of %s', async (_what, text) => {
    const { id } = await world.seedConversation(world.ada)
    provider.script({ steps: [text] })
    trainingFailure(await judge(id), 502, undefined, /scores/)
    expect((await read(id)).conversation).toMatchObject({ revision: 1, empathy_score: null })
  })

  it('are not made of an answer that was cut, though it could be read', async () => {
    const { id } = await world.seedConversation(world.ada)
    provider.script({ steps: [JSON.stringify(verdict)], finishReason: 'length' })
    trainingFailure(await judge(id), 502)
  })

  it('are not asked of the demo, of no source, or without a key', async () => {
    const { id } = await world.seedConversation(world.ada)
    trainingFailure(await judge(id, 'demo'), 400, undefined, /demo/)
    trainingFailure(await judge(id, 'nobody:knows'), 400)
    trainingFailure(await judge(id, 'openrouter:some/model'), 400)
  })
})

describe('many at once', () => {
  const bulk = (body: object, person = world.ada) => person.request('POST', `${TRAINING}/bulk`, body)
  const statuses = async (ids: string[]) => {
    const rows = await world.rows(
      'select conversation_id, status from training_conversations where conversation_id = any($1::uuid[])',
      [ids],
    )
    return ids.map((id) => rows.find((row) => row.conversation_id === id)?.status)
  }

  it('are decided by their ids, with a count of each outcome', async () => {
    const fresh = await world.seedConversation(world.ada)
    const done = await world.seedConversation(world.ada, { columns: { status: 'approved' } })
    const empty = await world.seedConversation(world.ada, { columns: { processing_status: 'failed' } })
    const foreign = await world.seedConversation(world.stranger)
    const ids = [fresh.id, done.id, empty.id, foreign.id, randomUUID()]
    const outcome = success(contract.changeManyConversations, await bulk({ action: 'approve', ids }))
    expect(outcome).toEqual({ changed: 1, unchanged: 2, not_found: 2, more: false })
    expect(await statuses(ids)).toEqual(['approved', 'approved', 'pending_review', 'pending_review', undefined])
    expect((await logOf(fresh.id)).map(({ action }) => action)).toEqual(['approve'])
    expect(await logOf(foreign.id)).toEqual([])
  })

  it('are rejected with a reason, moved to a tier and deleted', async () => {
    const ids = [(await world.seedConversation(world.ada)).id, (await world.seedConversation(world.ada)).id]
    trainingFailure(await bulk({ action: 'reject', ids }), 400)
    success(contract.changeManyConversations, await bulk({ action: 'reject', ids, reason: 'Alike.' }))
    expect((await read(ids[0]!)).conversation).toMatchObject({ status: 'rejected', review_notes: 'Alike.' })
    trainingFailure(await bulk({ action: 'set_tier', ids }), 400)
    success(contract.changeManyConversations, await bulk({ action: 'set_tier', ids, tier: 'edge_case' }))
    expect((await read(ids[1]!)).conversation.tier).toBe('edge_case')
    success(contract.changeManyConversations, await bulk({ action: 'delete', ids }))
    expect(await statuses(ids)).toEqual([undefined, undefined])
  })

  it('are decided by both: of those that are named, the ones that pass', async () => {
    const [one, other] = [
      await world.seedConversation(world.ada, { columns: { tier: 'scenario' } }),
      await world.seedConversation(world.ada),
    ]
    const ids = [one.id, other.id]
    const body = { action: 'archive', ids, filter: { tier: 'scenario' } }
    const outcome = success(contract.changeManyConversations, await bulk(body))
    expect(outcome).toEqual({ changed: 1, unchanged: 1, not_found: 0, more: false })
    expect(await statuses(ids)).toEqual(['archived', 'pending_review'])
  })

  it('are decided by a filter, 500 at a time, until none is left', async () => {
    const person = await world.server.newPerson()
    for (let index = 0; index < 501; index++)
      await world.seedConversation(person, { content: { turns: sampleTurns().slice(0, 2) } })
    const spared = await world.seedConversation(person, { columns: { tier: 'scenario' } })
    const body = { action: 'archive', filter: { tier: 'template' } }
    const first = success(contract.changeManyConversations, await bulk(body, person))
    expect(first).toEqual({ changed: 500, unchanged: 0, not_found: 0, more: true })
    const second = success(contract.changeManyConversations, await bulk(body, person))
    expect(second).toEqual({ changed: 1, unchanged: 0, not_found: 0, more: false })
    expect(await statuses([spared.id])).toEqual(['pending_review'])
    const stats = success(contract.readTrainingStats, await person.request('GET', '/api/training/stats'))
    expect(stats.by_status).toEqual({ pending_review: 1, approved: 0, rejected: 0, archived: 501 })
  })

  it.each([
    { action: 'approve' },
    { action: 'approve', ids: [] },
    { action: 'approve', ids: ['x'] },
    { action: 'approve', ids: Array.from({ length: 501 }, () => randomUUID()) },
    { action: 'burn', ids: [randomUUID()] },
    { action: 'approve', filter: { colour: 'red' } },
  ])('are refused as a whole when the request is wrong', async (body) => {
    trainingFailure(await bulk(body), 400, 'Invalid request')
  })
})
