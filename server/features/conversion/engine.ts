/** What converts: the port behind which every real tool stands. It knows paths, formats and nothing of sessions or HTTP. */

/** A format as requests name it: `pdf`, `docx`, `jpg`. The table is `formats.ts`. */
export type FormatId = string

export interface EngineTask {
  /** The file to convert, in `folder`; named by us. */
  readonly inputPath: string
  readonly from: FormatId
  readonly to: FormatId
  /** The folder of this task alone: the only place that the engine sees and writes. Removed by the caller. */
  readonly folder: string
  /** Aborted at cancel, at the wall-clock limit and at shutdown: the whole process group is killed. */
  readonly signal: AbortSignal
  /** Whose documents may share a warm process with this one. */
  readonly sessionKey: string
  /** 0 to 1, as far as the engine knows. */
  readonly onProgress: (share: number) => void
}

export interface Engine {
  readonly id: 'images' | 'photos' | 'office' | 'pdf' | 'media' | 'markup' | 'print' | 'ocr'
  /** For people. */
  readonly name: string
  /** One sentence for people. */
  readonly description: string
  /** The Debian packages that bring it; empty where npm does. */
  readonly packages: readonly string[]
  /** Every pair that it does well. */
  readonly conversions: readonly { readonly from: readonly FormatId[]; readonly to: readonly FormatId[] }[]
  /** How many tasks run at once in one process of ours. */
  readonly concurrency: number
  /** The wall-clock limit of one task, in milliseconds. */
  readonly timeoutMs: number
  /** The largest input, in bytes; never above the upload limit. */
  readonly maxBytes: number
  /** Looked up once per start, and again when asked to. */
  isInstalled(): Promise<boolean>
  /**
   * Converts; resolves with the path of the output in `folder` once it is complete. Exit codes prove nothing: the caller
   * looks at what came out. Fails with an EngineFailure.
   */
  convert(task: EngineTask): Promise<{ readonly outputPath: string }>
  /** Ends warm processes; for shutdown and idle times. */
  close(): Promise<void>
}

/**
 * Why a conversion failed. `refused`: the file can't be read, or not so (damaged, encrypted, empty); `timeout`;
 * `too_large`: time, memory or output beyond the limits; `crashed`: the engine died (worth one retry); `cancelled`.
 */
export type FailureReason = 'refused' | 'timeout' | 'too_large' | 'crashed' | 'cancelled'

export class EngineFailure extends Error {
  override readonly name = 'EngineFailure'
  readonly reason: FailureReason
  constructor(reason: FailureReason, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.reason = reason
  }
}
