/** The slice on a database of its own, with a clock that tests move and with real, quick hashing. */
import { newUuid } from '#kernel/ids.ts'
import { argon2Passwords } from '#server/adapters/passwords/index.ts'
import { credentialSigner, keyring, newSecretKey, secretBox } from '#server/adapters/secrets/index.ts'
import { createTestDatabase, openTestDoor } from '#test/support/database.ts'
import { type AccountsOptions, makeAccounts, pgAccountStores } from './index.ts'

export const T0 = new Date('2026-03-04T05:06:00.000Z')
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const DAY = 24 * 60 * MINUTE

/** Stands still until it is moved. */
export const movableClock = () => {
  let time = T0.getTime()
  return {
    now: () => new Date(time),
    /** @param milliseconds after T0 */
    set: (milliseconds: number) => void (time = T0.getTime() + milliseconds),
    move: (milliseconds: number) => void (time += milliseconds),
  }
}

export const quickPasswords = () => argon2Passwords({ memory: 64, passes: 1 })

export const SECRET_KEY = newSecretKey()

/** Everything that a test of the slice holds. Several sets of accounts may stand on one database, as processes do. */
export const openAccounts = async () => {
  const database = await createTestDatabase()
  const clock = movableClock()
  const door = await openTestDoor(database, clock)
  const ring = keyring(SECRET_KEY)
  const credentials = credentialSigner(ring)
  const options: AccountsOptions = {
    stores: pgAccountStores(door),
    passwords: quickPasswords(),
    credentials,
    box: secretBox(ring, 'provider-key'),
    signup: 'open',
    newId: newUuid,
    clock,
  }
  const make = (changes: Partial<AccountsOptions> = {}) => makeAccounts({ ...options, ...changes })
  return {
    database,
    door,
    clock,
    credentials,
    options,
    make,
    accounts: make(),
    async close() {
      await door.close()
      await database.drop()
    },
  }
}

let people = 0

/** An e-mail address and a client that nobody else in this file has. */
export const somebody = () => {
  people++
  return {
    email: `person${people}@example.test`,
    password: 'correct horse',
    client: `10.${people >> 8}.${people & 255}.1`,
    userAgent: 'a browser',
  }
}
