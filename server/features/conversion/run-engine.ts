/** One conversion by one engine, in a folder of its own, and a look at what came out: the one way in which engines are run. */
import type { Readable } from 'node:stream'
import { type Engine, EngineFailure, type FormatId } from './engine.ts'
import { type Format, formatOfOutput } from './formats.ts'
import type { JobFailure } from './job.ts'
import type { WorkFolders } from './work-folders.ts'

/** The largest output, in bytes. */
const MOST_OUTPUT_BYTES = 512 * 1024 * 1024

export interface EngineRun {
  readonly engine: Engine
  readonly from: FormatId
  readonly to: FormatId
  readonly folders: WorkFolders
  /** Of the folder; whoever runs it removes the folder afterwards, whatever happens. */
  readonly name: string
  /** The file to convert. */
  readonly open: () => Promise<Readable | undefined>
  readonly sessionKey: string
  /** Stops it. */
  readonly signal: AbortSignal
  /** How long an engine that was stopped may take to end, in milliseconds; then it is not waited for. */
  readonly deafMs: number
  readonly onProgress: (share: number) => void
}

export interface Made {
  /** In the folder. */
  readonly path: string
  /** What was asked for, or ZIP where several pages were made of one document. */
  readonly format: Format
  /** Bytes. */
  readonly size: number
}

/** Fails with what keeps it from being done: see `failureOf`. */
export const runEngine = async (run: EngineRun): Promise<Made> => {
  const { engine, from, to, folders, name, signal, sessionKey, onProgress } = run
  const folder = await folders.make(name)
  const bytes = await run.open()
  if (bytes === undefined) throw new Error('what should be converted is gone')
  const inputPath = await folders.write(name, `in.${from}`, stoppedBy(bytes, signal))
  signal.throwIfAborted()
  const task = { inputPath, folder, signal, from, to, sessionKey, onProgress }
  const { outputPath } = await untilDeaf(engine.convert(task), signal, run.deafMs)
  signal.throwIfAborted()
  const made = await folders.inspect(name, outputPath)
  const format = made && formatOfOutput(to, made.head)
  if (made === undefined || format === undefined) throw new BadOutput()
  if (made.size > MOST_OUTPUT_BYTES) throw new EngineFailure('too_large', 'The output is too large.')
  return { path: outputPath, format, size: made.size }
}

/** Why a run failed that nobody has stopped. */
export const failureOf = (error: unknown): JobFailure => {
  if (error instanceof BadOutput) return 'bad_output'
  // Nobody has stopped it: an engine that says so is mistaken.
  if (!(error instanceof EngineFailure) || error.reason === 'cancelled') return 'crashed'
  return error.reason
}

/** What the engine left is nothing, or not what was asked for. */
class BadOutput extends Error {
  override readonly name = 'BadOutput'
}

const stoppedBy = (bytes: Readable, signal: AbortSignal): Readable => {
  signal.addEventListener('abort', () => bytes.destroy(new Error('stopped')), { once: true })
  return bytes
}

/** An engine that does not hear that it should stop is left alone after a while. */
const untilDeaf = <Result>(work: Promise<Result>, signal: AbortSignal, deafMs: number): Promise<Result> =>
  new Promise((resolve, reject) => {
    let patience: NodeJS.Timeout | undefined
    const onAbort = () => {
      patience = setTimeout(() => reject(new Error('the engine does not stop')), deafMs)
    }
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => {
      clearTimeout(patience)
      signal.removeEventListener('abort', onAbort)
    })
  })
