/** The benchmark still works: it starts, fills, asks, reads and compares. What its figures are is nobody's promise here. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runLoad } from './http-load.ts'
import { statementsIn } from './observed-sql.ts'
import { atLeast, atMost, markdownOf, shortfallsOf } from './report.ts'
import { parts, quickPlan, runBench } from './run-bench.ts'
import { median, quantile } from './statistics.ts'
import { startTrivialServer } from './trivial-server.ts'

it('the quick form measures everything, and every reply is complete', { timeout: 300_000 }, async () => {
  const report = await runBench(quickPlan, parts, () => {})
  for (const title of [
    'Requests',
    'Replies',
    'Idle streams',
    'One message to many',
    'Messages and files of a group',
    'Files up and down',
    'Training data',
    'Start, memory, page',
    'What falls short',
  ]) {
    expect(report).toContain(`\n## ${title}\n`)
  }
  for (const row of [
    'one by id',
    'append',
    'time to the first token',
    'memory with 50 streams',
    'last reader, one server',
    'messages: the latest 50',
    'files: a search that finds few',
    'download, one alone',
    'memory for 3 uploads',
    '300 conversations .* to JSONL',
    'download link',
    'later start',
  ]) {
    expect(report).toMatch(new RegExp(`^\\| ${row}[^|]* \\| .*\\d`, 'm'))
  }
  expect(report).not.toMatch(/NaN|undefined|Infinity/)
})

describe('the statements of a request', () => {
  it('are read from the log: several lines, several parameters, quotes and nothing', () => {
    const lines = [
      'LOG:  execute s1: select enter($1, $2)',
      `DETAIL:  Parameters: $1 = 'it''s me', $2 = NULL`,
      'LOG:  execute s2: select a,',
      '\t      b from t',
      '\t    where a = $1',
      `DETAIL:  Parameters: $1 = 'one, $2 = ''two'''`,
      'LOG:  checkpoint starting: time',
    ]
    expect(statementsIn(lines)).toEqual([
      { sql: 'select enter($1, $2)', parameters: [`it's me`, null] },
      { sql: 'select a,\n       b from t\n     where a = $1', parameters: [`one, $2 = 'two'`] },
    ])
  })
})

describe('the load generator', () => {
  let trivial: Awaited<ReturnType<typeof startTrivialServer>>
  beforeAll(async () => {
    trivial = await startTrivialServer(70_000)
  })
  afterAll(() => trivial.stop())
  const load = () => ({
    port: trivial.port,
    clients: 2,
    seconds: 0.2,
    errands: [[{ method: 'GET' as const, path: '/', token: 'none' }]],
  })

  it('counts answers that come in many pieces', async () => {
    const { rate, p50, p99 } = await runLoad({ ...load(), status: 200 })
    expect(rate).toBeGreaterThan(0)
    expect(p50).toBeLessThanOrEqual(p99)
  })

  it('fails on the first answer that is not what was expected', async () => {
    await expect(runLoad({ ...load(), status: 201 })).rejects.toThrow('The server answered HTTP/1.1 200 OK')
  })
})

describe('the report', () => {
  const table = {
    title: 'Speed',
    method: 'By watch.',
    columns: ['what', 'rate'],
    rows: [
      { cells: ['walking', '2'], target: atLeast(2, 5) },
      { cells: ['resting', '1'], target: atMost(1, 1, 's') },
      { cells: ['thinking', '–'] },
    ],
  }

  it('puts each target beside its figure', () => {
    expect(markdownOf(table).split('\n')).toEqual([
      '## Speed',
      '',
      'By watch.',
      '',
      '| what | rate | target |  |',
      '| --- | ---: | ---: | ---: |',
      '| walking | 2 | ≥ 5.00 | **fail** |',
      '| resting | 1 | ≤ 1 s | pass |',
      '| thinking | – |  |  |',
      '',
    ])
  })

  it('names what falls short', () => {
    expect(shortfallsOf([table])).toEqual(['walking: rate 2; promised: ≥ 5.00'])
  })

  it('a value that could not be measured meets no target', () => {
    expect(atLeast(Number.NaN, 1).isMet).toBe(false)
    expect(atMost(Number.NaN, 1, 's').isMet).toBe(false)
  })
})

it('the middle of several values is one of them', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(quantile([4, 1, 3, 2], 0.99)).toBe(4)
  expect(median([])).toBeNaN()
})
