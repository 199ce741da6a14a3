/**
 * Does work on hostile files in processes of its own: what they crash, fill or hang there is not the server. It knows
 * nothing of the work.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { makeWorkQueue } from '#kernel/work-queue.ts'
import type { Answer, Handlers, Task } from './jobs.ts'

export interface WorkshopOptions {
  /** What a process runs; it hands its handlers to `serveJobs`. */
  readonly script: URL
  /** How many jobs are done at the same time. Default: one per core. */
  readonly atOnce?: number
  /** How many may wait for their turn. Default 200. */
  readonly mostWaiting?: number
  /** After this long without work a process is ended, in milliseconds. Default 30,000. */
  readonly idleMs?: number
  /** What a process may allocate, in MiB, where `prlimit` is installed. Default 1,536. */
  readonly memoryMb?: number
}

/** A job that did not end by itself: `time` ran out, or its process `crashed`. */
export class JobLost extends Error {
  override readonly name = 'JobLost'
  readonly reason: 'time' | 'crashed'
  constructor(reason: JobLost['reason'], job: string) {
    super(reason === 'time' ? `${job} took too long and was stopped` : `the process that did ${job} ended`)
    this.reason = reason
  }
}

export interface Workshop<Jobs extends Handlers> {
  /**
   * @throws JobLost when the process crashed or `limitMs` ran out, counted from its turn; whatever the job threw, as an Error
   * @throws AppError `request.rate_limited` when too many wait
   */
  run<Name extends keyof Jobs & string>(
    name: Name,
    input: Parameters<Jobs[Name]>[0],
    limitMs: number,
  ): Promise<Awaited<ReturnType<Jobs[Name]>>>
  /** Ends all processes; jobs that are under way are lost. */
  close(): void
}

/** A process does so many jobs, then a fresh one follows: nothing that leaks can grow. */
const JOBS_PER_PROCESS = 100
/** CPU seconds of a process: the end of one that outlives a server that was killed. */
const CPU_SECONDS = 900

export const makeWorkshop = <Jobs extends Handlers>(options: WorkshopOptions): Workshop<Jobs> => {
  const { atOnce = availableParallelism(), mostWaiting = 200, idleMs = 30_000 } = options
  const inTurn = makeWorkQueue(atOnce, mostWaiting)
  const idle: Bench[] = []
  const all = new Set<Bench>()

  const take = (): Bench => {
    const bench = idle.pop() ?? openBench(options)
    clearTimeout(bench.idleTimer)
    all.add(bench)
    return bench
  }
  const giveBack = (bench: Bench): void => {
    bench.jobsDone++
    if (bench.hasEnded || bench.jobsDone >= JOBS_PER_PROCESS) return discard(bench)
    bench.idleTimer = setTimeout(() => {
      idle.splice(idle.indexOf(bench), 1)
      discard(bench)
    }, idleMs).unref()
    idle.push(bench)
  }
  const discard = (bench: Bench): void => {
    all.delete(bench)
    bench.child.kill('SIGKILL')
  }

  return {
    run: (name, input, limitMs) =>
      inTurn(async () => {
        let bench = take()
        // One that died while it was idle is nobody's fault.
        while (bench.hasEnded) {
          discard(bench)
          bench = take()
        }
        try {
          return (await bench.ask({ name, input }, limitMs)) as never
        } finally {
          giveBack(bench)
        }
      }),
    close() {
      for (const bench of all) {
        clearTimeout(bench.idleTimer)
        discard(bench)
      }
      idle.length = 0
    },
  }
}

interface Bench {
  readonly child: ChildProcess
  readonly hasEnded: boolean
  idleTimer: NodeJS.Timeout | undefined
  jobsDone: number
  ask(task: Task, limitMs: number): Promise<unknown>
}

const openBench = ({ script, memoryMb = 1536 }: WorkshopOptions): Bench => {
  const [program, ...args] = [...limiting(memoryMb), process.execPath, ...nodeFlags, script.pathname]
  const child = spawn(program ?? process.execPath, args, {
    // Nothing of the server's environment: it may hold secrets.
    env: { NODE_NO_WARNINGS: '1' },
    // Libraries write what they think of a file to the standard error: that is no log of ours.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  })
  child.unref()
  child.channel?.unref()
  let hasEnded = false
  let settle: ((answer: Answer | 'crashed') => void) | undefined
  const end = (): void => {
    hasEnded = true
    settle?.('crashed')
  }
  child.on('exit', end)
  child.on('error', end)
  child.on('message', (answer) => settle?.(answer as Answer))

  return {
    child,
    get hasEnded() {
      return hasEnded
    },
    idleTimer: undefined,
    jobsDone: 0,
    async ask(task, limitMs) {
      let timer: NodeJS.Timeout | undefined
      const answer = await new Promise<Answer | 'crashed' | 'time'>((resolve) => {
        settle = resolve
        timer = setTimeout(() => resolve('time'), limitMs)
        child.send(task, (error) => {
          if (error !== null) resolve('crashed')
        })
      })
      settle = undefined
      clearTimeout(timer)
      if (answer === 'time' || answer === 'crashed') {
        hasEnded = true
        child.kill('SIGKILL')
        throw new JobLost(answer, task.name)
      }
      if ('failure' in answer) throw new Error(`${task.name} failed: ${answer.failure}`)
      return answer.result
    },
  }
}

/** The process may read files and load native code (sharp), and neither write files nor start programs. */
const nodeFlags = ['--permission', '--allow-fs-read=*', '--allow-addons', '--max-old-space-size=512']

const PRLIMIT = '/usr/bin/prlimit'

/** Not the address space: V8 and WebAssembly reserve far more of it than they use. */
const limiting = (memoryMb: number): string[] =>
  existsSync(PRLIMIT) ? [PRLIMIT, `--data=${memoryMb * 1024 * 1024}`, `--cpu=${CPU_SECONDS}`, '--core=0', '--'] : []
