/** Circles in graphs of names. */
import { expect, it } from 'vitest'
import { findCycles } from './cycles.ts'

const cyclesOf = (edges: Record<string, string[]>): string[][] => findCycles(new Map(Object.entries(edges)))

it.each<[string, Record<string, string[]>, string[][]]>([
  ['a chain has none', { a: ['b'], b: ['c'], c: [] }, []],
  ['two ways to the same place are none', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, []],
  ['a target that is no node is nowhere', { a: ['elsewhere'] }, []],
  ['one that points at itself', { a: ['a'] }, [['a']]],
  ['two that point at each other', { b: ['a'], a: ['b'] }, [['a', 'b']]],
  ['the shortest way round is told', { a: ['b', 'c'], b: ['c'], c: ['a'] }, [['a', 'c']]],
  ['two circles', { d: ['c'], c: ['d'], a: ['b', 'c'], b: ['a'] }, [['a', 'b'], ['c', 'd']]], // prettier-ignore
])('%s', (_, edges, circles) => {
  expect(cyclesOf(edges)).toEqual(circles)
})

it('a chain of 20 000 does not exhaust the stack', () => {
  const edges = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`n${i}`, [`n${i + 1}`]]))
  expect(cyclesOf(edges)).toEqual([])
})
