/** Identifiers, as a port: features never touch randomness themselves. */
import { randomUUID } from 'node:crypto'

/** Makes a new UUID v4 (contracts, decision 2). */
export type NewId = () => string

export const newUuid: NewId = () => randomUUID()
