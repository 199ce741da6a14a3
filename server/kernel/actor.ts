/** Who is asking: the verified identity that every query carries. It does not know how it was verified. */

/**
 * A person whose credential has been verified as far as that is possible without the database.
 * `credential` names the revocable sign-in behind it (a browser session or a personal access token);
 * the database refuses the whole statement when that has been revoked or has expired.
 */
export interface Actor {
  readonly userId: string
  /** The `sub` of the JWT, or the user id for local accounts: what `chat-v1` calls `userId`. */
  readonly subject: string
  readonly credential?: Credential
  /** When a credential that can't be revoked ends by itself (a JWT's `exp`). */
  readonly expiresAt?: Date
}

/** A revocable credential: which table it lives in, and SHA-256 of its secret. */
export interface Credential {
  readonly kind: 'session' | 'access_token'
  readonly hash: Buffer
}
