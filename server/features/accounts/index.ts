/** The front door of the slice: who people are, how they sign in, and the keys that they entrust to us. */
export { type Accounts, type AccountsOptions, type AccountStores, makeAccounts } from './accounts.ts'
export { pgAccountStores } from './account-stores.pg.ts'
export type { Authenticate } from './authenticate.ts'
export type { Swept } from './keep-sign-ins.ts'
export { type AccessToken, type Person, type Session, SESSION_IDLE, type SignupRule } from './person.ts'
export { sealedOpenRouterKey } from './provider-key-store.pg.ts'
export type { CredentialSigner, PasswordHasher, SecretBox, TokenVerifier, VerifiedToken } from './ports.ts'
export type { SignedIn, SignInRequest } from './sign-in.ts'
