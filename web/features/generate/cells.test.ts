import { describe, expect, it } from 'vitest'
import { conversationsOf, coverageOf, missingCells } from './cells.ts'

const axis = (...ids: string[]) => ids.map((id) => ({ id, key: id, name: id }))

/** Two personas, two arcs, two topics. */
const matrix = {
  personas: axis('maya', 'jonah'),
  emotional_arcs: axis('clarity', 'confidence'),
  training_topics: axis('loans', 'estate'),
  counts: [
    [
      [3, 0],
      [1, 2],
    ],
    [
      [0, 0],
      [5, 2],
    ],
  ],
}

describe('the coverage of', () => {
  it('everything is the sum of its cells, and what each of them lacks', () => {
    expect(coverageOf(matrix, {}, 2)).toEqual({ count: 13, missing: 7 })
  })

  it('a persona with an arc is that of all topics; more in one topic makes up for nothing in another', () => {
    expect(coverageOf(matrix, { personaId: 'maya', arcId: 'clarity' }, 2)).toEqual({ count: 3, missing: 2 })
  })

  it('one topic counts nothing else', () => {
    expect(coverageOf(matrix, { topicId: 'estate' }, 1)).toEqual({ count: 7, missing: 2 })
  })
})

describe('what fills', () => {
  it('a topic names each cell that is below the target, with what it lacks', () => {
    expect(missingCells(matrix, { topicId: 'loans' }, 2)).toEqual([
      { persona_id: 'maya', arc_id: 'confidence', topic_id: 'loans', count: 2 },
      { persona_id: 'jonah', arc_id: 'clarity', topic_id: 'loans', count: 1 },
    ])
  })

  it('what is full is nothing', () => {
    expect(missingCells(matrix, { personaId: 'jonah', arcId: 'confidence' }, 2)).toEqual([])
  })

  it('more than one run makes ends where the run is full', () => {
    expect(conversationsOf(missingCells(matrix, {}, 400))).toBe(1000)
  })
})
