/** Counts what passed, failed and was skipped, whoever ran it; it must not know how. */
import type { Reporter, TestModule } from 'vitest/node'

export interface Tally {
  passed: number
  failed: number
  skipped: number
}

/** The one line that a run ends with: plain, so that a program can read it. */
export function lastLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** How long a file took, in milliseconds, loading included. */
export interface Timing {
  readonly file: string
  readonly suite: string
  readonly milliseconds: number
}

/** The sum of each suite's files, the longest first. */
export function bySuite(timings: readonly Timing[]): [suite: string, milliseconds: number][] {
  const sums = new Map<string, number>()
  for (const { suite, milliseconds } of timings) sums.set(suite, (sums.get(suite) ?? 0) + milliseconds)
  return [...sums].toSorted(([, a], [, b]) => b - a)
}

/**
 * Adds up what vitest reports. A file that cannot be loaded, a failing hook and an error outside of any test count as
 * one failure each: none of them is a test, and all of them hide some.
 * @param tally is added to when the run ends
 * @param timings gets one entry for each file
 */
export function tallyReporter(tally: Tally, timings: Timing[]): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      tally.failed += unhandledErrors.length
      for (const module of modules) {
        add(tally, module)
        const { collectDuration, duration, environmentSetupDuration, setupDuration } = module.diagnostic()
        timings.push({
          file: module.relativeModuleId,
          suite: module.project.name,
          milliseconds: collectDuration + duration + environmentSetupDuration + setupDuration,
        })
      }
    },
  }
}

function add(tally: Tally, module: TestModule): void {
  tally.failed += module.errors().length
  for (const suite of module.children.allSuites()) tally.failed += suite.errors().length
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === 'passed') tally.passed += 1
    else if (state === 'skipped') tally.skipped += 1
    else tally.failed += 1 // `pending` is a test that never came to an end
  }
}
