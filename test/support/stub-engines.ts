/**
 * Engines for tests that do on purpose what a real one does on a bad day. What they convert: `txt` to `md` and `html`, unless
 * told otherwise.
 */
import { appendFile, copyFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { inSandbox } from '#server/adapters/engines/in-sandbox.ts'
import { openSandbox, type SandboxLimits } from '#server/adapters/engines/sandbox.ts'
import { type Engine, EngineFailure, type EngineTask } from '#server/features/conversion/engine.ts'

export type StubOptions = Partial<Omit<Engine, 'convert'>>

const makeEngine = (convert: Engine['convert'], options: StubOptions = {}): Engine => ({
  id: 'markup',
  name: 'Stub',
  description: 'Does what a test wants.',
  packages: [],
  conversions: [{ from: ['txt'], to: ['md', 'html'] }],
  concurrency: 2,
  timeoutMs: 60_000,
  maxBytes: 100 * 1024 ** 2,
  isInstalled: () => Promise.resolve(true),
  close: () => Promise.resolve(),
  ...options,
  convert,
})

const outputOf = (task: EngineTask): string => path.join(task.folder, `out.${task.to}`)

/** Resolves after so long; fails as `cancelled` when the task is aborted before. */
const wait = (ms: number, { signal }: EngineTask): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(new EngineFailure('cancelled', 'It was stopped.'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })

// ---- in this process

/** The output is the input. */
export const copyingEngine = (options?: StubOptions): Engine =>
  makeEngine(async (task) => {
    await copyFile(task.inputPath, outputOf(task))
    return { outputPath: outputOf(task) }
  }, options)

/**
 * The output is the input, in ten steps of progress.
 * @param log where each run leaves a line with the key of its session: `started …`, `ended …`
 */
export const slowEngine = (ms: number, options?: StubOptions, log?: string): Engine =>
  makeEngine(async (task) => {
    if (log !== undefined) await appendFile(log, `started ${task.sessionKey}\n`)
    for (let step = 1; step <= 10; step++) {
      await wait(ms / 10, task)
      task.onProgress(step / 10)
    }
    await copyFile(task.inputPath, outputOf(task))
    if (log !== undefined) await appendFile(log, `ended ${task.sessionKey}\n`)
    return { outputPath: outputOf(task) }
  }, options)

/** Never ends by itself; stops when it is aborted. */
export const hangingEngine = (options?: StubOptions): Engine =>
  makeEngine(async (task) => {
    await wait(2 ** 31 - 1, task)
    return { outputPath: outputOf(task) }
  }, options)

/** Never ends, and does not hear that it should. */
export const deafEngine = (options?: StubOptions): Engine => makeEngine(() => new Promise(() => {}), options)

/** Says that it has made a file. */
export const idleEngine = (options?: StubOptions): Engine =>
  makeEngine((task) => Promise.resolve({ outputPath: outputOf(task) }), options)

/** Makes an empty file. */
export const emptyEngine = (options?: StubOptions): Engine => garbageEngine('', options)

/** Makes a file that is not what was asked for. */
export const garbageEngine = (content: string | Uint8Array = '\0\u0001\u0002', options?: StubOptions): Engine =>
  makeEngine(async (task) => {
    await writeFile(outputOf(task), content)
    return { outputPath: outputOf(task) }
  }, options)

/** Fails so, the given number of times; then it copies. */
export const failingEngine = (
  reason: EngineFailure['reason'],
  times = Number.POSITIVE_INFINITY,
  options?: StubOptions,
): Engine => {
  let left = times
  const copying = copyingEngine()
  return makeEngine(async (task) => {
    if (left-- > 0) throw new EngineFailure(reason, 'It fails, as it was told.')
    return copying.convert(task)
  }, options)
}

/** Has a mistake: fails with what no engine may fail with. */
export const brokenEngine = (options?: StubOptions): Engine =>
  makeEngine(() => Promise.reject(new TypeError('a mistake in the engine')), options)

// ---- programs in the sandbox

/** Scripts of the shell; `$1` is the input, `$2` where the output should go. */
export const scripts = {
  copies: 'cp "$1" "$2"',
  copiesSlowly: 'sleep 0.3; cp "$1" "$2"',
  writesNothing: 'exit 0',
  writesGarbage: 'head -c 100000 /dev/zero > "$2"',
  failsAfterwards: 'cp "$1" "$2"; exit 3',
  crashes: 'kill -9 $$',
  hangs: 'trap "" TERM INT HUP; while :; do sleep 1; done',
  leavesOthersBehind: 'setsid sleep 1000 & (sleep 1000 &) & cp "$1" "$2"',
  forks: 'bomb() { bomb | bomb & }; bomb; sleep 1000',
  eatsMemory: 'tail /dev/zero & tail /dev/zero & tail /dev/zero & wait; exit 1',
  writesTenGigabytes: 'head -c 10G /dev/zero > "$2"',
  writesManyFiles: 'i=0; while :; do i=$((i+1)); head -c 4M /dev/zero > "$2.$i"; done',
  talksWithoutEnd: 'cat /dev/zero',
  linksToOurFile: 'ln -s /etc/passwd "$2"',
} as const

/** An engine whose program is one of the scripts, in the real sandbox with small limits. Needs bubblewrap. */
export const scriptedEngine = (
  script: keyof typeof scripts,
  options: StubOptions & { readonly limits?: Partial<SandboxLimits> } = {},
): Engine => {
  const sandbox = openSandbox()
  const { limits, ...rest } = options
  const small = { timeMs: 2000, memoryBytes: 256 * 1024 ** 2, outputBytes: 1024 ** 2, folderBytes: 16 * 1024 ** 2 }
  return makeEngine(
    (task) =>
      inSandbox(sandbox, task, { ...small, ...limits }, async ({ input, run }) => {
        const output = `out.${task.to}`
        await run({ program: 'sh', args: ['-c', scripts[script], 'sh', input, `/job/${output}`] })
        return output
      }),
    { isInstalled: () => sandbox.isAvailable(), ...rest },
  )
}
