/** Which conversations are to be made: by choice of personas, arcs and topics, or by what is missing: pure. */
import type { GenerationCell, NewGeneration } from '#contract/training/generations.ts'
import type { Coverage } from './read-coverage.ts'

/** Most conversations of one run (contract, `MAX_CALLS`). */
export const MAX_CALLS = 1000

/** What is missing, to be made. */
export interface Filling {
  readonly cells: readonly GenerationCell[]
  /** Null: of any tier. */
  readonly tier: NewGeneration['tier'] | null
}

/** What a cell is known by. */
export const cellKey = ({ persona_id, arc_id, topic_id }: Pick<GenerationCell, 'persona_id' | 'arc_id' | 'topic_id'>) =>
  `${persona_id} ${arc_id} ${topic_id}`

export const conversationsOf = (cells: readonly GenerationCell[]): number =>
  cells.reduce((sum, { count }) => sum + count, 0)

type Matrix = Pick<Coverage, 'personas' | 'emotional_arcs' | 'training_topics' | 'counts'>

/** Which part of a matrix: everything, one topic, one persona with one arc. */
export interface Part {
  readonly topicId?: string | undefined
  readonly personaId?: string | undefined
  readonly arcId?: string | undefined
}

const every = function* (matrix: Matrix, part: Part) {
  for (const [t, topic] of matrix.training_topics.entries()) {
    if (part.topicId !== undefined && part.topicId !== topic.id) continue
    for (const [p, persona] of matrix.personas.entries()) {
      if (part.personaId !== undefined && part.personaId !== persona.id) continue
      for (const [a, arc] of matrix.emotional_arcs.entries()) {
        if (part.arcId !== undefined && part.arcId !== arc.id) continue
        yield { persona, arc, topic, count: matrix.counts[t]?.[p]?.[a] ?? 0 }
      }
    }
  }
}

/** How many conversations a part has, and how many it lacks to `target` in each of its cells. */
export const coverageOf = (matrix: Matrix, part: Part, target: number): { count: number; missing: number } => {
  let count = 0
  let missing = 0
  for (const cell of every(matrix, part)) {
    count += cell.count
    missing += Math.max(0, target - cell.count)
  }
  return { count, missing }
}

/** What brings a part to `target` in each of its cells: as much of it as one run makes. */
export const missingCells = (matrix: Matrix, part: Part, target: number): GenerationCell[] => {
  const cells: GenerationCell[] = []
  let left = MAX_CALLS
  for (const { persona, arc, topic, count: there } of every(matrix, part)) {
    const count = Math.min(left, target - there)
    if (count <= 0) continue
    left -= count
    cells.push({ persona_id: persona.id, arc_id: arc.id, topic_id: topic.id, count })
  }
  return cells
}
