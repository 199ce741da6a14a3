/** Only what the scanner calls clean is clean: whatever else it says or does, the file is not let in. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Behaviour, type ScriptedClamd, startScriptedClamd } from '#test/support/scripted-clamd.ts'
import { clamdScanner, noScanner } from './clamd.ts'

let folder: string
let file: string
const content = randomBytes(3_000_000)
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'parlance-clamd-'))
  file = path.join(folder, 'upload')
  writeFileSync(file, content)
})
afterAll(() => rmSync(folder, { recursive: true }))

let clamd: ScriptedClamd | undefined
afterEach(() => clamd?.close())

const scan = async (behaviour: Behaviour, options: Parameters<typeof clamdScanner>[1] = {}) => {
  clamd = await startScriptedClamd(behaviour)
  return clamdScanner(clamd.address, { silenceMs: 500, ...options })(file)
}

describe('a file', () => {
  it('that is called clean passes, and was asked about whole', async () => {
    await scan({ answer: 'stream: OK\0' })
    expect(clamd!.files).toHaveLength(1)
    expect(clamd!.files[0]!.equals(content)).toBe(true)
  })
  it('is asked about over a Unix socket as well', async () => {
    const socket = path.join(folder, 'clamd.sock')
    clamd = await startScriptedClamd({ answer: 'stream: OK\0' }, socket)
    await clamdScanner({ socket })(file)
    expect(clamd.files).toHaveLength(1)
  })
  it('that something is found in is infected', async () => {
    await expect(scan({ answer: 'stream: Eicar-Signature FOUND\0' })).rejects.toMatchObject({ code: 'file.infected' })
  })
})

describe('a scanner that does not say clean', () => {
  it.each<[string, Behaviour]>([
    ['says that the file is too large for it', { answer: 'INSTREAM size limit exceeded. ERROR\0', early: 100_000 }],
    ['has a problem', { answer: 'stream: Can not allocate memory ERROR\0' }],
    ['says clean of something else', { answer: 'other: OK\0' }],
    ['says clean and more', { answer: 'stream: OK\nstream: Eicar-Signature FOUND\0' }],
    ['says clean in other words', { answer: 'stream: ok\0' }],
    ['is cut off in its answer', { answer: 'stream: O' }],
    ['is cut off after it', { answer: 'stream: OK' }],
    ['says nothing and closes', { answer: '' }],
    ['is killed in the middle', { cut: 1_000_000 }],
    ['is killed at once', { cut: 1 }],
    ['talks without end', { answer: 'x'.repeat(100_000) }],
    ['says what is no text', { answer: '\xff\xfe\xfd\0' }],
    ['says nothing at all', 'silent'],
  ])('keeps it out: it %s', async (_, behaviour) => {
    await expect(scan(behaviour)).rejects.toMatchObject({ code: 'file.scan_unavailable', kind: 'unavailable' })
  })
  it('keeps it out where nobody listens', async () => {
    clamd = await startScriptedClamd('silent')
    await clamd.close()
    await expect(clamdScanner(clamd.address)(file)).rejects.toMatchObject({ code: 'file.scan_unavailable' })
    clamd = undefined
    await expect(clamdScanner({ socket: path.join(folder, 'none') })(file)).rejects.toMatchObject({
      code: 'file.scan_unavailable',
    })
  })
  it('has so much time in all, however alive it seems', async () => {
    const problems: string[] = []
    const onProblem = (problem: Error) => void problems.push(String(problem.cause))
    await expect(scan('silent', { silenceMs: 60_000, limitMs: 300, onProblem })).rejects.toMatchObject({
      code: 'file.scan_unavailable',
    })
    expect(problems).toEqual(['Error: the scan took too long'])
  })
})

describe('without a scanner', () => {
  it('everything passes where none is required, and nothing where one is', async () => {
    await noScanner(false)(file)
    await expect(noScanner(true)(file)).rejects.toMatchObject({ code: 'file.scan_unavailable' })
  })
})
