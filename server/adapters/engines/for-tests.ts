/** What tests of engines have in common: one file in, one file out, and somebody who hears whatever wants to get out. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { type Engine, EngineFailure, type EngineTask, type FormatId } from '#server/features/conversion/engine.ts'
import { openSandbox } from './sandbox.ts'

export const sandbox = openSandbox()

type Options = Partial<Pick<EngineTask, 'signal' | 'onProgress' | 'sessionKey'>>

/**
 * Converts as a worker does, in a folder that nobody else may enter.
 * @returns the output, and the name of its file
 */
export const convert = (
  engine: Engine,
  input: Uint8Array | string,
  from: FormatId,
  to: FormatId,
  options: Options = {},
): Promise<{ readonly bytes: Buffer; readonly name: string }> =>
  withFolder(async (folder) => {
    const inputPath = path.join(folder, 'in')
    await writeFile(inputPath, input)
    const { outputPath } = await engine.convert({
      inputPath,
      from,
      to,
      folder,
      signal: new AbortController().signal,
      sessionKey: 'a',
      onProgress() {},
      ...options,
    })
    return { bytes: await readFile(outputPath), name: path.relative(folder, outputPath) }
  })

/** @returns why it failed; `done` when it did not */
export const failureOf = (...args: Parameters<typeof convert>): Promise<string> =>
  convert(...args).then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof EngineFailure) return error.reason
      throw error
    },
  )

export const withFolder = async <Result>(work: (folder: string) => Promise<Result>): Promise<Result> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'parlance-engine-test-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What a program of the system makes or says of a file: `$in` and `$out` in its arguments are paths. */
export const using = (program: string, args: readonly string[], input: Uint8Array | string = ''): Promise<Made> =>
  withFolder(async (folder) => {
    const [inPath, outPath] = [path.join(folder, 'in'), path.join(folder, 'out')]
    await writeFile(inPath, input)
    const told = execFileSync(
      program,
      args.map((arg) => arg.replace('$in', inPath).replace('$out', outPath)),
      // Libraries in our process have put settings of theirs into the environment.
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder, env: { PATH: process.env['PATH'] ?? '', HOME: folder } },
    )
    const name = (await readdir(folder)).find((each) => each.startsWith('out'))
    return {
      told: told.toString(),
      bytes: name === undefined ? Buffer.alloc(0) : await readFile(path.join(folder, name)),
    }
  })
interface Made {
  readonly told: string
  readonly bytes: Buffer
}

/** A server that must hear nothing, and a file that must be read by nobody. */
export interface Canary {
  /** `http://127.0.0.1:<port>/canary` */
  readonly url: string
  /** Readable for everybody. */
  readonly file: string
  /** What stands in the file. */
  readonly secret: string
  hits(): number
  close(): Promise<void>
}

export const openCanary = async (): Promise<Canary> => {
  let hits = 0
  const listener = net.createServer((socket) => {
    hits++
    socket.destroy()
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const secret = `canary-${randomUUID()}`
  const file = path.join(os.tmpdir(), `${secret}.txt`)
  await writeFile(file, `${secret}\n`, { mode: 0o644 })
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/canary`,
    file,
    secret,
    hits: () => hits,
    async close() {
      listener.close()
      await rm(file)
    },
  }
}
