/** Which suites there are, where their files lie, how patient they are and what they need; it must not know any test. */
import { globSync } from 'node:fs'
import path from 'node:path'
import type { Need } from './needs.ts'

const minute = 60_000

export interface Suite {
  /** The vitest project. */
  readonly name: string
  /** Globs relative to the root. */
  readonly include: readonly string[]
  /** Globs of files that would be included, and belong to another suite. */
  readonly exclude?: readonly string[]
  /** How long one test may take, in milliseconds. */
  readonly limit: number
  /** What must be installed on the machine. */
  readonly needs: readonly Need[]
  /** Whether it looks at the built page. */
  readonly needsPage: boolean
  /** Environment of its workers. */
  readonly env?: Readonly<Record<string, string>>
}

/** Whatever runs programs that npm doesn't bring. */
const engines = ['server/adapters/engines/**/*.test.ts', 'test/engines/**/*.test.ts', 'test/crash/conversion.test.ts']

/** Everything that talks SQL: it runs on the embedded PostgreSQL, and once more on the one that operators bring. */
const onPostgres = ['{server,test/support}/**/*.pg.test.ts', 'server/adapters/postgres/*.test.ts', 'db/**/*.test.ts']

/** Everything that is promised over HTTP. */
const acceptance = ['test/acceptance/**/*.test.ts']

/** What of it asks most of the database: that runs on both as well. */
const acceptanceOfData = [
  'test/acceptance/{conversations,messages}/**/*.test.ts',
  'test/acceptance/teams/{members,posting,reading}.test.ts',
  'test/acceptance/files/listing.test.ts',
  'test/acceptance/training/datasets.test.ts',
]

export const suites: readonly Suite[] = [
  {
    name: 'unit',
    include: ['{server,contract,scripts,db,web,bench,test/support,test/contracts}/**/*.test.{ts,tsx}'],
    exclude: engines,
    limit: minute / 2,
    needs: [],
    needsPage: false,
  },
  {
    name: 'server-postgres',
    include: [...onPostgres, 'test/support/database.test.ts', ...acceptanceOfData],
    limit: minute,
    needs: ['postgresql'],
    needsPage: true,
    env: { TEST_POSTGRES: 'server' },
  },
  { name: 'acceptance', include: acceptance, limit: minute, needs: [], needsPage: true },
  { name: 'engines', include: engines, limit: minute, needs: ['engines', 'nginx', 'clamd', 'redis'], needsPage: false },
  {
    name: 'e2e',
    include: ['test/e2e/**/*.test.ts'],
    limit: 2 * minute,
    needs: ['chromium', 'engines'],
    needsPage: true,
  },
  {
    name: 'crash',
    include: ['test/crash/**/*.test.ts'],
    exclude: engines,
    limit: 5 * minute,
    needs: [],
    needsPage: false,
  },
]

/**
 * @param root the folder of the checkout
 * @param filters parts of paths, as vitest takes them; none means all files
 * @returns the paths of a suite's files that match, relative to the root
 */
export function filesOf(suite: Suite, root: string, filters: readonly string[]): string[] {
  const files = globSync(suite.include, { cwd: root, exclude: suite.exclude ?? [] })
  const absolute = (file: string): string => path.join(root, file)
  return [...new Set(files)].filter(
    (file) => filters.length === 0 || filters.some((filter) => absolute(file).includes(filter.replace(/^\.\//, ''))),
  )
}
