/** Documents, spreadsheets and presentations, by LibreOffices that stay warm. */
import { randomUUID } from 'node:crypto'
import { constants, createReadStream, createWriteStream } from 'node:fs'
import { access, open, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import {
  type Engine,
  EngineFailure,
  type EngineTask,
  findFormat,
  HEAD_BYTES,
} from '#server/features/conversion/index.ts'
import type { Sandbox } from '../sandbox.ts'
import { conversions, type Hints, type Module, type Plan, planOf, warmUpOf } from './filters.ts'
import { openPool } from './pool.ts'
import { encodingOf, inUtf8, separatorOf } from './text-input.ts'
import { startWorker, type Worker } from './worker.ts'

const MB = 1024 ** 2
const MAX_BYTES = 100 * MB
const TIMEOUT_MS = 120_000
/**
 * What a worker has grown to when it is replaced, and after how many documents. To start one costs as much as thirty short
 * documents: replaced after twenty, as was tried first, workers were more often waited for than warm.
 */
const GROWN_BYTES = 600 * MB
const DOCUMENTS = 100
const IDLE_MS = 60_000
/** What one of them needs, and which part of the machine's memory all that are warm may have. */
const USUAL_BYTES = 300 * MB
const SHARE_OF_MEMORY = 1 / 8

/** What LibreOffice consists of, for what it does here. */
const parts = [
  '/usr/lib/libreoffice/program/soffice.bin',
  ...['sw', 'sc', 'sd'].map((part) => `/usr/lib/libreoffice/program/lib${part}lo.so`),
  '/usr/lib/python3/dist-packages/uno.py',
]

export interface OfficeOptions {
  /** How long a worker stays without work, in milliseconds. */
  readonly idleMs?: number
  /** Starts a worker; for tests that watch them. */
  readonly start?: (sandbox: Sandbox) => Worker
}

export const openOfficeEngine = (
  sandbox: Sandbox,
  { idleMs = IDLE_MS, start = startWorker }: OfficeOptions = {},
): Engine => {
  const cores = os.availableParallelism()
  let lastUsed: Module = 'writer'
  const pool = openPool<Worker>({
    start: () => start(sandbox),
    async warmUp(worker) {
      await worker.folder
      const { ok } = await worker.ask({ warm: warmUpOf(lastUsed) })
      if (!ok) throw new EngineFailure('crashed', 'LibreOffice does not work.')
    },
    atOnce: cores,
    most: Math.max(cores, Math.min(4 * cores, Math.floor((os.totalmem() * SHARE_OF_MEMORY) / USUAL_BYTES))),
    documents: DOCUMENTS,
    idleMs,
  })

  return {
    id: 'office',
    name: 'LibreOffice',
    description: 'Converts documents, spreadsheets and presentations.',
    packages: [
      'libreoffice-writer-nogui',
      'libreoffice-calc-nogui',
      'libreoffice-impress-nogui',
      'python3-uno',
      'bubblewrap',
      'fonts-liberation2',
      'fonts-dejavu-core',
      'fonts-droid-fallback',
      'fonts-crosextra-carlito',
      'fonts-crosextra-caladea',
    ],
    conversions,
    concurrency: cores,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    async isInstalled() {
      const found = await Promise.allSettled(parts.map((part) => access(part, constants.R_OK)))
      return found.every(({ status }) => status === 'fulfilled') && (await sandbox.isAvailable())
    },
    async convert(task) {
      const hints = await lookAt(task)
      const plan = planOf(task.from, task.to, hints)
      if (plan === undefined) throw new EngineFailure('refused', `${task.from} can't be made into ${task.to}.`)
      lastUsed = plan.module
      const limit = AbortSignal.timeout(TIMEOUT_MS)
      const signal = AbortSignal.any([task.signal, limit])
      const stopped = (): EngineFailure =>
        isTimeout(signal.reason)
          ? new EngineFailure('timeout', 'LibreOffice took too long.')
          : new EngineFailure('cancelled', 'It was stopped.')
      const made = await pool.use(task.sessionKey, signal, stopped, async (worker) => {
        const { memory, ...result } = await convertBy(worker, task, plan)
        return { result, isSpent: memory > GROWN_BYTES }
      })
      // Here, for whoever refuses in good order goes on with the next document.
      if ('refusal' in made) throw new EngineFailure('refused', made.refusal)
      return made
    },
    close: () => pool.close(),
  }
}

const isTimeout = (reason: unknown): boolean => reason instanceof Error && reason.name === 'TimeoutError'

type Made = ({ readonly outputPath: string } | { readonly refusal: string }) & { readonly memory: number }

/** Names are random: a worker that was taken over can't have put a link there before. */
const convertBy = async (worker: Worker, task: EngineTask, { load, store }: Plan): Promise<Made> => {
  const folder = await worker.folder
  const name = randomUUID()
  const [input, output] = [`${name}.in.${task.from}`, `${name}.${task.to}`]
  try {
    await bringIn(task, path.join(folder, input))
    const answer = await worker.ask({ input, output, load, store })
    if (!answer.ok) return { refusal: answer.detail, memory: answer.memory }
    const outputPath = path.join(task.folder, `out.${task.to}`)
    await takeOut(path.join(folder, output), outputPath)
    return { outputPath, memory: answer.memory }
  } finally {
    await Promise.all([input, output].map((each) => rm(path.join(folder, each), { recursive: true, force: true })))
  }
}

// ---- the file

const textual = ['txt', 'csv', 'html']
/** When encrypted, these are wrapped in what the old formats are in; that is worth an answer of its own. */
const wrapped = ['docx', 'xlsx', 'pptx']

/** @throws EngineFailure when it can't be what it is said to be; LibreOffice would take it for a text and succeed */
const lookAt = async ({ inputPath, from }: EngineTask): Promise<Hints> => {
  const head = await headOf(inputPath)
  if (head.length === 0) throw new EngineFailure('refused', 'It is empty.')
  if (from === 'csv') {
    const encoding = await encodingOf(inputPath)
    return { separator: separatorOf(new TextDecoder(encoding).decode(head)) }
  }
  const canBe = wrapped.includes(from) ? [from, 'doc'] : [from]
  if (!textual.includes(from) && !canBe.some((each) => findFormat(each)?.looksRight(head) === true)) {
    throw new EngineFailure('refused', `It is no ${from} file.`)
  }
  return {}
}

const headOf = async (file: string): Promise<Buffer> => {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    if (size > MAX_BYTES) throw new EngineFailure('too_large', 'It is too large.')
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

const BYTE_ORDER_MARK = Buffer.from('\u{feff}')

/** Readable for whoever the worker runs as, in a folder that only this one can enter. */
const bringIn = async ({ inputPath, from }: EngineTask, to: string): Promise<void> => {
  const target = await open(to, 'wx', 0o644)
  try {
    // Whatever our own umask is.
    await target.chmod(0o644)
    const encoding = textual.includes(from) ? await encodingOf(inputPath) : undefined
    // A page may name its own encoding; where it needs none, the mark says so before a wrong guess is made.
    const isBytes = encoding === undefined || (from === 'html' && encoding === 'windows-1252')
    const source = createReadStream(inputPath)
    const bytes = isBytes ? source : inUtf8(source, encoding)
    if (from === 'html' && !isBytes) await target.write(BYTE_ORDER_MARK)
    await pipeline(bytes, target.createWriteStream())
  } finally {
    await target.close()
  }
}

/** Only a file of its own, and no link to one of ours. */
const takeOut = async (made: string, to: string): Promise<void> => {
  const source = await open(made, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  )
  try {
    const found = await source?.stat()
    if (source === undefined || found?.isFile() !== true || found.nlink !== 1 || found.size === 0) {
      throw new EngineFailure('refused', 'Nothing was made of it.')
    }
    // No more than it was, however much is still being written.
    await pipeline(source.createReadStream({ end: found.size - 1 }), createWriteStream(to, { mode: 0o600 }))
  } finally {
    await source?.close()
  }
}
