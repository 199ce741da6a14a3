/** Where attempts to sign in are counted, for all processes together: the port, in the slice's own words. */

export interface AttemptLog {
  /**
   * Counts one attempt under each key, in the bucket of time that begins at `bucket`.
   * @returns for each key how many there are in buckets after `since`, this one included, and when the oldest of those begins
   */
  count(keys: readonly [string, string], bucket: Date, since: Date): Promise<readonly [AttemptCount, AttemptCount]>
  /** Takes one attempt back under each key. */
  takeBack(keys: readonly string[], bucket: Date): Promise<void>
  /** Forgets all attempts under `key`, and takes one back under `other`. */
  forget(key: string, other: string, bucket: Date): Promise<void>
  /** Removes buckets that began before; says how many. */
  sweep(before: Date): Promise<number>
}

export interface AttemptCount {
  readonly attempts: number
  readonly oldest: Date
}
