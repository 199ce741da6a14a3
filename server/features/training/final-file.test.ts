import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Emotion, TrainingRow, TrainingTurn } from './content.ts'
import { finalFileOf, type FinalFile, MAX_HISTORY, qualityTierOf, STARTER_PROFILE } from './final-file.ts'

const rowOf = (turns: readonly TrainingTurn[], over: Partial<TrainingRow> = {}): TrainingRow => ({
  id: '7b1f5e9a-2f4d-4c1a-9a53-0d8f1f6f2a10',
  revision: 1,
  title: 'A budget',
  origin: 'generated',
  tier: 'template',
  status: 'pending_review',
  qualityScore: 7.5,
  scores: {},
  isReviewed: false,
  reviewNotes: null,
  scaffolding: {},
  model: 'test/model',
  createdAt: new Date('2026-03-04T05:06:07Z'),
  content: { turns },
  ...over,
})

const say = (role: 'user' | 'assistant', content: string, emotion?: Emotion): TrainingTurn => ({
  role,
  content,
  train: role === 'assistant',
  ...(emotion && { emotion }),
})

/** Reads the turns back from the pairs, as somebody does who has the file only. */
const readBack = ({ training_pairs: pairs }: FinalFile) =>
  pairs.map((pair) => {
    const isAnswer = pair.target_response !== null
    const felt = pair.emotional_context?.detected_emotions
    return {
      role: isAnswer ? 'assistant' : 'user',
      content: isAnswer ? pair.target_response : pair.current_user_input,
      emotion: felt && { primary: felt.primary, secondary: felt.secondary ?? null, intensity: felt.intensity },
    }
  })

const emotion: fc.Arbitrary<Emotion> = fc.record({
  primary: fc.constantFrom('fear', 'calm', 'hope', 'something new'),
  secondary: fc.option(fc.constantFrom('doubt', 'trust')),
  intensity: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
})
const turns = fc.array(
  fc
    .tuple(fc.constantFrom('user' as const, 'assistant' as const), fc.string({ minLength: 1 }), fc.option(emotion))
    .map(([role, content, felt]) => say(role, content, felt ?? undefined)),
  { minLength: 1, maxLength: 70 },
)

describe('the final file', () => {
  it('loses nothing of what was said and felt, nor its order, however people took turns', () => {
    fc.assert(
      fc.property(turns, (said) => {
        const file = finalFileOf(rowOf(said), STARTER_PROFILE)
        expect(readBack(JSON.parse(JSON.stringify(file)))).toEqual(
          said
            .map(({ role, content, emotion: felt }) =>
              JSON.parse(JSON.stringify({ role, content, emotion: felt ?? null })),
            )
            .map((turn) => ({ ...turn, emotion: turn.emotion ?? undefined })),
        )
      }),
    )
  })

  it('has in each pair what was said before it and what is answered, which add up to all turns so far', () => {
    fc.assert(
      fc.property(turns, (said) => {
        const file = finalFileOf(rowOf(said), STARTER_PROFILE)
        for (const [index, pair] of file.training_pairs.entries()) {
          const answersUser = said[index]!.role === 'assistant' && said[index - 1]?.role === 'user'
          const before = said.slice(0, answersUser ? index - 1 : index)
          expect(pair.conversation_history.map(({ content }) => content)).toEqual(
            before.slice(-MAX_HISTORY).map(({ content }) => content),
          )
          if (answersUser) expect(pair.current_user_input).toBe(said[index - 1]!.content)
        }
      }),
    )
  })

  it('has three parts, and one pair for each turn but the system prompt, which each repeats', () => {
    const system: TrainingTurn = { role: 'system', content: 'Be kind.', train: false }
    const file = finalFileOf(rowOf([system, say('user', 'Hello.'), say('assistant', 'Hi.')]), STARTER_PROFILE)
    expect(Object.keys(file)).toEqual(['dataset_metadata', 'consultant_profile', 'training_pairs'])
    expect(file.dataset_metadata.total_turns).toBe(2)
    expect(file.training_pairs.map((pair) => [pair.turn_number, pair.system_prompt, pair.target_response])).toEqual([
      [1, 'Be kind.', null],
      [2, 'Be kind.', 'Hi.'],
    ])
  })

  it('names what it was made with: a fourth part, where there is any', () => {
    const scaffolding: TrainingRow['scaffolding'] = {
      persona: { id: 'p', key: 'anxious_planner', name: 'Maya', archetype: 'planner' },
      arc: {
        id: 'a',
        key: 'fear_to_confidence',
        name: 'Fear to confidence',
        startingEmotion: 'fear',
        endingEmotion: 'confidence',
      },
      topic: { id: 't', key: 'house', name: 'A house', complexity: 'beginner' },
    }
    const file = finalFileOf(rowOf([say('user', 'Hello.'), say('assistant', 'Hi.')], { scaffolding }), STARTER_PROFILE)
    expect(file).toMatchObject({
      input_parameters: {
        persona_id: 'p',
        persona_key: 'anxious_planner',
        emotional_arc_key: 'fear_to_confidence',
        training_topic_name: 'A house',
      },
    })
    expect(file.training_pairs[1]!.training_metadata).toMatchObject({
      difficulty_level: 'beginner_conversation_turn_2',
      emotional_progression_target: 'fear(0.8) → confidence(0.8)',
      key_learning_objective: 'A house',
    })
  })

  it("follows the conversation's own emotions where it has any", () => {
    const fear = { primary: 'fear', secondary: 'doubt', intensity: 0.85 }
    const hope = { primary: 'hope', secondary: null, intensity: 0.7 }
    const file = finalFileOf(
      rowOf([say('user', 'a', fear), say('assistant', 'b'), say('user', 'c', hope)]),
      STARTER_PROFILE,
    )
    const [first, second, third] = file.training_pairs
    expect(first!.training_metadata.emotional_progression_target).toBe('fear(0.85) → hope(0.7)')
    expect(first!.emotional_context).toEqual({
      detected_emotions: {
        primary: 'fear',
        primary_confidence: 0.8,
        secondary: 'doubt',
        secondary_confidence: 0.7,
        intensity: 0.85,
        valence: 'negative',
      },
    })
    expect([second!.emotional_context, third!.emotional_context?.detected_emotions.valence]).toEqual([null, 'positive'])
  })

  it('keeps calls of tools and what they gave', () => {
    const call = { id: 'call00001', name: 'rate', arguments: '{"city":"Oslo"}' }
    const file = finalFileOf(
      rowOf([
        say('user', 'The rate?'),
        { role: 'assistant', content: null, toolCalls: [call], train: true },
        { role: 'tool', content: '3.1', toolCallId: 'call00001', train: false },
        say('assistant', 'It is 3.1.'),
      ]),
      STARTER_PROFILE,
    )
    expect(file.training_pairs[1]).toMatchObject({ target_response: null, tool_calls: [call] })
    expect(file.training_pairs[2]).toMatchObject({ tool_result: '3.1', tool_call_id: 'call00001' })
    expect(file.training_pairs[3]!.conversation_history).toHaveLength(3)
  })

  it.each([
    [10, 'seed_dataset'],
    [8.75, 'seed_dataset'],
    [8.7, 'production'],
    [6.25, 'production'],
    [6.2, 'experimental'],
    [null, 'experimental'],
  ])('puts a score of %s of 10 into the tier %s, as the contract does with 4.5 and 3.5 of 5', (score, tier) => {
    expect(qualityTierOf(score)).toBe(tier)
  })
})
