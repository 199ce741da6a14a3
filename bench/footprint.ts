/** What it takes to have Parlance there at all: time to start, memory at rest, weight of the page. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { megabytesOf } from './idle-streams.ts'
import { type Parlance, root, withParlance } from './parlance.ts'
import { memoryOfTree } from './processes.ts'
import { atMost, formatted, type Row, type Table } from './report.ts'
import { median } from './statistics.ts'

export interface FootprintPlan {
  readonly starts: number
  /** How long a server is left alone before its memory is taken. */
  readonly restMs: number
  readonly hasTargets: boolean
}

export const measureFootprint = async (plan: FootprintPlan, tell: (line: string) => void): Promise<Table> => {
  if (!existsSync(path.join(root, 'dist/web/index.html'))) {
    tell('building the page')
    execFileSync(process.execPath, ['scripts/build-page.ts'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  tell('starts')
  const starts = await measureStarts(plan)
  return {
    title: 'Start, memory, page',
    method:
      'Start: the script of `npm start`, from its first instruction until `/health` answers 200, medians of ' +
      `${plan.starts}; the first one on an empty folder, the later ones on the same. Memory: proportional set size of ` +
      `all processes, ${plan.restMs / 1000} s after a later start. Page: what index.html names and what those files ` +
      'import before they run, compressed by gzip -9; fonts and what is fetched on demand apart.',
    columns: ['what', 'measured'],
    rows: [...starts, ...(await pageRows(plan))],
  }
}

const startScript = ['scripts/run.mjs', 'scripts/start.ts']

const measureStarts = async ({ starts, restMs, hasTargets }: FootprintPlan): Promise<Row[]> => {
  const firstMs: number[] = []
  const laterMs: number[] = []
  let atRest: ReturnType<typeof memoryOfTree>
  for (let round = 0; round < starts; round++) {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'parlance-start-'))
    try {
      await withParlance(dataDir, {}, async ({ readyAfterMs }) => void firstMs.push(readyAfterMs), startScript)
      const measure = async ({ readyAfterMs, pid }: Parlance) => {
        laterMs.push(readyAfterMs)
        if (round > 0) return
        await sleep(restMs)
        atRest = memoryOfTree(pid)
      }
      await withParlance(dataDir, {}, measure, startScript)
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  }
  const seconds = median(laterMs) / 1000
  return [
    { cells: ['first start', `${formatted(median(firstMs) / 1000, 2)} s`] },
    { cells: ['later start', `${formatted(seconds, 2)} s`], target: hasTargets ? atMost(seconds, 3, 's') : undefined },
    {
      cells: [`memory at rest, all ${atRest?.processes ?? ''} processes`, megabytesOf(atRest?.bytes)],
      target: hasTargets && atRest !== undefined ? atMost(atRest.bytes / 2 ** 20, 200, 'MB') : undefined,
    },
  ]
}

const pageRows = async ({ hasTargets }: FootprintPlan): Promise<Row[]> => {
  const page = path.join(root, 'dist/web')
  const index = await readFile(path.join(page, 'index.html'), 'utf8')
  const named = Array.from(index.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g), ([, name]) => name!)
  const entry = await closureOf(page, named)
  const kilobytes = (await weightOf(page, ['/index.html', ...entry])) / 1024
  return [
    {
      cells: [`page: index.html and ${entry.length} files`, `${formatted(kilobytes, 1)} kB`],
      target: hasTargets ? atMost(kilobytes, 200, 'kB') : undefined,
    },
  ]
}

/** The files and everything that they import statically, each once. */
const closureOf = async (page: string, names: readonly string[]): Promise<string[]> => {
  const all = new Set(names)
  for (const name of all) {
    if (!name.endsWith('.js')) continue
    const source = await readFile(path.join(page, name), 'utf8')
    for (const [, imported] of source.matchAll(/(?:\bfrom|\bimport)\s*["'](\.{1,2}\/[^"']+\.js)["']/g)) {
      all.add(path.posix.join(path.posix.dirname(name), imported!))
    }
  }
  return [...all]
}

const weightOf = async (page: string, names: readonly string[]): Promise<number> => {
  const sizes = names.map(async (name) => gzipSync(await readFile(path.join(page, name)), { level: 9 }).length)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
