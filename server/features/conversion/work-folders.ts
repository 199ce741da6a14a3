/** Where conversions are done on this machine: the port. Names are leases; nothing there outlives its lease for long. */

/** What an engine has left behind. */
export interface MadeFile {
  /** Bytes. */
  readonly size: number
  /** Its first bytes; see `HEAD_BYTES`. */
  readonly head: Uint8Array
}

export interface WorkFolders {
  /** Makes an empty folder that nobody else may enter, on the file system of the blobs; returns its path. */
  make(name: string): Promise<string>
  /** Writes a file there; returns its path. */
  write(name: string, file: string, bytes: AsyncIterable<Uint8Array>): Promise<string>
  /**
   * Looks at what an engine says it made, and makes it ours. Undefined unless it is a file of its own in that folder: what a
   * link leads to, or what has another name elsewhere, is not what was made.
   */
  inspect(name: string, path: string): Promise<MadeFile | undefined>
  /** Removes a folder with all that lies in it; one that is not there is fine. */
  remove(name: string): Promise<void>
  /** The names of all that are there. */
  list(): Promise<string[]>
}
