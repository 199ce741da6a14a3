/** The limit: pgbench runs the server's own statements against the server's own database. It knows no HTTP. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type { ObservedStatement } from './observed-sql.ts'

import type { DatabaseAddress } from './seed.ts'
import { findProgram } from '../scripts/apt.ts'
import { provide } from '../scripts/test/needs.ts'

const run = promisify(execFile)

/** What a parameter of a statement is replaced with: SQL of its own, such as `gen_random_uuid()`. */
export type Replacement = (value: string | null) => string | undefined

/** What pgbench repeats: as many scripts as there are values that vary, of which it runs one at random each time. */
export interface Repeated {
  /** Each request's statements: one pipeline, which is one round trip and one implicit transaction. */
  readonly requests: readonly (readonly ObservedStatement[])[]
  /** Values that differ between the scripts, as they were observed, and what takes their place in each of them. */
  readonly varying: { readonly observed: readonly string[]; readonly values: readonly (readonly string[])[] }
  readonly replace: Replacement
}

/** Where pgbench is; installed first where that may be done without asking. */
export const findPgbench = (tell: (line: string) => void): string | undefined => {
  const found = pgbenchIn()
  if (found !== undefined) return found
  provide(['postgresql'], tell)
  return pgbenchIn()
}

const pgbenchIn = (): string | undefined => {
  // Not Debian's wrapper in /usr/bin: it looks for a cluster of its own.
  const versions = '/usr/lib/postgresql'
  const newestFirst = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : []
  return (
    newestFirst.map((version) => path.join(versions, version, 'bin/pgbench')).find((file) => existsSync(file)) ??
    findProgram('pgbench')
  )
}

export interface PgbenchScripts {
  /** @returns transactions per second */
  run(options: { clients: number; seconds: number }): Promise<number>
}

/**
 * Writes the scripts, to be run as often as needed.
 *
 * @param program where pgbench is
 * @param parent a folder in which they get a folder of their own
 */
export const pgbenchScripts = async (
  program: string,
  parent: string,
  address: DatabaseAddress,
  repeated: Repeated,
): Promise<PgbenchScripts> => {
  const folder = await mkdtemp(path.join(parent, 'pgbench-'))
  const { observed, values } = repeated.varying
  const variables = new Map<string, string>()
  const scripts: string[] = []
  for (const [index, given] of values.entries()) {
    const script = path.join(folder, `${index}.sql`)
    const inPlaceOf = new Map(observed.map((value, position) => [value, given[position]!]))
    await writeFile(script, scriptOf(repeated, inPlaceOf, variables))
    scripts.push('-f', script)
  }
  const defined = Array.from(variables, ([value, name]) => `--define=${name}=${value}`)
  return {
    async run({ clients, seconds }) {
      // It counts in whole seconds: for less, in transactions.
      const limit = seconds < 1 ? `--transactions=${Math.ceil(seconds * 100)}` : `--time=${Math.round(seconds)}`
      const args = ['--no-vacuum', '--protocol=prepared', `--client=${clients}`, '--jobs=2', limit]
      const { stdout, stderr } = await run(program, [...args, ...defined, ...scripts, address.database], {
        env: {
          ...process.env,
          LC_ALL: 'C',
          PGHOST: address.host,
          PGPORT: String(address.port),
          PGUSER: address.user,
          PGPASSWORD: address.password,
        },
      })
      const rate = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1])
      const failed = /number of failed transactions: (\d+)/.exec(stdout)?.[1] ?? '0'
      if (!(rate > 0) || failed !== '0') throw new Error(`pgbench did not get through:\n${stdout}${stderr}`)
      return rate
    },
  }
}

/** Parameters stay parameters: pgbench prepares `:v1` as `$1`. It has no NULL, so that is written out. */
const scriptOf = (
  { requests, replace }: Repeated,
  inPlaceOf: ReadonlyMap<string, string>,
  variables: Map<string, string>,
): string => {
  const reference = (value: string | null): string => {
    const replaced = replace(value)
    if (replaced !== undefined) return replaced
    if (value === null) return 'null'
    const given = inPlaceOf.get(value) ?? value
    let name = variables.get(given)
    if (name === undefined) variables.set(given, (name = `v${variables.size + 1}`))
    return `:${name}`
  }
  const lineOf = ({ sql, parameters }: ObservedStatement): string => {
    const oneLine = sql.replaceAll(/\s+/g, ' ').trim()
    return `${oneLine.replaceAll(/\$(\d+)/g, (_, position) => reference(parameters[Number(position) - 1] ?? null))};`
  }
  return requests
    .flatMap((statements) => ['\\startpipeline', ...statements.map(lineOf), '\\endpipeline', ''])
    .join('\n')
}
