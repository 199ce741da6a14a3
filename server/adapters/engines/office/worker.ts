/** One LibreOffice that stays: worker.py and what it starts, in the sandbox. It knows no session and no format. */
import { access, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { EngineFailure } from '#server/features/conversion/index.ts'
import { z } from 'zod'
import type { Sandbox, SandboxLimits, SandboxOutcome } from '../sandbox.ts'
import type { Descriptor, Store } from './filters.ts'

/** `input` and `output` are names in the worker's folder. */
export type Request =
  | { readonly input: string; readonly output: string; readonly load: Descriptor; readonly store: Store }
  | { readonly warm: { readonly factory: string; readonly store: Descriptor } }

/** What it said: it may have been taken over by what it read, so nothing here is more than a word. */
export type Answer = z.infer<typeof answer>
/** `memory`: resident, in bytes. */
const answer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), memory: z.number() }),
  z.object({ ok: z.literal(false), memory: z.number(), detail: z.string().max(500) }),
])

export interface Worker {
  /** Where inputs are put and outputs appear; once LibreOffice is ready. Fails as `ask` does. */
  readonly folder: Promise<string>
  /**
   * Sends a request, one at a time.
   * @throws EngineFailure when it ends before it answers; nothing of it is left then
   */
  ask(request: Request): Promise<Answer>
  /** Kills it and all that it started. What it was asked fails with `failure`. Resolves when nothing of it is left. */
  stop(failure?: EngineFailure): Promise<void>
  /** Resolves when nothing of it is left, for whatever reason. */
  readonly ended: Promise<void>
}

const GB = 1024 ** 3
const limits: SandboxLimits = {
  // Longer than the pool lets any of them live: what one task may take is for the pool to say.
  timeMs: 3 * 60 * 60_000,
  memoryBytes: 1.5 * GB,
  // Reserved, not used: below, it dies while it starts or with the first large document.
  addressBytes: 6 * GB,
  outputBytes: 1024 ** 2,
  folderBytes: GB,
}

/** Where Debian's package keeps settings, and where fonts are known already: looking for them would take a second. */
const systemFiles = ['/etc/libreoffice', '/var/lib/libreoffice', '/var/cache/fontconfig']

const here = (name: string): Promise<string> => readFile(path.join(import.meta.dirname, name), 'utf8')

export const startWorker = (sandbox: Sandbox): Worker => {
  const stopped = new AbortController()
  const requests = new PassThrough()
  const waiting: PromiseWithResolvers<Answer>[] = []
  const expectAnswer = (): Promise<Answer> => {
    const next = Promise.withResolvers<Answer>()
    waiting.push(next)
    return next.promise
  }
  let failure: EngineFailure | undefined
  const end = (why: EngineFailure): void => {
    failure ??= why
    stopped.abort()
  }

  let place = ''
  const ready = expectAnswer()
  const ended = sandbox
    .withJobFolder(async (folder) => {
      place = folder
      await writeFile(path.join(folder, SETTINGS), await here(SETTINGS))
      await sandbox.handOver(path.join(folder, SETTINGS))
      return sandbox.run({
        program: 'python3',
        args: ['-I', '-c', await here('worker.py')],
        folder,
        readable: await thatExist(systemFiles),
        limits,
        stdin: requests,
        onLine(line) {
          const heard = parsed(line)
          const next = waiting.shift()
          if (heard !== undefined && next !== undefined) next.resolve(heard)
          else {
            if (next !== undefined) waiting.unshift(next)
            end(new EngineFailure('crashed', 'LibreOffice said what nobody understands.'))
          }
        },
        signal: stopped.signal,
      })
    })
    .then(
      (outcome) => void (failure ??= failureOf(outcome)),
      (error: unknown) =>
        void (failure ??= new EngineFailure('crashed', 'LibreOffice did not start.', { cause: error })),
    )
    .then(() => {
      requests.destroy()
      for (const each of waiting.splice(0)) each.reject(failure)
    })

  const folder = ready.then(() => place)
  // Whoever waits for it hears of it; here nobody may.
  folder.catch(() => {})
  return {
    folder,
    ended,
    ask(request) {
      if (failure !== undefined) return ended.then(() => Promise.reject(failure as EngineFailure))
      const answered = expectAnswer()
      requests.write(`${JSON.stringify(request)}\n`)
      return answered
    },
    async stop(why = new EngineFailure('cancelled', 'LibreOffice was stopped.')) {
      end(why)
      await ended
    },
  }
}

const SETTINGS = 'registrymodifications.xcu'

const thatExist = async (files: readonly string[]): Promise<string[]> => {
  const found = await Promise.allSettled(files.map((file) => access(file)))
  return files.filter((_, at) => found[at]?.status === 'fulfilled')
}

const parsed = (line: string): Answer | undefined => {
  try {
    return answer.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}

const failureOf = (outcome: SandboxOutcome): EngineFailure => {
  switch (outcome.ended) {
    case 'exit':
    case 'signal':
      return new EngineFailure('crashed', 'LibreOffice ended in the middle.', { cause: outcome.stderr })
    case 'time':
      return new EngineFailure('timeout', 'LibreOffice took too long.')
    case 'memory':
      return new EngineFailure('too_large', 'LibreOffice wanted more memory than it may have.')
    case 'folder':
    case 'output':
      return new EngineFailure('too_large', 'What LibreOffice made is too large.')
    case 'aborted':
      return new EngineFailure('cancelled', 'LibreOffice was stopped.')
  }
}
