/** Programs that do what they should not: a clear failure, and nothing is left. */
import { expect, it } from 'vitest'
import { scriptedEngine, type scripts } from '#test/support/stub-engines.ts'
import { convert, failureOf } from './for-tests.ts'

it.each<[keyof typeof scripts, string]>([
  ['copies', 'done'],
  ['failsAfterwards', 'done'],
  ['leavesOthersBehind', 'done'],
  ['writesGarbage', 'done'],
  ['writesNothing', 'refused'],
  ['linksToOurFile', 'refused'],
  ['crashes', 'crashed'],
  ['hangs', 'timeout'],
  ['forks', 'timeout'],
  ['eatsMemory', 'refused'],
  ['writesTenGigabytes', 'crashed'],
  ['writesManyFiles', 'too_large'],
  ['talksWithoutEnd', 'too_large'],
])('a program that %s: %s', async (script, result) => {
  const started = performance.now()
  // What runs into a limit may run into another one first.
  const results = { eatsMemory: ['refused', 'too_large'], writesTenGigabytes: ['crashed', 'too_large'] }
  const expected = (results as Record<string, string[]>)[script] ?? [result]
  expect(expected).toContain(await failureOf(scriptedEngine(script), 'words', 'txt', 'md'))
  expect(performance.now() - started).toBeLessThan(10_000)
})

it('an output is brought back under a name of ours', async () => {
  const { bytes, name } = await convert(scriptedEngine('copies'), 'words', 'txt', 'md')
  expect([bytes.toString(), name]).toEqual(['words', 'out.md'])
})

it('an empty file is refused before anything runs', async () => {
  expect(await failureOf(scriptedEngine('copies'), '', 'txt', 'md')).toBe('refused')
})

it('a task that is aborted ends at once, with everything that it has started', async () => {
  const stop = new AbortController()
  const running = failureOf(scriptedEngine('hangs', { limits: { timeMs: 60_000 } }), 'words', 'txt', 'md', {
    signal: stop.signal,
  })
  stop.abort()
  const started = performance.now()
  expect(await running).toBe('cancelled')
  expect(performance.now() - started).toBeLessThan(5000)
})
