/** Runs the process that converts a picture: in the sandbox, or where there is none, in a process that may do little. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { EngineFailure } from '#server/features/conversion/index.ts'
import type { Command, Workplace } from '../in-sandbox.ts'
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

/** The process in the sandbox, for all engines that need it. */
export interface PictureProgram {
  /** Whether Node can be run in the sandbox: where the server is root, its files may be closed to nobody. Asked once. */
  canRun(): Promise<boolean>
  /** @throws EngineFailure where it was not converted */
  run(place: Pick<Workplace, 'run'>, args: PictureArgs): Promise<void>
  /** Forgets what it knows; the next use asks anew. */
  close(): Promise<void>
}

export const openPictureProgram = (sandbox: Sandbox): PictureProgram => {
  let trial: Trial | undefined
  const compiled = (): Promise<string | undefined> => (trial ??= tryOut(sandbox)).compiled
  return {
    canRun: async () => (await compiled()) !== undefined,
    async run({ run }, args) {
      judge((await run(await command(args, await compiled()))).code)
    },
    async close() {
      const ending = trial
      trial = undefined
      await ending?.end()
    },
  }
}

interface Trial {
  /** The folder with what V8 has compiled; undefined where the process did not run. */
  readonly compiled: Promise<string | undefined>
  /** Resolves when the folder is gone. */
  end(): Promise<void>
}

/**
 * Has a drawing of ours converted. What V8 compiles for it is kept and read by all that follow, which start in 0.12 s instead
 * of 0.21 s (of processor time). None of them can write there: what they read of a stranger may have taken them over.
 */
const tryOut = (sandbox: Sandbox): Trial => {
  const told = Promise.withResolvers<string | undefined>()
  const ended = Promise.withResolvers<void>()
  const trial = async (folder: string): Promise<void> => {
    await writeFile(path.join(folder, 'drawing.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')
    await sandbox.handOver(path.join(folder, 'drawing.svg'))
    const args = ['/job/drawing.svg', 'svg', '/job/out', 'png'] as const
    const outcome = await sandbox.run({ ...(await command(args, '/job')), folder })
    told.resolve(outcome.ended === 'exit' && outcome.code === 0 ? folder : undefined)
    await ended.promise
  }
  const over = sandbox
    .isAvailable()
    .then((isThere) => (isThere ? sandbox.withJobFolder(trial) : told.resolve(undefined)))
  over.catch(told.reject)
  return {
    compiled: told.promise,
    end() {
      ended.resolve()
      return over
    },
  }
}

/** @param compiled where V8 looks for what it has compiled before */
const command = async (args: PictureArgs, compiled = ''): Promise<Command> => {
  // Systems tidy up their folder for temporary files.
  const isThere = await access(compiled).then(
    () => true,
    () => false,
  )
  return {
    program: 'env',
    args: [`NODE_COMPILE_CACHE=${compiled}`, process.execPath, ...nodeFlags, script, ...args],
    readable: isThere ? [...readable, compiled] : readable,
    limits: { memoryBytes: MEMORY },
  }
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
