/** What becomes of a conversation when somebody changes one of its turns; pure. */
import { AppError, type InputIssue } from '#kernel/errors.ts'
import { CRITERIA, type Criterion, type TrainingContent, type TrainingTurn } from './content.ts'

export interface TurnChange {
  readonly content?: string | undefined
  readonly train?: boolean | undefined
  /** Null removes one. */
  readonly scores?: Readonly<Partial<Record<Criterion, number | null | undefined>>> | undefined
  /** Null removes it. */
  readonly comment?: string | null | undefined
}

/** Where a turn is in the content: they are counted from 1, and 0 is the system prompt. Fails with `training.no_turn`. */
export const placeOfTurn = ({ turns }: TrainingContent, turnNumber: number): number => {
  const hasSystem = turns[0]?.role === 'system'
  const place = turnNumber === 0 ? (hasSystem ? 0 : -1) : turnNumber - (hasSystem ? 0 : 1)
  if (turns[place] === undefined) throw new AppError('training.no_turn')
  return place
}

/** The number of the turn at a place. */
export const numberOfTurn = ({ turns }: TrainingContent, place: number): number =>
  turns[0]?.role === 'system' ? place : place + 1

/**
 * The content with the turn changed; undefined where that makes no difference. Fails with `training.no_turn`, and with
 * `request.invalid` where something is to be learned from a turn that is not the assistant's.
 */
export const withTurnChanged = (
  content: TrainingContent,
  turnNumber: number,
  change: TurnChange,
): TrainingContent | undefined => {
  const place = placeOfTurn(content, turnNumber)
  const former = content.turns[place]!
  const turn = changedTurn(former, change)
  if (isSame(former, turn)) return undefined
  return { ...content, turns: content.turns.with(place, turn) }
}

const changedTurn = (turn: TrainingTurn, { content, train, scores, comment }: TurnChange): TrainingTurn => {
  if (train === true && turn.role !== 'assistant') throw notOfTheAssistant()
  let next = content === undefined || content === turn.content ? turn : reworded(turn, content)
  if (train !== undefined) next = { ...next, train }
  if (scores !== undefined) next = rescored(next, scores)
  if (comment === undefined) return next
  const { comment: _former, ...rest } = next
  return comment === null || comment.trim() === '' ? rest : { ...rest, comment }
}

/**
 * The first thing that an assistant said here stays as the rejected half of a preference pair, however often it is changed; said
 * again, there is no pair.
 */
const reworded = (turn: TrainingTurn, content: string): TrainingTurn => {
  const { rejected = turn.content, ...rest } = turn
  const isPair = turn.role === 'assistant' && rejected !== null && rejected !== content
  return { ...rest, content, ...(isPair ? { rejected } : {}) }
}

const rescored = (turn: TrainingTurn, given: NonNullable<TurnChange['scores']>): TrainingTurn => {
  const { scores: former = {}, ...rest } = turn
  const scores = Object.fromEntries(
    CRITERIA.flatMap((criterion) => {
      const score = given[criterion] === undefined ? former[criterion] : given[criterion]
      return score === undefined || score === null ? [] : [[criterion, score]]
    }),
  )
  return Object.keys(scores).length === 0 ? rest : { ...rest, scores }
}

const isSame = (one: TrainingTurn, other: TrainingTurn): boolean => {
  const scoresOf = ({ scores = {} }: TrainingTurn) => CRITERIA.map((criterion) => scores[criterion]).join()
  return (
    one.content === other.content &&
    one.train === other.train &&
    one.rejected === other.rejected &&
    one.comment === other.comment &&
    scoresOf(one) === scoresOf(other)
  )
}

const notOfTheAssistant = () => {
  const issue: InputIssue = {
    part: 'body',
    path: ['train'],
    rule: 'other',
    message: 'must be false: only answers are learned from',
  }
  return new AppError('request.invalid', {
    issues: [issue],
    message: 'Only the turns of the assistant can be learned from.',
  })
}
