/** What the report counts, and how fast. */
import { describe, expect, it } from 'vitest'
import type { VersionRow } from '../dataset.ts'
import { contentOf, facts, rowOf, turnsOf } from './for-tests.ts'
import { listTargets } from './registry.ts'
import { startTally, type TargetReport } from './tally.ts'
import type { Split, TargetChoice } from './target.ts'

const idOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`

/** Texts differ from row to row. */
const rowsOf = (letters: readonly string[], splits: readonly Split[] = ['train']): VersionRow[] =>
  letters.map((each, index) => ({
    row: rowOf(
      {
        turns: turnsOf(each).map((turn) => ({
          ...turn,
          content: turn.content === null ? null : `${turn.content} ${index}`,
        })),
      },
      { id: idOf(index) },
    ),
    split: splits[index % splits.length]!,
    tokens: 100,
  }))

const reportOn = (choice: TargetChoice, rows: readonly VersionRow[]): TargetReport => {
  const tally = startTally(choice, facts)
  for (const row of rows) tally.add(row)
  return tally.report()
}

describe('the report', () => {
  it('counts every conversation once as intact, changed or left out, and says which and why', () => {
    const rows = rowsOf(['ua', 'uau', 'suaua', 'aua', 'uxua', 'uau'])
    expect(reportOn({ id: 'llama-factory', options: {} }, rows)).toEqual({
      target: { id: 'llama-factory', options: {} },
      conversations: 6,
      intact: 2,
      changed: 0,
      leftOut: 4,
      splits: [{ split: 'train', conversations: 6, leftOut: 4, records: 2 }],
      answers: { trained: 3, untrained: 0 },
      tokens: 200,
      rules: [
        {
          rule: 'weight.ignored',
          effect: 'harms',
          conversations: 1,
          fix: 'expand_answers',
          examples: [{ conversationId: idOf(4), turn: 2 }],
        },
        {
          rule: 'end.assistant',
          effect: 'drops',
          conversations: 2,
          fix: 'drop_trailing_user',
          examples: [
            { conversationId: idOf(1), turn: 3 },
            { conversationId: idOf(5), turn: 3 },
          ],
        },
        {
          rule: 'start.user',
          effect: 'drops',
          conversations: 1,
          fix: 'drop_leading_assistant',
          examples: [{ conversationId: idOf(3), turn: 1 }],
        },
      ],
      fileRules: [],
      loses: expect.arrayContaining(['emotions, scores and comments']),
    })
  })

  it('has nothing left to say once the fixes that it offers are chosen', () => {
    const rows = rowsOf(['ua', 'uau', 'suaua', 'aua', 'uxua', 'uau'])
    const fixes = ['drop_trailing_user', 'drop_leading_assistant', 'expand_answers'] as const
    expect(reportOn({ id: 'llama-factory', options: { fixes } }, rows)).toMatchObject({
      intact: 6,
      leftOut: 0,
      rules: [],
      splits: [{ records: 7 }],
    })
  })

  it('tells a turn of the conversation as people see it, whatever the fixes took out before it', () => {
    const fixes = ['remove_system', 'remove_tools'] as const
    const report = reportOn({ id: 'sharegpt', options: { fixes } }, rowsOf(['suctaau']))
    expect(report.rules.map(({ rule, examples }) => [rule, examples[0]!.turn])).toEqual([
      ['end.assistant', 7],
      ['turns.alternate', 6],
    ])
  })

  it('knows that a service wants ten rows, of the file that is learned from', () => {
    const nine = rowsOf(Array.from({ length: 9 }, () => 'ua'))
    expect(reportOn({ id: 'openai-chat', options: {} }, nine).fileRules).toEqual([
      { rule: 'rows.minimum', effect: 'stops', split: 'train', records: 9, limit: 10 },
    ])
    expect(reportOn({ id: 'openai-chat', options: { service: 'fireworks' } }, nine).fileRules).toEqual([])
    expect(reportOn({ id: 'openai-chat', options: {} }, []).fileRules).toEqual([])
  })

  it('finds the same text in two splits', () => {
    const [first, second] = rowsOf(['ua', 'ua'], ['train', 'validation'])
    const same = { ...second!, row: { ...second!.row, content: first!.row.content } }
    expect(reportOn({ id: 'messages', options: {} }, [first!, same]).rules).toMatchObject([
      { rule: 'splits.disjoint', effect: 'warns', examples: [{ conversationId: idOf(1) }] },
    ])
    expect(reportOn({ id: 'messages', options: {} }, [first!, second!]).rules).toEqual([])
  })

  it('names twenty examples and counts all', () => {
    const [rule] = reportOn({ id: 'mistral', options: {} }, rowsOf(Array.from({ length: 30 }, () => 'uau'))).rules
    expect(rule).toMatchObject({ rule: 'end.assistant', conversations: 30 })
    expect(rule!.examples).toHaveLength(20)
  })

  it('knows no tokens where one conversation was never counted', () => {
    const [first, second] = rowsOf(['ua', 'ua'])
    expect(reportOn({ id: 'messages', options: {} }, [first!, { ...second!, tokens: 0 }]).tokens).toBeNull()
  })

  it('looks at 10 000 conversations of 6 kB in a second', () => {
    const text = 'What happens to the house when I am not there any more? '.repeat(10)
    const long = contentOf('suauauauaua').turns.map((turn) => ({ ...turn, content: `${turn.content} ${text}` }))
    const rows = Array.from({ length: 2_000 }, (_, index): VersionRow => ({
      row: rowOf({ turns: long.with(1, { ...long[1]!, content: `${index} ${text}` }) }, { id: idOf(index) }),
      split: index % 10 === 0 ? 'validation' : 'train',
      tokens: 1_500,
    }))
    // The slowest of several is the machine's doing and not the program's.
    const rates = listTargets()
      .filter(({ id }) => id === 'messages' || id === 'llama-factory' || id === 'openai-chat')
      .map(({ id }) =>
        Math.max(
          ...Array.from({ length: 3 }, () => {
            const start = performance.now()
            expect(reportOn({ id, options: {} }, rows).intact).toBe(2_000)
            return (rows.length / (performance.now() - start)) * 1_000
          }),
        ),
      )
    // Half of what is promised, because tests share the machine; the bench has the figure.
    for (const rate of rates) expect(rate).toBeGreaterThan(5_000)
  })
})
