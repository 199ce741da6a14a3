/**
 * `npm test [-- part-of-a-path …]`: everything that says whether Parlance works. Without a filter: lint, format, types,
 * unused code and the dependency rule; the page; then every suite. With one: the matching test files only.
 *
 * The last line is always `N passed, N failed, N skipped`, over all of it; each check counts as one. Under CI=true what
 * would be skipped counts as failed.
 */
import path from 'node:path'
import { startVitest } from 'vitest/node'
import { ensurePage } from './build-page.ts'
import { runChecks } from './check/checks.ts'
import { type Need, provide } from './test/needs.ts'
import { filesOf, suites } from './test/suites.ts'
import { bySuite, lastLine, type Tally, tallyReporter, type Timing } from './test/tally.ts'

const root = path.resolve(import.meta.dirname, '..')
const tally: Tally = { passed: 0, failed: 0, skipped: 0 }
const print = (line: string): void => console.log(line)

/** What the person typed is wrong: told without a stack. */
class UsageError extends Error {}

async function main(filters: readonly string[]): Promise<void> {
  const wanted = suites
    .map((suite) => ({ ...suite, files: filesOf(suite, root, filters) }))
    .filter(({ files }) => files.length > 0)
  if (filters.length > 0 && wanted.length === 0) throw new UsageError(`No test file matches ${filters.join(', ')}.`)

  const unmet = provide([...new Set(wanted.flatMap(({ needs }) => needs))], print)
  const isUnmet = (need: Need): boolean => unmet.has(need)
  const skipped = wanted.filter(({ needs }) => needs.some(isUnmet))
  const runnable = wanted.filter((suite) => !skipped.includes(suite))

  if (filters.length === 0) await runChecks(print, tally)
  if (filters.length === 0 || runnable.some(({ needsPage }) => needsPage)) await buildPage()
  if (runnable.length > 0)
    await runSuites(
      runnable.map(({ name }) => name),
      filters,
    )
  for (const { name, needs, files } of skipped) {
    tally.skipped += files.length
    for (const need of needs.filter(isUnmet))
      print(`Skipped ${files.length} files of the suite ${name}: ${unmet.get(need)}`)
  }
}

async function buildPage(): Promise<void> {
  try {
    await ensurePage(print)
    tally.passed += 1
  } catch (error) {
    tally.failed += 1
    print(error instanceof Error ? error.message : String(error))
  }
}

async function runSuites(names: string[], filters: readonly string[]): Promise<void> {
  const timings: Timing[] = []
  const vitest = await startVitest([...filters], {
    root,
    watch: false,
    project: names,
    reporters: ['default', tallyReporter(tally, timings)],
  })
  await vitest.close()
  if (filters.length > 0) return
  const line = (milliseconds: number, what: string) =>
    print(`${(milliseconds / 1000).toFixed(1).padStart(8)} s  ${what}`)
  print('Suites:')
  for (const [suite, milliseconds] of bySuite(timings)) line(milliseconds, suite)
  print('Slowest files:')
  const slowest = timings.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, 25)
  for (const { file, suite, milliseconds } of slowest) line(milliseconds, `${file} (${suite})`)
}

const started = performance.now()
const filters = process.argv.slice(2)
try {
  const option = filters.find((filter) => filter.startsWith('-'))
  if (option !== undefined) throw new UsageError(`Usage: npm test [-- part-of-a-path …]; ${option} is no path.`)
  await main(filters)
} catch (error) {
  tally.failed += 1
  console.error(error instanceof UsageError ? error.message : error)
}
if (process.env['CI'] === 'true' && tally.skipped > 0) {
  print(`CI=true: ${tally.skipped} skipped count as failed.`)
  tally.failed += tally.skipped
  tally.skipped = 0
}
print(`${((performance.now() - started) / 1000).toFixed(0)} s`)
// The line comes when nothing else can print any more, whatever a test left running.
process.on('exit', () => print(lastLine(tally)))
process.exit(tally.failed > 0 ? 1 : 0)
