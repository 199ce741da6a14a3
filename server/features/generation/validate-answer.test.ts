/** Blockers and warnings of contracts, 0.5, and what a valid answer becomes. */
import { describe, expect, it } from 'vitest'
import { validateAnswer } from './validate-answer.ts'

const emotion = { primary_emotion: 'worry', secondary_emotion: 'hope', intensity: 0.7 }
const turn = (number: number, over: Record<string, unknown> = {}) => ({
  turn_number: number,
  role: number % 2 === 1 ? 'user' : 'assistant',
  content: `Something of turn ${number}.`,
  emotional_context: emotion,
  ...over,
})
const metadata = { client_persona: 'whoever', session_context: 'First talk.', conversation_phase: 'first_contact' }
const answer = (turns: unknown = [turn(1), turn(2), turn(3), turn(4)], over: Record<string, unknown> = {}) => ({
  conversation_metadata: metadata,
  turns,
  ...over,
})
const expected = { clientPersona: 'Maya - The Planner', turns: [4, 6] as const }
const validate = (value: unknown) => validateAnswer(value, expected)
const rules = (remarks: readonly { rule: string; turn_number: number | null }[]) =>
  remarks.map((remark) => [remark.rule, remark.turn_number])

it('what is valid has neither, and becomes content with the persona of the person and not of the model', () => {
  const { report, content } = validate(answer())
  expect(report).toEqual({ blockers: [], warnings: [] })
  expect(content?.scene).toEqual({
    clientPersona: 'Maya - The Planner',
    sessionContext: 'First talk.',
    conversationPhase: 'first_contact',
    expectedOutcome: null,
  })
  expect(content?.turns.map(({ role, train }) => [role, train])).toEqual([
    ['user', false],
    ['assistant', true],
    ['user', false],
    ['assistant', true],
  ])
  expect(content?.turns[0]).toEqual({
    role: 'user',
    content: 'Something of turn 1.',
    train: false,
    emotion: { primary: 'worry', secondary: 'hope', intensity: 0.7 },
  })
})

describe('blocks', () => {
  it.each<[string, unknown, [string, number | null]]>([
    ['no metadata', answer(undefined, { conversation_metadata: undefined }), ['missing_metadata', null]],
    ['metadata that are no object', answer(undefined, { conversation_metadata: 'x' }), ['missing_metadata', null]],
    ['no turns', answer(null), ['missing_turns', null]],
    ['turns that are no list', answer({ 1: turn(1) }), ['missing_turns', null]],
    ['one turn', answer([turn(1)]), ['too_few_turns', null]],
    ['201 turns', answer(Array.from({ length: 201 }, (_, at) => turn(at + 1))), ['too_many_turns', null]],
    ['an unknown role', answer([turn(1), turn(2, { role: 'narrator' })]), ['bad_role', 2]],
    ['a turn that is no object', answer([turn(1), 'Hello']), ['bad_role', 2]],
    ['empty content', answer([turn(1), turn(2, { content: ' \n' })]), ['empty_content', 2]],
    ['content that is no text', answer([turn(1), turn(2, { content: 5 })]), ['empty_content', 2]],
    ['50,001 characters', answer([turn(1), turn(2, { content: 'x'.repeat(50_001) })]), ['content_too_long', 2]],
    ['NUL', answer([turn(1), turn(2, { content: 'Something\0 else' })]), ['broken_characters', 2]],
    ['half a surrogate pair', answer([turn(1), turn(2, { content: 'Something \ud83d' })]), ['broken_characters', 2]],
    ['no emotion', answer([turn(1, { emotional_context: undefined }), turn(2)]), ['missing_emotion', 1]],
    [
      'an intensity above 1',
      answer([turn(1, { emotional_context: { ...emotion, intensity: 1.01 } }), turn(2)]),
      ['intensity_out_of_range', 1],
    ],
    [
      'an intensity that is a text',
      answer([turn(1, { emotional_context: { ...emotion, intensity: '0.7' } }), turn(2)]),
      ['intensity_out_of_range', 1],
    ],
  ])('%s', (_what, value, remark) => {
    const { report, content } = validate(value)
    expect(rules(report.blockers)).toContainEqual(remark)
    expect(content).toBeUndefined()
  })

  it.each([null, undefined, [], 'x', 0, {}])('%j, without failing itself', (value) => {
    expect(validate(value).report.blockers.length).toBeGreaterThan(0)
  })
})

describe('warns of', () => {
  const four = (over: Record<string, unknown>) => answer([turn(1, over), turn(2), turn(3), turn(4)])
  it.each<[string, unknown, [string, number | null]]>([
    ['wrong numbers', four({ turn_number: 7 }), ['turn_numbering', 1]],
    [
      'one who speaks twice',
      answer([turn(1), turn(2), turn(3, { role: 'assistant' }), turn(4)]),
      ['not_alternating', 3],
    ],
    ['an assistant who begins', four({ role: 'assistant' }), ['not_alternating', 1]],
    ['nine characters', four({ content: '123456789' }), ['short_content', 1]],
    ['intensity 0', four({ emotional_context: { ...emotion, intensity: 0 } }), ['extreme_intensity', 1]],
    ['intensity 1', four({ emotional_context: { ...emotion, intensity: 1 } }), ['extreme_intensity', 1]],
    [
      'no secondary emotion',
      four({ emotional_context: { primary_emotion: 'worry', intensity: 0.5 } }),
      ['no_secondary_emotion', 1],
    ],
    ['fewer turns than the arc has', answer([turn(1), turn(2)]), ['turn_count', null]],
  ])('%s, and keeps it', (_what, value, remark) => {
    const { report, content } = validate(value)
    expect(rules(report.warnings)).toContainEqual(remark)
    expect(report.blockers).toEqual([])
    expect(content).toBeDefined()
  })
})
