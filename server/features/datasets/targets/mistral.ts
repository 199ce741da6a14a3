/** mistral-finetune: OpenAI's dialect with rules of its own, which end the run. */
import { createHash } from 'node:crypto'
import { defineTarget, jsonLines } from './define-target.ts'
import { answersOf, callsOf, type Dialogue, numberAt } from './dialogue.ts'
import { CHAT_FIXES, type Finding } from './finding.ts'
import { spellMessage, type Spelling, spellTools } from './spell.ts'
import type { TargetRecord } from './target.ts'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * Nine letters and digits, which is all that Mistral takes for the id of a call: the same for the same conversation and id, and
 * another for every other id of the conversation.
 */
const makeCallIds = (conversationId: string): ((id: string) => string) => {
  const given = new Map<string, string>()
  const taken = new Set<string>()
  return (id) => {
    const known = given.get(id)
    if (known !== undefined) return known
    for (let attempt = 0; ; attempt++) {
      const made = nineOf(`${conversationId}\0${id}\0${attempt}`)
      if (taken.has(made)) continue
      taken.add(made)
      given.set(id, made)
      return made
    }
  }
}

const nineOf = (text: string): string => {
  const bytes = createHash('sha256').update(text).digest()
  return Array.from(bytes.subarray(0, 9), (byte) => ALPHABET[byte % ALPHABET.length]).join('')
}

/** Only the last answer of a row with tools is learned from; so each answer that is to be has a row in which it is the last. */
const expanded = (dialogue: Dialogue): Dialogue[] =>
  answersOf(dialogue).map(({ before, answer }) => ({
    ...dialogue,
    turns: [...before.map((turn) => ({ ...turn, train: false })), answer],
  }))

/**
 * What mistral-common's validator wants besides: somebody to answer, because it does not count the calls of a first message; and,
 * before its version 1.11.1, an answer to what a tool said.
 */
const checkOrder = (dialogue: Dialogue, rows: readonly Dialogue[]): Finding[] => {
  const { turns } = dialogue
  const waiting = turns.findIndex(({ role }, index) => role === 'user' && turns[index - 1]?.role === 'tool')
  const isUnasked = rows.some((row) => {
    const [first, ...rest] = row.turns.filter(({ role }) => role !== 'system')
    return first?.role === 'assistant' && (rest.length === 0 || callsOf(first) !== undefined)
  })
  const hasUser = turns.some(({ role }) => role === 'user')
  return [
    ...(waiting < 0
      ? []
      : [
          { rule: 'turns.alternate', effect: 'warns', turn: numberAt(dialogue, waiting), fix: 'remove_tools' } as const,
        ]),
    ...(isUnasked
      ? [{ rule: 'start.user', effect: 'stops', ...(hasUser && { fix: 'drop_leading_assistant' as const }) } as const]
      : []),
  ]
}

export const mistral = defineTarget(
  {
    id: 'mistral',
    name: 'Mistral (JSONL)',
    description:
      'For mistral-finetune, which ends at the first row that breaks a rule. Of a conversation with tools it learns from the last answer only, unless each answer has a row of its own.',
    trainers: ['mistral-finetune'],
    loses: [
      'the ids of tool calls, which become nine letters and digits',
      'emotions, scores and comments',
      'the rejected text of an edited answer',
    ],
    defaults: {},
    fixes: [...CHAT_FIXES, 'expand_answers'],
  },
  ({ fixes }) => {
    const isExpanded = fixes.includes('expand_answers')
    return {
      policy: {
        effects: {
          'messages.present': 'stops',
          'system.once': 'stops',
          ...(isExpanded ? {} : { 'end.assistant': 'stops' }),
          'trained.some': 'drops',
          'content.present': 'stops',
          'content.exclusive': 'stops',
          'content.encodable': 'stops',
          'tools.answered': 'stops',
          'tools.named': 'stops',
          'tools.defined': 'stops',
          'arguments.object': 'warns',
          'text.special': 'harms',
        },
      },
      alsoCheck: (dialogue) => [
        ...checkOrder(dialogue, isExpanded ? expanded(dialogue) : [dialogue]),
        ...(!isExpanded && dialogue.tools.length > 0 && answersOf(dialogue).length > 1
          ? [{ rule: 'answers.trained', effect: 'changes', fix: 'expand_answers' } as const]
          : []),
      ],
      recordLimits: { least: 10, most: 10_000_000 },
      nameOf: (split) => `${split}.jsonl`,
      format: jsonLines,
      write: (dialogue, row) => (isExpanded ? expanded(dialogue) : [dialogue]).map((each) => spell(each, row.id)),
    }
  },
)

/** An answer has text or calls: where it has calls, there is no `content` at all. */
const spell = ({ turns, tools }: Dialogue, conversationId: string): TargetRecord => {
  const spelling: Spelling = {
    noContent: null,
    arguments: 'text',
    weights: 'zero',
    toolNames: true,
    callId: makeCallIds(conversationId),
  }
  return {
    messages: turns.map((turn) => {
      const { content, ...message } = spellMessage(turn, spelling)
      return callsOf(turn) ? message : { ...message, content }
    }),
    ...(tools.length > 0 && { tools: spellTools(tools) }),
  }
}
