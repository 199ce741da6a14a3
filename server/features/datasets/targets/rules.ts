/** The rules that trainers have for a conversation, each implemented once; a target says which of them hold, and what breaking one does. */
import type { TrainingTurn } from '../../training/index.ts'
import { callsOf, canMerge, type Dialogue, hasSpecialToken, isTrained, numberAt } from './dialogue.ts'
import type { Effect, Finding, FixId, RuleId } from './finding.ts'

export interface Policy {
  /** Rules that are not named do not hold. */
  readonly effects: Readonly<Partial<Record<RuleId, Effect>>>
  /** Every message of the user, or of a tool, is followed by one of the assistant: LLaMA-Factory's and ShareGPT's pairs. */
  readonly inPairs?: boolean
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/

/**
 * Which rules a conversation breaks: at most one finding for each, at the first turn that breaks it, in the order of the turns.
 * @param offered fixes that the target can carry out; findings name no other
 */
export const check = (
  dialogue: Dialogue,
  { effects, inPairs = false }: Policy,
  offered: ReadonlySet<FixId>,
): Finding[] => {
  const findings: Finding[] = []
  const note = (rule: RuleId, index?: number, fix?: FixId): void => {
    const effect = effects[rule]
    if (effect === undefined || findings.some((finding) => finding.rule === rule)) return
    findings.push({
      rule,
      effect,
      ...(index === undefined ? {} : { turn: numberAt(dialogue, index) }),
      ...(fix !== undefined && offered.has(fix) ? { fix } : {}),
    })
  }
  const { turns } = dialogue
  if (turns.every(({ role }) => role === 'system')) {
    note('messages.present')
    return findings
  }
  checkSystem(turns, note)
  checkOrder(turns, inPairs, note)
  checkContent(turns, note)
  checkTools(dialogue, note)
  const isTrainedSomewhere = turns.some(isTrained)
  if (!isTrainedSomewhere) note('trained.some')
  else {
    const ignored = turns.findIndex((turn) => turn.role === 'assistant' && !turn.train)
    if (ignored >= 0)
      note('weight.ignored', ignored, offered.has('expand_answers') ? 'expand_answers' : 'trust_weights')
  }
  return findings
}

type Note = (rule: RuleId, index?: number, fix?: FixId) => void

const checkSystem = (turns: readonly TrainingTurn[], note: Note): void => {
  const misplaced = turns.findIndex(({ role }, index) => role === 'system' && index > 0)
  if (misplaced < 0) return
  note('system.first', misplaced, 'move_system')
  if (turns.filter(({ role }) => role === 'system').length > 1) note('system.once', misplaced, 'move_system')
}

const checkOrder = (turns: readonly TrainingTurn[], inPairs: boolean, note: Note): void => {
  const first = turns.findIndex(({ role }) => role !== 'system')
  const has = (role: TrainingTurn['role']): boolean => turns.some((turn) => turn.role === role)
  if (turns[first]?.role !== 'user') note('start.user', first, has('user') ? 'drop_leading_assistant' : undefined)
  for (let index = first + 1; index < turns.length; index++) {
    const [before, turn] = [turns[index - 1], turns[index]]
    if (before === undefined || turn === undefined) continue
    const isRepeated = before.role === turn.role && turn.role !== 'tool' && turn.role !== 'system'
    const isUnanswered = inPairs && asks(before) && asks(turn) && !(before.role === 'tool' && turn.role === 'tool')
    if (isRepeated || isUnanswered) {
      note('turns.alternate', index, canMerge(before, turn) ? 'merge_same_role' : undefined)
    }
  }
  if (turns.at(-1)?.role !== 'assistant') {
    note('end.assistant', turns.length - 1, has('assistant') ? 'drop_trailing_user' : undefined)
  }
}

/** In pairs, somebody who waits for the assistant. */
const asks = ({ role }: TrainingTurn): boolean => role === 'user' || role === 'tool'

const checkContent = (turns: readonly TrainingTurn[], note: Note): void => {
  for (const [index, turn] of turns.entries()) {
    const { content } = turn
    const toolCalls = callsOf(turn)
    const isEmpty = content === null || content === ''
    if (isEmpty && toolCalls === undefined) note('content.present', index)
    if (!isEmpty && toolCalls !== undefined) note('content.exclusive', index)
    if (content !== null && (!content.isWellFormed() || content.includes('\0'))) note('content.encodable', index)
    if (
      (content !== null && hasSpecialToken(content)) ||
      toolCalls?.some((call) => hasSpecialToken(call.arguments)) === true
    ) {
      note('text.special', index, 'strip_special_tokens')
    }
  }
}

const checkTools = ({ turns, tools }: Dialogue, note: Note): void => {
  if (tools.some(({ name }) => !NAME.test(name))) note('tools.named', undefined, 'remove_tools')
  if (tools.some(({ description, parameters }) => description === undefined || parameters === undefined)) {
    note('tools.defined', undefined, 'remove_tools')
  }
  /** Calls of the turn before that nothing has answered yet. */
  let open = new Set<string>()
  for (const [index, turn] of turns.entries()) {
    if (turn.role === 'tool') {
      note('tools.supported', index, 'remove_tools')
      if (turn.toolCallId === undefined || !open.delete(turn.toolCallId)) note('tools.answered', index, 'remove_tools')
      continue
    }
    if (open.size > 0) note('tools.answered', index, 'remove_tools')
    const calls = callsOf(turn)
    open = new Set(calls?.map(({ id }) => id))
    if (calls === undefined) continue
    note('tools.supported', index, 'remove_tools')
    if (turn.role !== 'assistant' || open.size !== calls.length) note('tools.answered', index, 'remove_tools')
    if (calls.some(({ name }) => !NAME.test(name))) note('tools.named', index, 'remove_tools')
    if (calls.some((call) => parsedArguments(call.arguments) === undefined)) {
      note('arguments.object', index, 'remove_tools')
    }
  }
}

/** The arguments of a call; undefined where they are no JSON object. */
export const parsedArguments = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
