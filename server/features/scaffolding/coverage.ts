/** Which personas, arcs and topics have conversations together, and which lack them; pure. */
import { MAX_CALLS } from './estimate.ts'

/** One line or column of the matrix. */
export interface AxisItem {
  readonly id: string
  readonly key: string
  readonly name: string
}

/** How many conversations three keys have together. */
export interface CellCount {
  readonly personaKey: string
  readonly arcKey: string
  readonly topicKey: string
  readonly total: number
}

/** What is there of one page of topics. */
export interface CoveragePage {
  /** The first `MAX_AXIS` active ones by name. */
  readonly personas: readonly AxisItem[]
  readonly arcs: readonly AxisItem[]
  readonly topics: readonly AxisItem[]
  /** Of all that are active. */
  readonly totals: { readonly personas: number; readonly arcs: number; readonly topics: number }
  /** Of these topics; keys that are in none of the lists don't count. */
  readonly counts: readonly CellCount[]
}

/** So many conversations to make. */
export interface MissingCell {
  readonly personaId: string
  readonly arcId: string
  readonly topicId: string
  readonly count: number
}

export interface CoverageMatrix {
  /** By topic, then persona, then arc. */
  readonly counts: readonly (readonly (readonly number[])[])[]
  /** How many cells are below the target. */
  readonly missing: number
  /** What brings the first of them to it, `MAX_CALLS` conversations at most. */
  readonly fill: readonly MissingCell[]
}

/** Most personas and arcs of a matrix. */
export const MAX_AXIS = 50

/** The matrix of one page, and what it lacks to `target` conversations in each cell. */
export const coverageOf = ({ personas, arcs, topics, counts }: CoveragePage, target: number): CoverageMatrix => {
  const nameOf = (persona: string, arc: string, topic: string) => `${topic} ${persona} ${arc}`
  const totals = new Map(counts.map((each) => [nameOf(each.personaKey, each.arcKey, each.topicKey), each.total]))
  const matrix = topics.map((topic) =>
    personas.map((persona) => arcs.map((arc) => totals.get(nameOf(persona.key, arc.key, topic.key)) ?? 0)),
  )
  let missing = 0
  let left = MAX_CALLS
  const fill: MissingCell[] = []
  for (const [t, topic] of topics.entries())
    for (const [p, persona] of personas.entries())
      for (const [a, arc] of arcs.entries()) {
        const lack = target - matrix[t]![p]![a]!
        if (lack <= 0) continue
        missing += 1
        const count = Math.min(lack, left)
        left -= count
        if (count > 0) fill.push({ personaId: persona.id, arcId: arc.id, topicId: topic.id, count })
      }
  return { counts: matrix, missing, fill }
}
