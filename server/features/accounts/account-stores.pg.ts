/** All stores of the slice on one database. */
import type { Database } from '#kernel/database.ts'
import { pgAccessTokenStore } from './access-token-store.pg.ts'
import { pgAccountStore } from './account-store.pg.ts'
import type { AccountStores } from './accounts.ts'
import { pgAttemptLog } from './attempt-log.pg.ts'
import { pgProviderKeyStore } from './provider-key-store.pg.ts'
import { pgSessionStore } from './session-store.pg.ts'
import { pgSignInStore } from './sign-in-store.pg.ts'

export const pgAccountStores = (db: Database): AccountStores => ({
  accounts: pgAccountStore(db),
  sessions: pgSessionStore(db),
  accessTokens: pgAccessTokenStore(db),
  signIns: pgSignInStore(db),
  attempts: pgAttemptLog(db),
  providerKeys: pgProviderKeyStore(db),
})
