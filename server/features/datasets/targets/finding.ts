/** What a trainer would not read as it was meant, and what can be done about it. */

export const RULES = {
  'messages.present': 'A conversation has at least one message',
  'system.first': 'The system message comes once, and first',
  'system.once': 'There is one system message at most',
  'start.user': 'The first message after the system message is from the user',
  'turns.alternate': 'User and assistant take turns',
  'end.assistant': 'The last message is from the assistant',
  'trained.some': 'At least one answer of the assistant is to be learned from',
  'content.present': 'A message says something, or calls a tool',
  'content.exclusive': 'An answer has either text or tool calls, not both',
  'content.encodable': 'Text has no lone surrogate and no NUL',
  'tools.answered': 'Every tool message answers a call that came before it',
  'tools.named': 'Names of tools are 1 to 64 letters, digits, _ and -',
  'tools.defined': 'Tools have a name, a description and a JSON schema',
  'tools.supported': 'Tools are not called, because there is no place for calls',
  'arguments.object': 'Arguments of a tool call are a JSON object',
  'weight.ignored': 'No answer is learned from that is marked as not to be',
  'tokens.limit': 'A conversation is no longer than the limit',
  'text.escaped': 'Cells of a spreadsheet say what the messages said',
  'text.special': 'Text has no control tokens of a chat template',
  'text.written': 'Text is not the placeholder that the demo writes',
  'pair.present': 'A conversation has an edited answer, whose former text is the rejected one',
  'turns.lost': 'Every turn is in the file',
  'answers.trained': 'Every answer is learned from, not the last one only',
  'rows.minimum': 'A file has enough rows',
  'rows.maximum': 'A file is not larger than the trainer takes',
  'splits.disjoint': 'No conversation is in two splits',
} as const
export type RuleId = keyof typeof RULES

/**
 * What a trainer does with a row that breaks a rule. `drops`: leaves it out, often without a word. `stops`: refuses the file,
 * or ends its run. `harms`: takes it, and learns what must not be learned. `changes`: something is lost or read differently.
 * `warns`: takes it as it is. Rows of the first three kinds are left out of exports.
 */
export const EFFECTS = ['drops', 'stops', 'harms', 'changes', 'warns'] as const
export type Effect = (typeof EFFECTS)[number]

export interface Finding {
  readonly rule: RuleId
  readonly effect: Effect
  /** 1 is the first, the system message included; absent where it is about the whole conversation. */
  readonly turn?: number
  /** The fix that would do away with it. */
  readonly fix?: FixId
}

/** What can be done with a row, in the order in which it is done. */
export const FIXES = {
  strip_special_tokens: 'Take control tokens of chat templates out of the text',
  remove_tools: 'Take tool calls and their results out',
  remove_system: 'Take the system message out',
  move_system: 'Join all system messages to one at the start',
  drop_leading_assistant: 'Take out what the assistant says before the user has said anything',
  merge_same_role: 'Join neighbouring messages of the same role to one',
  drop_trailing_user: 'Take out what comes behind the last answer of the assistant',
  expand_answers: 'Write one row for each answer that is to be learned from, with everything before it as the prompt',
  trust_weights: 'Keep the rows: whatever reads the file honours their weights',
} as const
export type FixId = keyof typeof FIXES

/** What can be done with a conversation that is written as messages in turn; most targets offer all of it. */
export const CHAT_FIXES: readonly FixId[] = [
  'strip_special_tokens',
  'remove_tools',
  'remove_system',
  'move_system',
  'drop_leading_assistant',
  'merge_same_role',
  'drop_trailing_user',
]

const leavesOut = ({ effect }: Finding): boolean => effect === 'drops' || effect === 'stops' || effect === 'harms'

/** The rule for which a row with these findings is left out: the first one; undefined where it stays. */
export const reasonOf = (findings: readonly Finding[]): RuleId | undefined => findings.find(leavesOut)?.rule
