/** The time, as a port: tests move it instead of waiting. */
export interface Clock {
  /** The present moment, to the millisecond. */
  now(): Date
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => new Date() }
