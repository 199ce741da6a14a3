/** A conversation on its way into a file, and what can be done to it so that a trainer takes it. */
import type { ToolDefinition, TrainingContent, TrainingTurn } from '../../training/index.ts'
import type { FixId } from './finding.ts'

export interface Dialogue {
  readonly turns: readonly TrainingTurn[]
  readonly tools: readonly ToolDefinition[]
  /** Which turn of the conversation each was, 1 the first; absent while they are the conversation's own. */
  readonly numbers?: readonly number[]
}

/** Which turn of the conversation, as people see it, the turn at this index is. */
export const numberAt = (dialogue: Dialogue, index: number): number => dialogue.numbers?.[index] ?? index + 1

/**
 * Control tokens of chat templates: in the text of a message they end it, and begin one that somebody else seems to say. ChatML,
 * Llama, Phi, GLM, Command (`<|…|>`), DeepSeek (`<｜…｜>`), Llama 2 and Mistral, Gemma, and the tool markers of Qwen.
 */
const SPECIAL =
  /<\|[A-Za-z][\w-]{0,40}\|>|<｜[^｜<>\s]{1,40}｜>|\[\/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT)\]|<<\/?SYS>>|<\/?s>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|<\/?tool_(?:call|response)>/

/** What a turn calls; undefined where it calls nothing. */
export const callsOf = ({ toolCalls }: TrainingTurn): TrainingTurn['toolCalls'] =>
  toolCalls !== undefined && toolCalls.length > 0 ? toolCalls : undefined

const SPECIALS = new RegExp(SPECIAL, 'g')

export const hasSpecialToken = (text: string): boolean => SPECIAL.test(text)

/** Until none is left: what stood on both sides of one may be another. */
const withoutSpecialTokens = (text: string): string => {
  let left = text
  while (hasSpecialToken(left)) left = left.replaceAll(SPECIALS, '')
  return left
}

interface Numbered {
  readonly turn: TrainingTurn
  readonly number: number
}

type Fix = (turns: readonly Numbered[]) => readonly Numbered[]

const mapText = (turns: readonly Numbered[], change: (text: string) => string): Numbered[] =>
  turns.map(({ turn, number }) => ({
    number,
    turn: {
      ...turn,
      content: turn.content === null ? null : change(turn.content),
      ...(turn.rejected === undefined ? {} : { rejected: change(turn.rejected) }),
      ...(turn.toolCalls && {
        toolCalls: turn.toolCalls.map((call) => ({ ...call, arguments: change(call.arguments) })),
      }),
    },
  }))

const removeTools: Fix = (turns) =>
  turns.flatMap(({ turn, number }) => {
    if (turn.role === 'tool') return []
    if (callsOf(turn) === undefined) return [{ turn, number }]
    const { toolCalls: _, ...rest } = turn
    return rest.content === null || rest.content === '' ? [] : [{ turn: rest, number }]
  })

const moveSystem: Fix = (turns) => {
  const [first, ...more] = turns.filter(({ turn }) => turn.role === 'system')
  if (first === undefined || (more.length === 0 && turns[0] === first)) return turns
  const content = [first, ...more].map(({ turn }) => turn.content ?? '').join('\n\n')
  return [
    { number: first.number, turn: { ...first.turn, content } },
    ...turns.filter(({ turn }) => turn.role !== 'system'),
  ]
}

const dropLeadingAssistant: Fix = (turns) => {
  const first = turns.findIndex(({ turn }) => turn.role === 'user')
  return first < 0 ? turns : turns.filter(({ turn }, index) => index >= first || turn.role === 'system')
}

const dropTrailingUser: Fix = (turns) => {
  const last = turns.findLastIndex(({ turn }) => turn.role === 'assistant')
  return last < 0 ? turns : turns.slice(0, last + 1)
}

/** Whether two neighbours can be one message: nobody is left waiting for a tool. */
export const canMerge = (one: TrainingTurn, next: TrainingTurn): boolean =>
  one.role === next.role && (one.role === 'user' || (one.role === 'assistant' && callsOf(one) === undefined))

const joined = (one: string | null, next: string | null): string | null =>
  one === null || one === '' ? next : next === null || next === '' ? one : `${one}\n\n${next}`

/** What is not to be learned from half of an answer is not to be learned from the whole. */
const merged = (one: TrainingTurn, next: TrainingTurn): TrainingTurn => ({
  ...one,
  ...next,
  content: joined(one.content, next.content),
  train: one.train && next.train,
  ...(one.rejected === undefined && next.rejected === undefined
    ? {}
    : { rejected: joined(one.rejected ?? one.content, next.rejected ?? next.content) ?? '' }),
})

const mergeSameRole: Fix = (turns) => {
  const kept: Numbered[] = []
  for (const each of turns) {
    const before = kept.at(-1)
    if (before && canMerge(before.turn, each.turn)) {
      kept[kept.length - 1] = { number: before.number, turn: merged(before.turn, each.turn) }
    } else kept.push(each)
  }
  return kept
}

/** In the order in which they are done, whatever order they were asked for in: a merge may follow what a removal left. */
const CHANGES: readonly (readonly [FixId, Fix])[] = [
  ['strip_special_tokens', (turns) => mapText(turns, withoutSpecialTokens)],
  ['remove_tools', removeTools],
  ['remove_system', (turns) => turns.filter(({ turn }) => turn.role !== 'system')],
  ['move_system', moveSystem],
  ['drop_leading_assistant', dropLeadingAssistant],
  ['merge_same_role', mergeSameRole],
  ['drop_trailing_user', dropTrailingUser],
]

/** A conversation after these fixes; those that are about rows and not about turns are the targets' own. */
export const dialogueOf = (content: TrainingContent, fixes: readonly FixId[]): Dialogue => {
  const changes = CHANGES.filter(([id]) => fixes.includes(id))
  const tools = content.tools === undefined || fixes.includes('remove_tools') ? [] : content.tools
  if (changes.length === 0) return { turns: content.turns, tools }
  let turns: readonly Numbered[] = content.turns.map((turn, index) => ({ turn, number: index + 1 }))
  for (const [, change] of changes) turns = change(turns)
  return { turns: turns.map(({ turn }) => turn), tools, numbers: turns.map(({ number }) => number) }
}

/** Whether the trainer is to learn from this turn. */
export const isTrained = (turn: TrainingTurn): boolean => turn.role === 'assistant' && turn.train

/** A row for each answer that is to be learned from: what came before it, and the answer. */
export const answersOf = (
  dialogue: Dialogue,
): { readonly before: readonly TrainingTurn[]; readonly answer: TrainingTurn; readonly number: number }[] =>
  dialogue.turns.flatMap((answer, index) =>
    isTrained(answer) ? [{ before: dialogue.turns.slice(0, index), answer, number: numberAt(dialogue, index) }] : [],
  )
