/** Where uploads lie until they have been looked at: the port. It knows bytes and names of ours. */

export interface QuarantinedFile {
  /** Where it lies on this machine. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly sha256: Buffer
}

export interface Quarantine {
  /**
   * Writes bytes to a file of its own as they come, readable by nobody else, and syncs it. Nothing stays when `bytes` fail.
   *
   * @param key names it; it must be new
   * @param onBytes is told of each piece before it is written, and throws to end it
   */
  take(key: string, bytes: AsyncIterable<Uint8Array>, onBytes: (count: number) => void): Promise<QuarantinedFile>
  /**
   * Writes bytes from an offset on, which must not be past the end, and syncs what has come, even when `bytes` fail.
   *
   * @returns how many there are then up to the last that was written
   */
  append(key: string, offset: number, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number>
  /** How many bytes are there under a key; undefined when nothing is. */
  sizeOf(key: string): Promise<number | undefined>
  /** What is there under a key, when it is complete. */
  measure(key: string): Promise<QuarantinedFile>
  /** Removes what is there under a key, if anything is. */
  discard(key: string): Promise<void>
  /** The keys of everything that is there. */
  list(): Promise<string[]>
}
