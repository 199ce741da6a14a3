/** What the slice needs from the outside besides rows: hashing, signing, sealing, verifying. Ports, in its own words. */
import type { Credential } from '#kernel/actor.ts'

/** Text that can be typed → a hash that can be stored. */
export interface PasswordHasher {
  /** @returns a PHC string. Equal passwords in different Unicode spellings (NFKC) are equal. */
  hash(password: string): Promise<string>
  /**
   * Compares in constant time. With `null` (nobody has that address) it does the same work and answers `wrong`.
   * `outdated`: right, and made with weaker parameters than today's.
   */
  verify(password: string, hash: string | null): Promise<'right' | 'outdated' | 'wrong'>
}

/** Credentials that can be told from forged ones without asking anybody. */
export interface CredentialSigner {
  /** What access tokens begin with, and no token of an issuer does. */
  readonly accessTokenPrefix: string
  /** @returns the text for the person, and what the database keeps of it: SHA-256 of its secret */
  issue(kind: Credential['kind'], userId: string): { readonly text: string; readonly hash: Buffer }
  /** @returns undefined for everything that `issue` didn't return, character by character */
  read(kind: Credential['kind'], text: string): { readonly userId: string; readonly hash: Buffer } | undefined
}

/** Hears, by hash, of sessions and access tokens that ended before their time: what they opened must close. */
export type OnRevoked = (hashes: readonly Buffer[]) => void

/** Seals a secret so that it opens in its own place only. */
export interface SecretBox {
  /** What envelopes begin with that the present key has sealed. */
  readonly currentPrefix: string
  /** @param context the place: the same list opens it again */
  seal(secret: string, context: readonly string[]): string
  /** @returns undefined when it was sealed elsewhere, changed, or its key is gone */
  open(envelope: string, context: readonly string[]): string | undefined
}

/** Verifies a token of the issuer that the operator trusts. */
export interface TokenVerifier {
  /** Fails with `identity.invalid`, or with `identity.unverifiable` while the issuer's keys can't be had. */
  verify(token: string): Promise<VerifiedToken>
}

export interface VerifiedToken {
  readonly issuer: string
  /** 1–255 characters. */
  readonly subject: string
  /** What the issuer calls the person, if anything. Any length. */
  readonly name: string | null
  readonly email: string | null
  /** From when on the token is no longer accepted. */
  readonly expiresAt: Date
}
