/**
 * Which statements the server runs for a request, as PostgreSQL itself logs them: what pgbench repeats can't drift from
 * what the product does. It knows no table.
 */
import type { Parlance } from './parlance.ts'
import { addressesOf, connected } from './seed.ts'

export interface ObservedStatement {
  /** As it was prepared, with `$1`, `$2`, … */
  readonly sql: string
  /** By position; null for NULL. */
  readonly parameters: readonly (string | null)[]
}

/** From now on the statements of requests are logged, or no longer: on connections that are not open yet. */
export const logStatements = async (dataDir: string, isOn: boolean): Promise<void> => {
  const { superuser, app } = addressesOf(dataDir)
  await connected(superuser, async (client) => {
    const role = client.escapeIdentifier(app.user)
    await client.query(isOn ? `alter role ${role} set log_statement = 'all'` : `alter role ${role} reset log_statement`)
  })
}

/**
 * Collects what a server with LOG_LEVEL=debug, of whose database `logStatements` was asked, runs while `work` does a request.
 * Statements of other roles, and so everything that the program does for itself, are not logged.
 */
export const observe = async (
  parlance: Parlance,
  dataDir: string,
  work: () => Promise<unknown>,
): Promise<ObservedStatement[]> => {
  const lines: string[] = []
  const marker = `bench ${Math.random()}`
  const heardMarker = new Promise<void>((resolve) => {
    parlance.onLogLine(({ source, msg }) => {
      if (source !== 'postgres' || typeof msg !== 'string') return
      if (msg.includes(marker)) resolve()
      else lines.push(msg)
    })
  })
  await work()
  await connected(addressesOf(dataDir).superuser, async (client) => {
    await client.query(`set log_statement = 'all'`)
    await client.query(`select '${marker}'`)
  })
  await heardMarker
  return statementsIn(lines)
}

/** Reads the log: each statement's text, continued in lines that begin with a tab, then its parameters. */
export const statementsIn = (lines: readonly string[]): ObservedStatement[] => {
  const statements: { sql: string; parameters: (string | null)[] }[] = []
  const entries = lines
    .join('\n')
    .replaceAll('\n\t', '\n ')
    .split(/\n(?=[A-Z]+: {2})/)
  for (const entry of entries) {
    const executed = /^LOG: {2}execute [^:]+: (.*)$/s.exec(entry)
    if (executed) statements.push({ sql: executed[1]!, parameters: [] })
    const given = /^DETAIL: {2}Parameters: (.*)$/s.exec(entry)
    if (given) statements.at(-1)?.parameters.push(...parametersIn(given[1]!))
  }
  return statements
}

const parametersIn = (text: string): (string | null)[] =>
  Array.from(text.matchAll(/\$\d+ = (?:'((?:[^']|'')*)'|NULL)/g), ([, value]) => value?.replaceAll("''", "'") ?? null)
