/**
 * Runs a program that opens a file which nobody has vouched for: it sees no network, no file but the system's programs
 * (read-only) and the folder of its job, nothing of our environment, and what it may use is limited. It knows no program.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chown, lstat, mkdtemp, opendir, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

export interface SandboxLimits {
  /** From start to end, in milliseconds. */
  readonly timeMs: number
  /** Memory of all its processes, in bytes; for one of them address space too. */
  readonly memoryBytes: number
  /** Address space of one process, in bytes, where a program reserves more than it uses; `memoryBytes` when left out. */
  readonly addressBytes?: number
  /** What it may write to standard output, and what may lie in the folder of the job, in bytes. */
  readonly outputBytes: number
  readonly folderBytes: number
}

export interface SandboxedCommand {
  /** By name, as /usr/bin has it. */
  readonly program: string
  readonly args: readonly string[]
  /** From `withJobFolder`: `/job` inside, and where it starts. */
  readonly folder: string
  /** What else it may read, of files and folders that are its own; at the same place inside. */
  readonly readable?: readonly string[]
  readonly limits?: Partial<SandboxLimits>
  /** What it reads on standard input; nothing when left out. */
  readonly stdin?: Readable
  /** Hears each line of standard output when it is complete, for progress. Very long ones lose their beginning. */
  readonly onLine?: (line: string) => void
  /** Aborted: the program and all that it started is killed. */
  readonly signal?: AbortSignal
}

/** An exit code proves nothing by itself: whether the output is one is for the caller to see. */
export type SandboxOutcome =
  | { readonly ended: 'exit'; readonly code: number; readonly stdout: Buffer; readonly stderr: string }
  /** Which limit it ran into; `aborted`: by us; `signal`: it was killed by itself or the system. */
  | { readonly ended: 'time' | 'memory' | 'output' | 'folder' | 'aborted' | 'signal'; readonly stderr: string }

export interface Sandbox {
  /** Whether programs can be run here: bubblewrap is installed and may make namespaces. Asked once. */
  isAvailable(): Promise<boolean>
  /** Hands out an empty folder that a sandboxed program can write to, and removes it with all that lies in it. */
  withJobFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result>
  /** Gives a file in a job folder, or the folder, to whoever programs run as: nobody, where the server is root. */
  handOver(path: string): Promise<void>
  /** Removes the job folders of processes that were killed. */
  removeAbandoned(): Promise<void>
  /** Resolves when the program and all that it started have ended. Fails only where `isAvailable` is false. */
  run(command: SandboxedCommand): Promise<SandboxOutcome>
}

const defaults: SandboxLimits = {
  timeMs: 30_000,
  memoryBytes: 2 * 1024 ** 3,
  outputBytes: 32 * 1024 ** 2,
  folderBytes: 512 * 1024 ** 2,
}

const BWRAP = '/usr/bin/bwrap'
const NOBODY = 65_534
const TEMPORARY = 64 * 1024 ** 2
const SHARED_MEMORY = 1024 ** 2
const PROCESSES = 64
const OPEN_FILES = 256
/** How often memory and folder are looked at, in milliseconds. */
const WATCH_MS = 100
const LONGEST_STDERR = 16_384
const LONGEST_LINE = 16_384

export const openSandbox = (): Sandbox => {
  let available: Promise<boolean> | undefined
  const asRoot = process.getuid?.() === 0
  const handOver = async (file: string): Promise<void> => {
    if (asRoot) await chown(file, NOBODY, NOBODY)
  }

  const withJobFolder = async <Result>(work: (folder: string) => Promise<Result>): Promise<Result> => {
    // Not in the data folder: nobody may be kept from what lies above it.
    const folder = await mkdtemp(path.join(os.tmpdir(), `${await nameOfOwn()}${process.pid}-`))
    try {
      await handOver(folder)
      return await work(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  return {
    withJobFolder,
    handOver,
    removeAbandoned,
    isAvailable() {
      available ??= withJobFolder((folder) => runInside({ program: 'true', args: [], folder }, asRoot)).then(
        (outcome) => outcome.ended === 'exit' && outcome.code === 0,
        () => false,
      )
      return available
    },
    run: (command) => runInside(command, asRoot),
  }
}

/** How job folders of processes begin that we could see: a process is known by its number within its own namespace only. */
const nameOfOwn = async (): Promise<string> => {
  const [namespace = ''] = /\d+/.exec(await readlink('/proc/self/ns/pid').catch(() => '')) ?? []
  return `parlance-job-${namespace}-`
}

const removeAbandoned = async (): Promise<void> => {
  const own = await nameOfOwn()
  for (const name of await readdir(os.tmpdir())) {
    if (!name.startsWith(own)) continue
    const pid = Number.parseInt(name.slice(own.length), 10)
    const isAlive = (await stat(`/proc/${pid}`).catch(() => undefined)) !== undefined
    // It may be another user's.
    if (!isAlive) await rm(path.join(os.tmpdir(), name), { recursive: true, force: true }).catch(() => {})
  }
}

const runInside = async (command: SandboxedCommand, asRoot: boolean): Promise<SandboxOutcome> => {
  const limits = { ...defaults, ...command.limits }
  const child = spawn(BWRAP, await bubble(command, limits), {
    // Empty, for the first process inside keeps bubblewrap's own environment, readable for all the others.
    env: {},
    cwd: '/',
    detached: true,
    stdio: [command.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(asRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  })
  return watched(child, command, limits)
}

// ---- what it sees

const bubble = async (
  { program, args, folder, readable = [] }: SandboxedCommand,
  limits: SandboxLimits,
): Promise<string[]> =>
  [
    ['--unshare-all', '--unshare-user', '--disable-userns', '--die-with-parent', '--new-session'],
    ['--cap-drop', 'ALL', '--hostname', 'sandbox'],
    ['--ro-bind', '/usr', '/usr', ...(await systemFolders())],
    // Some libraries are chosen, and all are found faster, by what lies there.
    ...['/etc/alternatives', '/etc/ld.so.cache', '/etc/fonts'].map((each) => ['--ro-bind-try', each, each]),
    ['--proc', '/proc', '--dev', '/dev', '--size', `${SHARED_MEMORY}`, '--tmpfs', '/dev/shm'],
    ['--size', `${TEMPORARY}`, '--tmpfs', '/tmp', '--bind', folder, '/job', '--chdir', '/job'],
    // After /tmp: it may lie there.
    ...readable.map((each) => ['--ro-bind', each, each]),
    // Both live in memory, without a limit of their own.
    ['--remount-ro', '/dev', '--remount-ro', '/'],
    ['--clearenv', '--setenv', 'PATH', '/usr/bin', '--setenv', 'HOME', '/tmp', '--setenv', 'LANG', 'C.UTF-8'],
    // Inside, so that processes are counted in this sandbox only and not with all others of the same user.
    [
      '--',
      'prlimit',
      `--as=${limits.addressBytes ?? limits.memoryBytes}`,
      `--cpu=${cpuSeconds(limits.timeMs)}`,
      '--core=0',
    ],
    [`--fsize=${limits.folderBytes}`, `--nofile=${OPEN_FILES}`, `--nproc=${PROCESSES}`],
    ['--', program, ...args],
  ].flat()

/** What it could use at most in its time: threads on all cores count together. */
const cpuSeconds = (timeMs: number): number => (Math.ceil(timeMs / 1000) + 1) * os.availableParallelism()

/** On most systems these lead into /usr; on others they are folders of their own. */
const systemFolders = async (): Promise<string[]> => {
  const mounts = await Promise.all(
    ['/bin', '/sbin', '/lib', '/lib32', '/lib64'].map(async (folder) => {
      const found = await lstat(folder).catch(() => undefined)
      if (found === undefined) return []
      return found.isSymbolicLink() ? ['--symlink', await readlink(folder), folder] : ['--ro-bind', folder, folder]
    }),
  )
  return mounts.flat()
}

// ---- what it may use

const watched = (
  child: ChildProcess,
  { folder, stdin, onLine, signal }: SandboxedCommand,
  limits: SandboxLimits,
): Promise<SandboxOutcome> =>
  new Promise((resolve, reject) => {
    let reason: Exclude<SandboxOutcome['ended'], 'exit'> | undefined
    const stop = (why: typeof reason): void => {
      reason ??= why
      // With bubblewrap's outer process everything inside dies: its first process is the one that all others belong to.
      if (child.pid !== undefined) killGroup(child.pid)
    }
    const abort = (): void => stop('aborted')
    if (signal?.aborted === true) abort()
    signal?.addEventListener('abort', abort)
    const limit = setTimeout(() => stop('time'), limits.timeMs)
    let isLooking = false
    const watch = setInterval(() => {
      if (isLooking || child.pid === undefined) return
      isLooking = true
      void Promise.all([memoryOf(child.pid), sizeOf(folder, limits.folderBytes)]).then(([memory, size]) => {
        isLooking = false
        if (memory > limits.memoryBytes) stop('memory')
        if (size > limits.folderBytes) stop('folder')
      })
    }, WATCH_MS)

    if (child.stdin !== null) {
      // It may end without reading what it was sent.
      child.stdin.on('error', () => {})
      stdin?.pipe(child.stdin)
    }
    const output: Buffer[] = []
    let outputBytes = 0
    const hear = onLine && lineByLine(onLine)
    child.stdout?.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length
      if (outputBytes > limits.outputBytes) stop('output')
      else {
        output.push(chunk)
        hear?.(chunk)
      }
    })
    // Read to the end, or the program would wait for us; but only the beginning is kept.
    let stderr = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      if (stderr.length < LONGEST_STDERR) stderr += chunk.toString('latin1')
    })

    const tidy = (): void => {
      clearTimeout(limit)
      clearInterval(watch)
      signal?.removeEventListener('abort', abort)
    }
    child.on('error', (error) => {
      tidy()
      reject(error)
    })
    child.on('close', (code) => {
      tidy()
      // 128 and more: the program inside ended by a signal.
      if (reason === undefined && code !== null && code < 128) {
        resolve({ ended: 'exit', code, stdout: Buffer.concat(output), stderr })
      } else resolve({ ended: reason ?? limitOf(code) ?? 'signal', stderr })
    })
  })

/** The system ends who runs into its limits by SIGXFSZ and SIGXCPU; a shell, and bubblewrap, tell so by 128 and the number. */
const limitOf = (code: number | null): 'folder' | 'time' | undefined => {
  if (code === 128 + os.constants.signals.SIGXFSZ) return 'folder'
  return code === 128 + os.constants.signals.SIGXCPU ? 'time' : undefined
}

const lineByLine = (onLine: (line: string) => void): ((chunk: Buffer) => void) => {
  const decoder = new StringDecoder()
  let rest = ''
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop()?.slice(-LONGEST_LINE) ?? ''
    lines.forEach((line) => onLine(line))
  }
}

const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

/** Resident memory of a process and all below it, in bytes. What is shared counts more than once. */
const memoryOf = async (pid: number): Promise<number> => {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  const [pages = 0] = (await read('statm')).split(' ').slice(1).map(Number)
  const children = (await read(`task/${pid}/children`)).split(' ').filter((each) => each !== '')
  const below = await Promise.all(children.map((child) => memoryOf(Number(child))))
  return below.reduce((sum, each) => sum + each, pages * 4096)
}

/** What lies in a folder, in bytes on the disk; it stops counting above `most`. */
const sizeOf = async (folder: string, most: number): Promise<number> => {
  let sum = 0
  const entries = await opendir(folder, { recursive: true }).catch(() => undefined)
  if (entries === undefined) return 0
  try {
    for await (const entry of entries) {
      const found = await stat(path.join(entry.parentPath, entry.name)).catch(() => undefined)
      // Even an empty file takes its place.
      sum += found === undefined ? 0 : Math.max(found.blocks * 512, 512)
      if (sum > most) break
    }
  } catch {
    // It changes while it is read.
  }
  return sum
}
