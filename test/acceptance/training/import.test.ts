/** Conversations that were made elsewhere: brought as messages or as ShareGPT. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import * as contract from '#contract/training/index.ts'
import { success } from '../surfaces/holding.ts'
import { at, openTrainingWorld, TRAINING, trainingFailure, type TrainingWorld } from './world.ts'

let world: TrainingWorld
beforeAll(async () => {
  world = await openTrainingWorld()
})
afterAll(() => world.close())

const bring = (body: object) => world.ada.request('POST', `${TRAINING}/import`, body)
const read = async (id: string) => success(contract.readTrainingConversation, await world.ada.request('GET', at(id)))

it('are kept turn by turn, with tools and with what is not to be learned from', async () => {
  const messages = [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'What is the rate in Oslo?' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call00001', type: 'function', function: { name: 'rate', arguments: '{"city":"Oslo"}' } }],
    },
    { role: 'tool', content: '3.1', tool_call_id: 'call00001' },
    { role: 'assistant', content: 'It is 3.1.', weight: 0 },
    { role: 'assistant', content: 'It is 3.1 percent.', weight: 1 },
  ]
  const outcome = success(
    contract.importConversations,
    await bring({ tier: 'scenario', conversations: [{ messages }] }),
  )
  expect(outcome.refused).toEqual([])
  const { conversation, turns, history } = await read(outcome.conversation_ids[0]!)
  expect(conversation).toMatchObject({
    title: 'What is the rate in Oslo?',
    origin: 'imported',
    tier: 'scenario',
    revision: 1,
    turn_count: 5,
    model: null,
    processing_status: 'completed',
    status: 'pending_review',
  })
  expect(turns.map(({ role, content, train }) => [role, content, train])).toEqual([
    ['system', 'Be kind.', false],
    ['user', 'What is the rate in Oslo?', false],
    ['assistant', null, true],
    ['tool', '3.1', false],
    ['assistant', 'It is 3.1.', false],
    ['assistant', 'It is 3.1 percent.', true],
  ])
  expect(turns[2]!.tool_calls).toEqual([{ id: 'call00001', name: 'rate', arguments: '{"city":"Oslo"}' }])
  expect(turns[3]!.tool_call_id).toBe('call00001')
  expect(history.map(({ action }) => action)).toEqual(['import'])
})

it('may be ShareGPT, in either spelling of its roles', async () => {
  const conversations = [
    {
      title: 'Two',
      conversations: [
        { from: 'human', value: 'Hello.' },
        { from: 'gpt', value: 'Hi.' },
      ],
    },
    {
      conversations: [
        { from: 'user', value: 'Hello again.' },
        { from: 'assistant', value: 'Hi.' },
      ],
    },
  ]
  const outcome = success(contract.importConversations, await bring({ conversations }))
  const found = await Promise.all(outcome.conversation_ids.map(read))
  expect(found.map(({ conversation }) => conversation.title)).toEqual(['Two', 'Hello again.'])
  for (const { turns } of found) expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant'])
})

it('that can not be kept are named, and keep none of the others away', async () => {
  const user = { role: 'user', content: 'Hello.' }
  const conversations = [
    { messages: [] },
    { messages: [user] },
    { messages: [user, { role: 'assistant', content: null }] },
    { messages: [user, { role: 'system', content: 'Too late.' }] },
  ]
  const outcome = success(contract.importConversations, await bring({ conversations }))
  expect(outcome.conversation_ids).toHaveLength(1)
  expect(outcome.refused).toEqual([
    { index: 0, message: 'A conversation must have a turn.' },
    { index: 2, message: 'A conversation must say something in every turn.' },
    { index: 3, message: 'A conversation can have a system prompt at its beginning only.' },
  ])
})

it('get their files, which follow the answer', async () => {
  const conversations = [
    {
      messages: [
        { role: 'user', content: 'Hello.' },
        { role: 'assistant', content: 'Hi.' },
      ],
    },
  ]
  const {
    conversation_ids: [id],
  } = success(contract.importConversations, await bring({ conversations }))
  await vi.waitFor(async () => {
    const file = JSON.parse((await world.readBlob(`${world.ada.id}/${id}/conversation.json`)) ?? 'null')
    expect(file?.dataset_metadata).toMatchObject({ conversation_source: 'imported', total_turns: 2 })
  }, 10_000)
})

it.each([
  {},
  { conversations: [] },
  { conversations: [{ messages: [{ role: 'narrator', content: 'Once.' }] }] },
  { conversations: [{ conversations: [{ from: 'bing', value: 'x' }] }] },
  { conversations: [{ messages: [], conversations: [] }] },
  { conversations: [{ messages: [{ role: 'user', content: 'a\u0000b' }] }] },
  { tier: 'gold', conversations: [{ messages: [] }] },
  { conversations: Array.from({ length: 101 }, () => ({ messages: [] })) },
])('are refused as a whole when the request is wrong: case %#', async (body) => {
  trainingFailure(await bring(body), 400, 'Invalid request')
})
