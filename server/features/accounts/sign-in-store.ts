/** Sessions and access tokens alike, where only their hashes are known: the port, in the slice's own words. */
export interface SignInStore {
  /** Of these hashes the ones that let nobody in any more: revoked, expired or unused for too long. One statement for all. */
  listEnded(hashes: readonly Buffer[], now: Date): Promise<Buffer[]>
}
