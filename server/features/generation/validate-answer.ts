/** Whether what a model has answered is a conversation (contracts, 0.5), and the content that it becomes; pure. */
import type { Emotion, Scene, TrainingContent, TrainingTurn } from '../training/index.ts'

export interface Remark {
  /** In snake_case. */
  readonly rule: string
  /** From 1; null where it is about the whole. */
  readonly turn_number: number | null
  readonly message: string
}

/** Kept with the conversation as it is. */
export interface ValidationReport {
  readonly blockers: readonly Remark[]
  readonly warnings: readonly Remark[]
}

export interface ValidatedAnswer {
  readonly report: ValidationReport
  /** Undefined when there are blockers. */
  readonly content: TrainingContent | undefined
}

/** Most turns of one conversation. */
const MAX_TURNS = 200
/** Longest turn, in characters: a message's (contracts, decision 13). */
const MAX_TURN = 50_000
/** Longest of the small texts: names of emotions, what the scene is. */
const MAX_WORDS = 2_000
/** Shorter turns say next to nothing. */
const SHORT_TURN = 10

interface Expected {
  readonly clientPersona: string
  /** How many turns the arc has. */
  readonly turns: readonly [least: number, most: number]
}

/** @param value parsed JSON of any shape */
export const validateAnswer = (value: unknown, expected: Expected): ValidatedAnswer => {
  const blockers: Remark[] = []
  const warnings: Remark[] = []
  const block = (rule: string, message: string, turn: number | null = null) =>
    void blockers.push({ rule, turn_number: turn, message })
  const warn = (rule: string, message: string, turn: number | null = null) =>
    void warnings.push({ rule, turn_number: turn, message })

  const { conversation_metadata: metadata, turns } = asRecord(value) ?? {}
  const scene = readScene(asRecord(metadata), expected.clientPersona)
  if (scene === undefined) block('missing_metadata', 'There is no conversation_metadata.')
  else if (!isStorable(Object.values(scene).join(''))) {
    block('broken_characters', 'The conversation_metadata has characters that cannot be stored.')
  }
  if (!Array.isArray(turns)) block('missing_turns', 'There are no turns.')
  else if (turns.length < 2) block('too_few_turns', 'A conversation has at least two turns.')
  else if (turns.length > MAX_TURNS) block('too_many_turns', `A conversation has at most ${MAX_TURNS} turns.`)
  if (blockers.length > 0) return { report: { blockers, warnings }, content: undefined }

  const read: TrainingTurn[] = []
  let before: unknown = 'assistant'
  for (const [index, each] of (turns as unknown[]).entries()) {
    const at = index + 1
    const turn = asRecord(each) ?? {}
    const content = typeof turn.content === 'string' ? turn.content : ''
    if (turn.role !== 'user' && turn.role !== 'assistant') {
      block('bad_role', `The role of turn ${at} is neither user nor assistant.`, at)
    } else if (turn.role === before) {
      warn('not_alternating', `Turn ${at} should be the ${before === 'user' ? 'assistant' : 'client'}'s.`, at)
    }
    before = turn.role
    if (content.trim() === '') block('empty_content', `Turn ${at} says nothing.`, at)
    else if (content.length > MAX_TURN)
      block('content_too_long', `Turn ${at} has more than ${MAX_TURN} characters.`, at)
    else if (content.trim().length < SHORT_TURN) {
      warn('short_content', `Turn ${at} has less than ${SHORT_TURN} characters.`, at)
    }
    if (!isStorable(content)) block('broken_characters', `Turn ${at} has characters that cannot be stored.`, at)
    if (turn.turn_number !== at) warn('turn_numbering', `Turn ${at} has another number.`, at)

    const emotion = readEmotion(turn.emotional_context)
    if (emotion === undefined) block('missing_emotion', `Turn ${at} has no primary emotion.`, at)
    else if (!(emotion.intensity >= 0 && emotion.intensity <= 1)) {
      block('intensity_out_of_range', `The intensity of turn ${at} is no number from 0 to 1.`, at)
    } else {
      if (emotion.intensity === 0 || emotion.intensity === 1) {
        warn('extreme_intensity', `The intensity of turn ${at} is exactly ${emotion.intensity}.`, at)
      }
      if (emotion.secondary === null) warn('no_secondary_emotion', `Turn ${at} has no secondary emotion.`, at)
      const role = turn.role === 'assistant' ? 'assistant' : 'user'
      read.push({ role, content, train: role === 'assistant', emotion })
    }
  }
  const [least, most] = expected.turns
  if (read.length < least || read.length > most) {
    warn('turn_count', `The arc has ${least} to ${most} turns, and this has ${(turns as unknown[]).length}.`)
  }
  return {
    report: { blockers, warnings },
    content: blockers.length === 0 ? { turns: read, scene: scene! } : undefined,
  }
}

const readScene = (metadata: Record<string, unknown> | undefined, clientPersona: string): Scene | undefined =>
  metadata && {
    clientPersona,
    sessionContext: wordsOf(metadata.session_context) ?? '',
    conversationPhase: wordsOf(metadata.conversation_phase) ?? '',
    expectedOutcome: wordsOf(metadata.expected_outcome) ?? null,
  }

const readEmotion = (value: unknown): Emotion | undefined => {
  const { primary_emotion, secondary_emotion, intensity } = asRecord(value) ?? {}
  const primary = wordsOf(primary_emotion)
  if (primary === undefined || !isStorable(primary)) return undefined
  const secondary = wordsOf(secondary_emotion)
  return {
    primary,
    secondary: secondary !== undefined && isStorable(secondary) ? secondary : null,
    intensity: typeof intensity === 'number' ? intensity : Number.NaN,
  }
}

/** A text that says something, cut where nobody writes so much. */
const wordsOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, MAX_WORDS).toWellFormed() : undefined

/** PostgreSQL takes neither NUL nor half a surrogate pair. */
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

const asRecord = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
