/** How much one person may download: what the operator gives, as every process of the server counts it together. */

export interface Allowance {
  /** Links that are given out, and requests for one that fail, in any hour; 0: any number. */
  readonly downloadsPerHour: number
  /** Bytes that the links lead to, in any 24 hours; the one that passes it is the last. 0: any number. */
  readonly bytesPerDay: number
}

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
