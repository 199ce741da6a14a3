/** Runs the process that converts a picture: in the sandbox, or where there is none, in a process that may do little. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { EngineFailure } from '#server/features/conversion/index.ts'
import type { Workplace } from '../in-sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { exitCodes } from './exit-codes.ts'

const script = fileURLToPath(new URL('./convert-picture.process.ts', import.meta.url))
const modules = /^.*[\\/]node_modules(?=[\\/])/.exec(fileURLToPath(import.meta.resolve('sharp')))?.[0] ?? ''

/** What it reads beside the picture: itself, and the library with all that belongs to it. */
const readable = [path.dirname(script), modules, process.execPath]

/** V8 alone reserves more than a gigabyte of addresses. */
const MEMORY = 3 * 1024 ** 3
const nodeFlags = ['--no-warnings', '--max-old-space-size=1024']

/** @param args input, its format, output without extension, wanted format */
export type PictureArgs = readonly [input: string, from: string, output: string, to: string]

/** @throws EngineFailure where it was not converted */
export const runInSandbox = async ({ run }: Pick<Workplace, 'run'>, args: PictureArgs): Promise<void> => {
  const { code } = await run({
    program: process.execPath,
    args: [...nodeFlags, script, ...args],
    readable,
    limits: { memoryBytes: MEMORY },
  })
  judge(code)
}

/** Whether Node can be run in the sandbox: where the server is root, its files may be closed to nobody. */
export const canRunInside = async (sandbox: Sandbox): Promise<boolean> => {
  if (!(await sandbox.isAvailable())) return false
  const args = [...nodeFlags, '-e', `import(${JSON.stringify(import.meta.resolve('sharp'))})`]
  const limits = { memoryBytes: MEMORY }
  const outcome = await sandbox.withJobFolder((folder) =>
    sandbox.run({ program: process.execPath, args, folder, readable, limits }),
  )
  return outcome.ended === 'exit' && outcome.code === 0
}

const PRLIMIT = '/usr/bin/prlimit'

/**
 * Without a sandbox: the process has nothing of our environment, may write to the folder of its task only, start nothing, and
 * use so much memory and time. It could reach the network; libraries for pictures don't.
 */
export const runWithLimits = (
  folder: string,
  args: PictureArgs,
  { timeMs, signal }: { readonly timeMs: number; readonly signal: AbortSignal },
): Promise<void> =>
  new Promise((resolve, reject) => {
    const limiting = existsSync(PRLIMIT)
      ? [PRLIMIT, `--as=${MEMORY}`, `--cpu=${Math.ceil(timeMs / 1000) * 2}`, '--core=0', '--']
      : []
    const permissions = ['--permission', '--allow-fs-read=*', `--allow-fs-write=${folder}`, '--allow-addons']
    const [program, ...rest] = [...limiting, process.execPath, ...permissions, ...nodeFlags, script, ...args]
    const child = spawn(program, rest, { env: {}, cwd: folder, stdio: 'ignore', detached: true })
    let failure: EngineFailure | undefined
    const stop = (why: EngineFailure): void => {
      failure ??= why
      child.kill('SIGKILL')
    }
    const abort = (): void => stop(new EngineFailure('cancelled', 'It was stopped.'))
    const timer = setTimeout(() => stop(new EngineFailure('timeout', 'The picture took too long.')), timeMs)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      try {
        if (failure !== undefined) throw failure
        if (code === null) throw new EngineFailure('crashed', 'The process that converts pictures was killed.')
        judge(code)
        resolve()
      } catch (error) {
        reject(error)
      }
    })
  })

const judge = (code: number): void => {
  if (code === 0) return
  if (code === exitCodes.tooLarge) throw new EngineFailure('too_large', 'The picture has more than 100 million pixels.')
  if (code === exitCodes.refused) throw new EngineFailure('refused', 'The picture is damaged, or can’t be read here.')
  throw new EngineFailure('crashed', `The process that converts pictures ended with ${code}.`)
}
