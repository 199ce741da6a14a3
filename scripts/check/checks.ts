/** The checks that need no running program: lint, format, types, unused code, the dependency rule. It knows no test. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { checkDependencyRule } from './dependency-rule.ts'
import { readTree } from './dependency-tree.ts'

const root = path.resolve(import.meta.dirname, '../..')

interface Outcome {
  readonly isFine: boolean
  /** What the check printed. */
  readonly output: string
}

interface Check {
  readonly name: string
  /** What puts it right, where a command does. */
  readonly remedy?: string
  readonly run: () => Promise<Outcome>
}

const checks: readonly Check[] = [
  { name: 'lint (oxlint)', run: () => tool('oxlint', ['--deny-warnings']) },
  { name: 'format (oxfmt)', remedy: 'node_modules/.bin/oxfmt', run: () => tool('oxfmt', ['--list-different']) },
  { name: 'types of the server (tsc)', run: () => tool('tsc', ['-p', 'tsconfig.json']) },
  { name: 'types of the web app (tsc)', run: typesOfTheWebApp },
  { name: 'unused code (knip)', run: () => tool('knip', ['--no-config-hints', '--no-progress']) },
  { name: 'dependency rule', run: dependencyRule },
]

/**
 * Runs all checks, whatever the first ones say.
 * @param print hears one line for each check, followed by all that a failing one printed
 * @param tally each check adds one to `passed` or `failed`
 */
export async function runChecks(
  print: (line: string) => void,
  tally: { passed: number; failed: number },
): Promise<void> {
  for (const { name, remedy, run } of checks) {
    const started = performance.now()
    const { isFine, output } = await run()
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    print(`${isFine ? '✓' : '✗'} ${name} ${seconds} s`)
    if (isFine) tally.passed += 1
    else tally.failed += 1
    if (!isFine) print(`${output.trimEnd()}${remedy === undefined ? '' : `\nTo put it right: ${remedy}`}\n`)
  }
}

async function typesOfTheWebApp(): Promise<Outcome> {
  if (!existsSync(path.join(root, 'web/tsconfig.json')))
    return { isFine: false, output: 'web/tsconfig.json is missing.' }
  return await tool('tsc', ['-p', 'web/tsconfig.json', '--noEmit'])
}

async function dependencyRule(): Promise<Outcome> {
  const { tree, aliases } = readTree(root)
  const violations = checkDependencyRule(tree, aliases)
  return { isFine: violations.length === 0, output: violations.map(({ sentence }) => sentence).join('\n') }
}

/** Runs a tool of node_modules with this Node, and keeps what it prints. */
async function tool(name: string, args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [path.join(root, 'node_modules/.bin', name), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      FORCE_COLOR: process.stdout.isTTY ? '1' : '0',
      NO_COLOR: process.stdout.isTTY ? undefined : '1',
    },
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  return await new Promise((resolve) => {
    child.on('error', (error) => resolve({ isFine: false, output: `${name} could not be run: ${error.message}` }))
    child.on('close', (code) => resolve({ isFine: code === 0, output: Buffer.concat(chunks).toString() }))
  })
}
