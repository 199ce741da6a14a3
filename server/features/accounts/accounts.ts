/** Puts the use cases of the slice together from what they need. It knows no adapter. */
import type { Clock } from '#kernel/clock.ts'
import type { NewId } from '#kernel/ids.ts'
import type { AccessTokenStore } from './access-token-store.ts'
import type { AccountStore } from './account-store.ts'
import type { AttemptLog } from './attempt-log.ts'
import { makeAuthenticate, makeNoteUse } from './authenticate.ts'
import { makeChangePassword } from './change-password.ts'
import { makeChangeMe, makeFindPerson, makeFindSignedIn, makeGetMe, makeGetSetup } from './keep-person.ts'
import {
  makeDeleteProviderKey,
  makeHasProviderKey,
  makeOpenProviderKey,
  makeReadProviderKey,
  makeRotateProviderKeys,
  makeSaveProviderKey,
} from './keep-provider-key.ts'
import {
  makeCreateAccessToken,
  makeListAccessTokens,
  makeListEndedSignIns,
  makeListSessions,
  makeRevokeAccessToken,
  makeRevokeOtherSessions,
  makeRevokeSession,
  makeSweepSessions,
} from './keep-sign-ins.ts'
import { makeLimitAttempts } from './limit-attempts.ts'
import type { SignupRule } from './person.ts'
import type { CredentialSigner, OnRevoked, PasswordHasher, SecretBox, TokenVerifier } from './ports.ts'
import type { ProviderKeyStore } from './provider-key-store.ts'
import type { SessionStore } from './session-store.ts'
import type { SignInStore } from './sign-in-store.ts'
import { makeSignIn, makeSignOut, makeSignUp } from './sign-in.ts'

export interface AccountStores {
  readonly accounts: AccountStore
  readonly sessions: SessionStore
  readonly accessTokens: AccessTokenStore
  readonly signIns: SignInStore
  readonly attempts: AttemptLog
  readonly providerKeys: ProviderKeyStore
}

export interface AccountsOptions {
  readonly stores: AccountStores
  readonly passwords: PasswordHasher
  readonly credentials: CredentialSigner
  /** Seals provider keys. */
  readonly box: SecretBox
  /** Undefined: no issuer is configured. */
  readonly tokens?: TokenVerifier | undefined
  readonly signup: SignupRule
  readonly newId: NewId
  readonly clock: Clock
  /** Hears of sessions and access tokens that somebody ended, after they have ended. */
  readonly onRevoked?: OnRevoked
  /** Hears of background work that failed and on which nothing depends: noting when a credential was last used. */
  readonly onBackgroundProblem?: (error: unknown) => void
}

export type Accounts = ReturnType<typeof makeAccounts>

/** All use cases of the slice, each documented where it is made. */
export const makeAccounts = ({
  stores,
  onRevoked = () => {},
  onBackgroundProblem,
  tokens,
  ...options
}: AccountsOptions) => {
  const { clock } = options
  const limitAttempts = makeLimitAttempts({ attempts: stores.attempts, clock })
  const noteUse = makeNoteUse({ ...stores, clock, onProblem: onBackgroundProblem ?? (() => {}) })
  const needs = { ...stores, ...options, tokens, limitAttempts, noteUse, onRevoked }
  return {
    authenticate: makeAuthenticate(needs),
    signUp: makeSignUp(needs),
    signIn: makeSignIn(needs),
    signOut: makeSignOut(needs),
    changePassword: makeChangePassword(needs),
    getSetup: makeGetSetup(needs),
    getMe: makeGetMe(needs),
    changeMe: makeChangeMe(needs),
    findPerson: makeFindPerson(needs),
    findSignedIn: makeFindSignedIn(needs),
    listSessions: makeListSessions(needs),
    revokeSession: makeRevokeSession(needs),
    revokeOtherSessions: makeRevokeOtherSessions(needs),
    listAccessTokens: makeListAccessTokens(needs),
    createAccessToken: makeCreateAccessToken(needs),
    revokeAccessToken: makeRevokeAccessToken(needs),
    saveProviderKey: makeSaveProviderKey(needs),
    hasProviderKey: makeHasProviderKey(needs),
    deleteProviderKey: makeDeleteProviderKey(needs),
    readProviderKey: makeReadProviderKey(needs),
    openProviderKey: makeOpenProviderKey(needs),
    rotateProviderKeys: makeRotateProviderKeys(needs),
    listEndedSignIns: makeListEndedSignIns(needs),
    sweepSessions: makeSweepSessions(needs),
  }
}
