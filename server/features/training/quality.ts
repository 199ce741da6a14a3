/** How good a conversation is by its form, 0 to 10 (contracts, 0.5). What it says is judged by people and models. Pure. */
import type { Scaffolding, Tier, TrainingContent, TrainingTurn } from './content.ts'

/** Below it a conversation is flagged for somebody to look at. */
export const LOW_QUALITY = 6

/** Turns, least and most, that the contract calls optimal. */
const OPTIMAL_TURNS: Readonly<Record<Tier, readonly [number, number]>> = {
  template: [8, 16],
  scenario: [10, 20],
  edge_case: [6, 12],
}
/** Words of a turn on average, least and most. */
const OPTIMAL_WORDS = [12, 250] as const

const WEIGHTS = { turnCount: 0.3, length: 0.25, structure: 0.3, coherence: 0.15 }

/**
 * By the contract's weights, to one decimal. A conversation as long as its arc asks for is as long as it should be, whatever
 * the tier says.
 */
export const qualityOf = (content: TrainingContent, tier: Tier, { arc }: Scaffolding = {}): number => {
  const turns = content.turns.filter(({ role }) => role === 'user' || role === 'assistant')
  if (turns.length === 0) return 0
  const isAsArc = arc?.turns !== undefined && within(turns.length, arc.turns) === 1
  const score =
    WEIGHTS.turnCount * (isAsArc ? 1 : within(turns.length, OPTIMAL_TURNS[tier])) +
    WEIGHTS.length * within(mean(turns.map(wordCount)), OPTIMAL_WORDS) +
    WEIGHTS.structure * structureOf(turns) +
    WEIGHTS.coherence * coherenceOf(turns)
  return Math.round(score * 100) / 10
}

/** 1 inside, and less the further outside. */
const within = (value: number, [least, most]: readonly [number, number]): number =>
  value < least ? value / least : value > most ? most / value : 1

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Begins with a person, ends with the assistant, and they take turns. */
const structureOf = (turns: readonly TrainingTurn[]): number => {
  const changes = turns.filter(({ role }, index) => index > 0 && role !== turns[index - 1]!.role).length
  const alternation = turns.length < 2 ? 0 : changes / (turns.length - 1)
  return 0.3 * Number(turns[0]!.role === 'user') + 0.3 * Number(turns.at(-1)!.role === 'assistant') + 0.4 * alternation
}

/** Nobody repeats themselves, and what is said has to do with what was said before. */
const coherenceOf = (turns: readonly TrainingTurn[]): number => {
  const distinct = new Set(turns.map(({ content }) => content)).size / turns.length
  const known = new Set<string>()
  let connected = 0
  for (const [index, turn] of turns.entries()) {
    const words = tellingWords(turn)
    if (index === 0 || words.some((word) => known.has(word))) connected++
    for (const word of words) known.add(word)
  }
  return 0.5 * distinct + 0.5 * (connected / turns.length)
}

/** Words of scripts without spaces are counted by the sign. */
const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{M}\p{N}]+/gu
const wordCount = ({ content }: TrainingTurn): number => content?.match(WORD)?.length ?? 0

const SIGN = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]$/u
const tellingWords = ({ content }: TrainingTurn): string[] =>
  (content?.toLowerCase().match(WORD) ?? []).filter((word) => word.length >= 4 || SIGN.test(word))
