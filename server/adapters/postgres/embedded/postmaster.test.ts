/** Ending a server goes from polite to hard, and always ends. */
import { expect, it, vi } from 'vitest'

import { spawnPostmaster } from './postmaster.ts'

const impatient = { fast: 100, immediate: 100 }

async function program(script: string) {
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  const options = { program: process.execPath, cwd: '/', runAs: undefined, log, patience: impatient }
  const server = await spawnPostmaster({
    ...options,
    args: ['-e', `${script}; setInterval(() => {}, 1000); console.log('up')`],
  })
  await vi.waitFor(() => expect(lines).toContain('up'), 10_000)
  return { server, lines }
}

it('a server that obeys SIGINT gets nothing harder', async () => {
  const { server, lines } = await program(`process.on('SIGINT', () => process.exit(0))`)
  await server.stop()
  expect(await server.ended).toEqual({ code: 0, signal: null })
  expect(lines).toEqual(['up'])
})

it('one that ignores it gets SIGQUIT', async () => {
  const { server, lines } = await program(
    `process.on('SIGINT', () => {}); process.on('SIGQUIT', () => process.exit(2))`,
  )
  await server.stop()
  expect(await server.ended).toEqual({ code: 2, signal: null })
  expect(lines).toContain('the database server did not end within 100 ms after SIGINT')
})

it('one that ignores both gets SIGKILL', async () => {
  const { server, lines } = await program(`process.on('SIGINT', () => {}); process.on('SIGQUIT', () => {})`)
  await server.stop()
  expect(await server.ended).toEqual({ code: null, signal: 'SIGKILL' })
  expect(lines).toContain('the database server did not end within 100 ms after SIGQUIT')
})

it('a program that is not there is an error of one line', async () => {
  const start = spawnPostmaster({ program: '/nowhere/postgres', args: [], cwd: '/', runAs: undefined, log() {} })
  await expect(start).rejects.toThrow(/^Could not start the embedded PostgreSQL: .*ENOENT/)
})
