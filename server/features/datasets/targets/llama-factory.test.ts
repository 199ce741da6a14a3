/**
 * What LLaMA-Factory drops. The expected values were found by running its own SharegptDatasetConverter (revision ff6d4d12e, with
 * the `dataset_info.json` that the target writes) over all 1279 sequences of up to five messages that can be stored; these
 * are the cases that differ in kind.
 */
import { describe, expect, it } from 'vitest'
import { contentOf, fileOf, open, rowOf, take, turnsOf } from './for-tests.ts'
import type { WrittenFile } from './target.ts'

const leftOut = (letters: string, form: 'sharegpt' | 'messages'): boolean =>
  take('llama-factory', contentOf(letters), { form }).records.length === 0

describe('LLaMA-Factory', () => {
  it.each([
    ['ua', 'a question and its answer', false],
    ['sua', 'with a system message', false],
    ['uaua', 'two pairs', false],
    ['u', 'a question only', true],
    ['a', 'an answer only', true],
    ['s', 'a system message only', true],
    ['uau', 'a question at the end', true],
    ['suau', 'a question at the end, with a system message', true],
    ['au', 'the assistant first', true],
    ['aua', 'the assistant first, and last', true],
    ['saua', 'the assistant first behind the system message', true],
    ['uua', 'two questions', true],
    ['uaa', 'two answers', true],
    ['uuaa', 'two questions and two answers', true],
    ['uaaua', 'two answers in the middle', true],
    ['suuaa', 'two of each, with a system message', true],
  ])('%s (%s) is dropped: %s', (letters, _, isDropped) => {
    expect(leftOut(letters, 'sharegpt')).toBe(isDropped)
    expect(leftOut(letters, 'messages')).toBe(isDropped)
  })

  it.each([
    ['ucta', 'a call, its result and the answer', false],
    ['uc', 'a call at the end', false],
    ['ucuta', 'a question where the result should be', true],
    ['uctua', 'a question right behind a result', true],
    ['uct', 'a result at the end', true],
  ])('with tools, %s (%s) is dropped: %s', (letters, _, isDropped) => {
    expect(leftOut(letters, 'sharegpt')).toBe(isDropped)
  })

  it('names every rule with the fix that keeps the row', () => {
    const cases = [
      ['uau', 'end.assistant', 'drop_trailing_user'],
      ['aua', 'start.user', 'drop_leading_assistant'],
      ['uua', 'turns.alternate', 'merge_same_role'],
    ] as const
    for (const [letters, rule, fix] of cases) {
      expect(open('llama-factory').take(rowOf(contentOf(letters)), 'train').findings).toMatchObject([
        { rule, fix, effect: 'drops' },
      ])
      expect(take('llama-factory', contentOf(letters), { fixes: [fix] })).toMatchObject({ broken: {}, records: [{}] })
    }
  })

  it('reads calls as function_call, results as observation, and tools as text', () => {
    expect(take('llama-factory', contentOf('sucta')).records).toEqual([
      {
        conversations: [
          { from: 'human', value: '«2u»' },
          { from: 'function_call', value: '{"name":"look_up","arguments":{"city":"«3c»"}}' },
          { from: 'observation', value: '«4t»' },
          { from: 'gpt', value: '«5a»' },
        ],
        system: '«1s»',
        tools:
          '[{"name":"look_up","description":"Looks a city up","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}]',
      },
    ])
  })

  it('leaves tool calls out of the form that would make empty answers of them', () => {
    expect(take('llama-factory', contentOf('ucta'), { form: 'messages' })).toEqual({
      broken: { 'tools.supported': 'harms' },
      records: [],
    })
    expect(take('llama-factory', contentOf('ucta'), { form: 'messages', fixes: ['remove_tools'] }).records).toEqual([
      {
        messages: [
          { role: 'user', content: '«1u»' },
          { role: 'assistant', content: '«4a»' },
        ],
      },
    ])
  })

  it('leaves out what it would learn from against a mark, or makes rows of which it learns the last answer only', () => {
    expect(take('llama-factory', contentOf('uxua'))).toEqual({ broken: { 'weight.ignored': 'harms' }, records: [] })
    const { records } = take('llama-factory', contentOf('uauxua'), { fixes: ['expand_answers'] })
    expect(records.map(({ conversations }) => (conversations as { value: string }[]).at(-1)!.value)).toEqual([
      '«2a»',
      '«6a»',
    ])
  })

  it('has alpaca rows with a history', () => {
    expect(take('llama-factory', contentOf('suaua'), { form: 'alpaca' }).records).toEqual([
      { instruction: '«4u»', input: '', output: '«5a»', system: '«1s»', history: [['«2u»', '«3a»']] },
    ])
  })

  it('has pairs of an edited answer and the former one', () => {
    const turns = turnsOf('uaua').map((turn, index) => (index === 3 ? { ...turn, rejected: 'No.' } : turn))
    expect(take('llama-factory', { turns }, { form: 'dpo' }).records).toEqual([
      {
        conversations: [
          { from: 'human', value: '«1u»' },
          { from: 'gpt', value: '«2a»' },
          { from: 'human', value: '«3u»' },
        ],
        system: '',
        tools: '',
        chosen: { from: 'gpt', value: '«4a»' },
        rejected: { from: 'gpt', value: 'No.' },
      },
    ])
  })
})

describe('dataset_info.json', () => {
  const file = (split: WrittenFile['split'], ending: string): WrittenFile => ({
    split,
    name: `${split}.${ending}`,
    conversations: 1,
    records: 1,
    bytes: 1,
  })

  const companions = (form: 'sharegpt' | 'messages' | 'alpaca' | 'dpo', ending: string) =>
    Object.fromEntries(
      open('llama-factory', { form })
        .companions([file('train', ending), file('validation', ending)])
        .map(({ name, text }) => [name, text]),
    )

  it('lists every column and tag, because those that are not listed are read as null', () => {
    expect(JSON.parse(companions('sharegpt', 'json')['dataset_info.json']!)).toEqual({
      studio_train: {
        file_name: 'train.json',
        formatting: 'sharegpt',
        columns: { messages: 'conversations', system: 'system', tools: 'tools' },
      },
      studio_validation: {
        file_name: 'validation.json',
        formatting: 'sharegpt',
        columns: { messages: 'conversations', system: 'system', tools: 'tools' },
      },
    })
    expect(JSON.parse(companions('messages', 'jsonl')['dataset_info.json']!).studio_train).toEqual({
      file_name: 'train.jsonl',
      formatting: 'sharegpt',
      columns: { messages: 'messages' },
      tags: {
        role_tag: 'role',
        content_tag: 'content',
        user_tag: 'user',
        assistant_tag: 'assistant',
        system_tag: 'system',
        observation_tag: 'tool',
        function_tag: 'function_call',
      },
    })
    expect(JSON.parse(companions('dpo', 'json')['dataset_info.json']!).studio_train).toMatchObject({
      ranking: true,
      columns: { chosen: 'chosen', rejected: 'rejected' },
    })
  })

  it('is joined by the options of a run, with validation and, where rows are expanded, mask_history', () => {
    expect(companions('sharegpt', 'json')['run.yaml']).toContain(
      'dataset: studio_train\neval_dataset: studio_validation\n',
    )
    const [, run] = open('llama-factory', { fixes: ['expand_answers'] }).companions([file('train', 'json')])
    expect(run!.text).toContain('mask_history: true')
  })

  it('names columns that every row has', () => {
    for (const form of ['sharegpt', 'messages', 'alpaca'] as const) {
      const text = fileOf(open('llama-factory', { form }), [rowOf(contentOf('ua'))])
      const [row] = form === 'messages' ? [JSON.parse(text)] : JSON.parse(text)
      const { columns } = JSON.parse(companions(form, 'json')['dataset_info.json']!).studio_train
      expect(Object.keys(row)).toEqual(expect.arrayContaining(Object.values(columns)))
    }
  })
})
