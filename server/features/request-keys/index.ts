/** The front door of the slice: carrying a request out once, however often it is sent. */
export { type CarryOutOnce, makeCarryOutOnce, makeSweepRequestKeys } from './carry-out-once.ts'
export type { Written } from './request-key-store.ts'
export { pgClaimingDatabase, pgRequestKeyStore } from './request-key-store.pg.ts'
