/** Preference pairs: an edited answer is the chosen one, and what it said before is the rejected one. */
import type { TrainingTurn } from '../../training/index.ts'
import { defineTarget, jsonLines } from './define-target.ts'
import { answersOf, callsOf, type Dialogue, hasSpecialToken } from './dialogue.ts'
import type { Effect, Finding, RuleId } from './finding.ts'
import { trlScript } from './messages.ts'
import { spellMessage, spellTools, type Spelling, spellToolsAsText } from './spell.ts'
import type { TargetOptions, TargetRecord } from './target.ts'

export interface Pair {
  readonly before: readonly TrainingTurn[]
  readonly chosen: TrainingTurn
  readonly rejected: TrainingTurn
}

/** Answers that were edited, are to be learned from, and answer something that the user said. */
export const pairsOf = (dialogue: Dialogue): Pair[] =>
  answersOf(dialogue).flatMap(({ before, answer }) => {
    const { rejected: former, ...chosen } = answer
    if (former === undefined || former === '' || former === answer.content || callsOf(answer)) return []
    return before.some(({ role }) => role === 'user')
      ? [{ before, chosen, rejected: { role: 'assistant', content: former, train: false } }]
      : []
  })

/** Nothing to compare; or a former text that would forge a turn, which does `special` to the trainer. */
export const checkPairs =
  (special: Effect) =>
  (dialogue: Dialogue): Finding[] => {
    const pairs = pairsOf(dialogue)
    if (pairs.length === 0) return [{ rule: 'pair.present', effect: 'drops' }]
    return pairs.some(({ rejected }) => hasSpecialToken(rejected.content ?? ''))
      ? [{ rule: 'text.special', effect: special, fix: 'strip_special_tokens' }]
      : []
  }

export const pairEffects: Partial<Record<RuleId, Effect>> = {
  'messages.present': 'drops',
  'system.first': 'warns',
  'start.user': 'warns',
  'turns.alternate': 'warns',
  'content.present': 'warns',
  'content.encodable': 'stops',
  'text.special': 'harms',
  'tools.answered': 'changes',
}

type Names = NonNullable<TargetOptions['names']>

const WRITE: Record<Names, (pair: Pair, dialogue: Dialogue, spelling: Spelling) => TargetRecord> = {
  openai: ({ before, chosen, rejected }, { tools }, spelling) => ({
    input: {
      messages: before.map((turn) => spellMessage(turn, spelling)),
      ...(tools.length > 0 && { tools: spellTools(tools), parallel_tool_calls: true }),
    },
    preferred_output: [spellMessage(chosen, spelling)],
    non_preferred_output: [spellMessage(rejected, spelling)],
  }),
  trl: ({ before, chosen, rejected }, { tools }, spelling) => ({
    prompt: before.map((turn) => spellMessage(turn, spelling)),
    chosen: [spellMessage(chosen, spelling)],
    rejected: [spellMessage(rejected, spelling)],
    tools: spellToolsAsText(tools),
  }),
  axolotl: ({ before, chosen, rejected }, _, spelling) => ({
    messages: before.map((turn) => spellMessage(turn, spelling)),
    chosen: spellMessage(chosen, spelling),
    rejected: spellMessage(rejected, spelling),
  }),
}

const ARGUMENTS: Record<Names, 'text' | 'object'> = { openai: 'text', trl: 'object', axolotl: 'text' }

export const preference = defineTarget(
  {
    id: 'preference',
    name: 'Preference pairs (JSONL, DPO)',
    description:
      'One row for each edited answer: the conversation before it, the edited answer as the chosen and the former one as the rejected.',
    trainers: ['TRL', 'Axolotl', 'OpenAI', 'Azure OpenAI', 'Fireworks', 'Together'],
    loses: ['answers that were not edited', 'turns behind the last edited answer', 'emotions, scores and comments'],
    defaults: { names: 'trl' },
    fixes: [
      'strip_special_tokens',
      'remove_tools',
      'remove_system',
      'move_system',
      'drop_leading_assistant',
      'merge_same_role',
    ],
  },
  ({ names = 'trl', arguments: wanted }) => {
    const spelling: Spelling = {
      noContent: names === 'openai' ? null : '',
      arguments: wanted ?? ARGUMENTS[names],
      weights: 'none',
      toolNames: names !== 'openai',
    }
    return {
      policy: {
        effects: {
          ...pairEffects,
          'arguments.object': spelling.arguments === 'object' ? 'stops' : 'warns',
          ...(names === 'openai' && { 'tools.answered': 'stops', 'tools.named': 'stops', 'text.special': 'warns' }),
          ...(names === 'axolotl' && { 'tools.supported': 'changes' }),
        },
      },
      alsoCheck: checkPairs(names === 'openai' ? 'warns' : 'harms'),
      nameOf: (split) => `${split}.jsonl`,
      format: jsonLines,
      write: (dialogue) => pairsOf(dialogue).map((pair) => WRITE[names](pair, dialogue, spelling)),
      companions: (files) => {
        if (names === 'trl') return [{ name: 'train_dpo.py', text: trlScript(files, 'dpo') }]
        return names === 'axolotl' ? [{ name: 'axolotl.yaml', text: axolotlDpo(files.map(({ name }) => name)) }] : []
      },
    }
  },
)

const axolotlDpo = (names: readonly string[]): string => `rl: dpo
datasets:
${names
  .filter((name) => name.startsWith('train'))
  .map(
    (name) => `  - path: ${name}
    ds_type: json
    split: train
    type: chat_template.default
    field_messages: messages
    field_chosen: chosen
    field_rejected: rejected
    message_property_mappings:
      role: role
      content: content
`,
  )
  .join('')}`
