/** Writes a conversation where no model is at hand, so that the whole way can be tried: valid in form, and plainly made up. */
import type { LanguageModel } from '../replies/index.ts'
import type { RunCell } from './generation.ts'

/** The built-in demo as a model that answers as the prompt of a cell asks. It has no tokens, so it counts none. */
export const demoWriter = (cell: RunCell): LanguageModel => ({
  id: 'demo',
  async *stream(_turns, { signal }) {
    signal.throwIfAborted()
    yield { type: 'text-delta', text: JSON.stringify(demoAnswer(cell), null, 2) }
    yield { type: 'finish', reason: 'stop', model: 'demo' }
  },
})

const demoAnswer = ({ scaffolding, clientPersona, turns: [least, most] }: RunCell) => {
  const { persona, arc, topic } = scaffolding
  // Pairs, as many as the arc has at least: the assistant has the last word.
  const pairs = Math.max(1, Math.min(Math.ceil(least / 2), Math.floor(most / 2)))
  return {
    conversation_metadata: {
      client_persona: clientPersona,
      session_context: `Demo text, written by a program and not by a model: ${topic?.name} is only named, not talked about.`,
      conversation_phase: 'demo',
      expected_outcome: 'Somebody has seen how a conversation is generated.',
    },
    turns: Array.from({ length: pairs }, (_, pair) => {
      const intensity = Math.round(80 - (30 * pair) / pairs) / 100
      return [
        {
          turn_number: 2 * pair + 1,
          role: 'user',
          content: `Demo question ${pair + 1} of ${pairs}: I am ${persona?.name}, and I would ask something about ${topic?.name}.`,
          emotional_context: {
            primary_emotion: (pair === pairs - 1 ? arc?.endingEmotion : arc?.startingEmotion) ?? 'curiosity',
            secondary_emotion: 'curiosity',
            intensity,
          },
        },
        {
          turn_number: 2 * pair + 2,
          role: 'assistant',
          content: `Demo answer ${pair + 1} of ${pairs}: a language model would now answer about ${topic?.name}. This is placeholder text; do not train on it.`,
          emotional_context: { primary_emotion: 'calm', secondary_emotion: 'care', intensity: 0.5 },
        },
      ]
    }).flat(),
  }
}
