/** ShareGPT: `conversations` of `from` and `value`, in strict pairs. */
import type { ToolDefinition, TrainingTurn } from '../../training/index.ts'
import { defineTarget, jsonLines } from './define-target.ts'
import { callsOf } from './dialogue.ts'
import { CHAT_FIXES, type Effect, type RuleId } from './finding.ts'
import { parsedArguments } from './rules.ts'
import { metadataOf } from './spell.ts'
import type { TargetRecord } from './target.ts'

/** LLaMA-Factory makes an empty example of a row that breaks one of the first four, and then drops it with a warning. */
export const sharegptEffects: Partial<Record<RuleId, Effect>> = {
  'messages.present': 'drops',
  'system.first': 'drops',
  'start.user': 'drops',
  'turns.alternate': 'drops',
  'end.assistant': 'drops',
  'trained.some': 'harms',
  'content.present': 'warns',
  'content.exclusive': 'changes',
  'content.encodable': 'stops',
  'tools.answered': 'changes',
  'arguments.object': 'drops',
  'text.special': 'harms',
}

const FROM = { system: 'system', user: 'human', assistant: 'gpt', tool: 'observation' } as const

/** The messages as pairs; results of several tools that were called at once are one observation. */
export const spellConversations = (
  turns: readonly TrainingTurn[],
  nameOf: (role: TrainingTurn['role']) => string = (role) => FROM[role],
): { from: string; value: string }[] => {
  const said: { from: string; value: string }[] = []
  for (const [index, turn] of turns.entries()) {
    const last = said.at(-1)
    const calls = callsOf(turn)
    if (turn.role === 'tool' && turns[index - 1]?.role === 'tool' && last) last.value += `\n${turn.content ?? ''}`
    else if (calls) said.push({ from: 'function_call', value: spellCalls(calls) })
    else said.push({ from: nameOf(turn.role), value: turn.content ?? '' })
  }
  return said
}

/** One call as an object, several as a list; arguments are an object inside the text. */
const spellCalls = (calls: NonNullable<TrainingTurn['toolCalls']>): string => {
  const spelled = calls.map((call) => ({ name: call.name, arguments: parsedArguments(call.arguments) }))
  return JSON.stringify(spelled.length === 1 ? spelled[0] : spelled)
}

/** As LLaMA-Factory reads them: JSON text of the functions themselves, empty where there are none. */
export const spellFunctions = (tools: readonly ToolDefinition[]): string =>
  tools.length === 0
    ? ''
    : JSON.stringify(tools.map(({ name, description = '', parameters = {} }) => ({ name, description, parameters })))

/** The same keys in every row: a reader that was told of a column ends its run where no row has it. */
export const sharegptRecord = (turns: readonly TrainingTurn[], tools: readonly ToolDefinition[]): TargetRecord => {
  const [first, ...rest] = turns
  const system = first?.role === 'system' ? (first.content ?? '') : undefined
  return {
    conversations: spellConversations(system === undefined ? turns : rest),
    system: system ?? '',
    tools: spellFunctions(tools),
  }
}

export const sharegpt = defineTarget(
  {
    id: 'sharegpt',
    name: 'ShareGPT (JSONL)',
    description:
      'For LLaMA-Factory, Axolotl and Unsloth (after standardize_sharegpt). Not for TRL: it renames the keys and leaves `human` and `gpt` as they are, and many chat templates then render nothing at all. For TRL take messages, or the roles user and assistant.',
    trainers: ['LLaMA-Factory', 'Axolotl', 'Unsloth'],
    loses: [
      'which answers are not to be learned from: such rows are left out (LLaMA-Factory and prompt-completion can expand them)',
      'which call each of several results answers',
      'emotions, scores and comments',
      'the rejected text of an edited answer',
    ],
    defaults: { roles: 'human_gpt', metadata: false },
    fixes: CHAT_FIXES,
  },
  ({ roles = 'human_gpt', metadata = false }) => ({
    policy: {
      inPairs: true,
      effects: {
        ...sharegptEffects,
        'weight.ignored': 'harms',
        ...(roles === 'user_assistant' && { 'tools.supported': 'drops' }),
      },
    },
    nameOf: (split) => `${split}.jsonl`,
    format: jsonLines,
    write: ({ turns, tools }, row) => [
      {
        ...(roles === 'human_gpt'
          ? sharegptRecord(turns, tools)
          : { conversations: spellConversations(turns, (role) => role) }),
        ...(metadata && metadataOf(row)),
      },
    ],
  }),
)
