/** `examples/test-conversation-api.sh` as a user runs it, against a server that is fine, and against what is not. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from './world.ts'

const SCRIPT = path.resolve(import.meta.dirname, '../../../examples/test-conversation-api.sh')

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

interface Outcome {
  readonly code: number | null
  readonly output: string
  readonly complaint: string
}

const run = (environment: Record<string, string>): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = spawn('bash', [SCRIPT], {
      env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let complaint = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output, complaint }))
  })

const marks = (output: string, mark: string) => output.split('\n').filter((line) => line.startsWith(mark))

describe('the test script', () => {
  it.each([
    ['a JWT', async () => (await world.newCaller()).token],
    ['a personal access token', async () => (await world.server.newPerson()).token],
  ])('passes all of its checks with %s, where the placeholder answers', async (_what, tokenOf) => {
    const { code, output } = await run({ BASE_URL: world.server.url, JWT_TOKEN: await tokenOf() })
    expect({ failed: marks(output, '✗'), output }).toMatchObject({ failed: [] })
    expect(output).toContain('✓ counts the message and the placeholder reply (2)')
    expect(code).toBe(0)
    expect(output.trimEnd().split('\n').at(-1)).toBe(`${marks(output, '✓').length} passed, 0 failed`)
  })

  it('passes all of its checks where a model answers, with a slash behind the address', async () => {
    world.provider.script({ steps: ['I would ', '"not".\n'] })
    const { token } = await world.newCallerWithKey()
    const { code, output } = await run({ BASE_URL: `${world.server.url}/`, JWT_TOKEN: token })
    expect({ failed: marks(output, '✗'), output }).toMatchObject({ failed: [] })
    expect(output).toContain('✓ gets its reply on the stream')
    expect(code).toBe(0)
  })

  it('fails when the token is not accepted', async () => {
    const { code, output } = await run({ BASE_URL: world.server.url, JWT_TOKEN: 'invalid-token' })
    expect(marks(output, '✗')).toContain('✗ is created (201)')
    expect(output).not.toContain('invalid-token')
    expect(code).toBe(1)
  })

  it('fails where another program answers', async () => {
    const other = createServer((_request, response) => response.end('{"ok":true}'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const { code, output } = await run({ BASE_URL: `http://127.0.0.1:${port}`, JWT_TOKEN: 'x' })
    other.close()
    expect(new Set(marks(output, '✓'))).toEqual(new Set(['✓ is found (200)']))
    expect(code).toBe(1)
  })

  it('does not begin where nothing answers', async () => {
    const { code, complaint } = await run({ BASE_URL: 'http://127.0.0.1:9', JWT_TOKEN: 'x' })
    expect(complaint).toContain('Nothing answers at http://127.0.0.1:9')
    expect(code).toBe(2)
  })

  it('does not begin without a token', async () => {
    const { code, complaint } = await run({ BASE_URL: world.server.url })
    expect(complaint).toContain('JWT_TOKEN is not set')
    expect(code).toBe(2)
  })
})
