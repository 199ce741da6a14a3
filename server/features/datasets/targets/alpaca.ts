/** Alpaca: one instruction and one output; what becomes of more turns is a choice. */
import type { TrainingTurn } from '../../training/index.ts'
import { type Chosen, defineTarget, jsonArray } from './define-target.ts'
import { answersOf, type Dialogue, isTrained, numberAt } from './dialogue.ts'
import { CHAT_FIXES, type Effect, type Finding, type RuleId } from './finding.ts'
import type { TargetRecord } from './target.ts'

/** There is no place for anything but pairs of text. */
export const alpacaEffects: Partial<Record<RuleId, Effect>> = {
  'messages.present': 'drops',
  'system.first': 'changes',
  'start.user': 'drops',
  'turns.alternate': 'drops',
  'end.assistant': 'drops',
  'trained.some': 'drops',
  'content.present': 'drops',
  'content.encodable': 'stops',
  'tools.supported': 'drops',
  'text.special': 'harms',
}

interface Exchange {
  readonly question: string
  readonly answer: TrainingTurn
  readonly index: number
}

/** Of turns that alternate. */
const exchangesOf = (turns: readonly TrainingTurn[]): Exchange[] =>
  turns.flatMap((answer, index) =>
    answer.role === 'assistant' ? [{ question: turns[index - 1]?.content ?? '', answer, index }] : [],
  )

const systemOf = (turns: readonly TrainingTurn[]): string => turns.find(({ role }) => role === 'system')?.content ?? ''

/** The last question with its answer, all earlier ones as `history`, from which LLaMA-Factory learns as well. */
export const withHistory = (turns: readonly TrainingTurn[]): TargetRecord => {
  const exchanges = exchangesOf(turns)
  const last = exchanges.at(-1)
  return {
    instruction: last?.question ?? '',
    input: '',
    output: last?.answer.content ?? '',
    system: systemOf(turns),
    history: exchanges.slice(0, -1).map(({ question, answer }) => [question, answer.content ?? '']),
  }
}

const SPEAKERS = { system: 'System', user: 'User', assistant: 'Assistant', tool: 'Tool' } as const

const transcript = (turns: readonly TrainingTurn[]): string =>
  turns.map(({ role, content }) => `${SPEAKERS[role]}: ${content ?? ''}`).join('\n\n')

/** The question is what came right before the answer; all that came before it is the input. */
const expanded = (dialogue: Dialogue): TargetRecord[] =>
  answersOf(dialogue).map(({ before, answer }) => ({
    instruction: before.at(-1)?.content ?? '',
    input: transcript(before.slice(0, -1)),
    output: answer.content ?? '',
  }))

const single = ({ turns }: Dialogue, which: 'first' | 'last'): TargetRecord[] => {
  const exchange = exchangesOf(turns).at(which === 'first' ? 0 : -1)
  return exchange === undefined
    ? []
    : [{ instruction: exchange.question, input: '', output: exchange.answer.content ?? '', system: systemOf(turns) }]
}

/** What is lost where one pair is taken of several; and an answer that is not to be learned from, where it would be that one. */
const checkSingle = (dialogue: Dialogue, which: 'first' | 'last'): Finding[] => {
  const exchanges = exchangesOf(dialogue.turns)
  const taken = exchanges.at(which === 'first' ? 0 : -1)
  return [
    ...(exchanges.length > 1 ? [{ rule: 'turns.lost', effect: 'changes' } as const] : []),
    ...(taken !== undefined && !isTrained(taken.answer)
      ? [{ rule: 'weight.ignored', effect: 'harms', turn: numberAt(dialogue, taken.index) } as const]
      : []),
  ]
}

/** The rules and the rows of one way to deal with turns. */
const ways = (
  turns: NonNullable<Chosen['turns']>,
): {
  effects: Partial<Record<RuleId, Effect>>
  write: (dialogue: Dialogue) => TargetRecord[]
  alsoCheck?: (dialogue: Dialogue) => Finding[]
} => {
  switch (turns) {
    case 'history':
      return {
        effects: { ...alpacaEffects, 'weight.ignored': 'harms' },
        write: (dialogue) => [withHistory(dialogue.turns)],
      }
    case 'expand':
      return { effects: { ...alpacaEffects, 'end.assistant': undefined }, write: expanded }
    default:
      return {
        effects: { ...alpacaEffects, 'end.assistant': undefined },
        write: (dialogue) => single(dialogue, turns),
        alsoCheck: (dialogue) => checkSingle(dialogue, turns),
      }
  }
}

export const alpaca = defineTarget(
  {
    id: 'alpaca',
    name: 'Alpaca (JSON)',
    description:
      'Instruction, input and output. More turns become one row for each answer with what came before as its input (expand), a history, which LLaMA-Factory alone reads and learns from (history), or are left out (first, last).',
    trainers: ['LLaMA-Factory', 'Axolotl', 'Oumi', 'Stanford Alpaca'],
    loses: [
      'who said what, which becomes a transcript, except with history',
      'tool calls',
      'emotions, scores and comments',
      'the rejected text of an edited answer',
    ],
    defaults: { turns: 'expand' },
    fixes: CHAT_FIXES,
  },
  ({ turns = 'expand' }) => {
    const { effects, write, alsoCheck } = ways(turns)
    return {
      policy: { effects, inPairs: true },
      ...(alsoCheck && { alsoCheck }),
      nameOf: (split) => `${split}.json`,
      format: jsonArray,
      write,
    }
  },
)
