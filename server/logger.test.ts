/** The log of a process of its own, read through a pipe. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'

/** Logs once, and again when it is asked to, and then ends. */
const program = (last: string) => `
  import { makeLogger } from ${JSON.stringify(path.join(import.meta.dirname, 'logger.ts'))}
  const logger = makeLogger('info')
  process.on('SIGUSR2', () => { ${last}; process.exit(7) })
  setTimeout(() => {}, 20_000)
  logger.info('begun')
`

const begin = async (last: string) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(last)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  await once(reader, 'line')
  return { child, lines }
}

it.each([
  ['says several things more', `logger.info('one'); logger.info('two'); logger.info('three')`],
  ['says something fatal', `logger.fatal('the end')`],
])('a process whose log nobody reads any more %s, and ends', async (_, last) => {
  const { child } = await begin(last)
  child.stdout.destroy()
  await once(child.stdout, 'close')
  child.kill('SIGUSR2')
  const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(10_000) }).finally(() => child.kill('SIGKILL'))
  expect(code).toBe(7)
})

it('what was said just before the end is read, and secrets are not', async () => {
  const { child, lines } = await begin(`logger.fatal({ user: { password: 'swordfish' } }, 'the end')`)
  child.kill('SIGUSR2')
  await once(child, 'close')
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['begun', 'the end'])
  expect(lines.join()).not.toContain('swordfish')
})
