import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Actor } from '#kernel/actor.ts'
import { argon2Passwords } from '#server/adapters/passwords/index.ts'
import { DAY, MINUTE, openAccounts, SECOND, somebody, T0 } from './for-tests.ts'
import type { PasswordHasher } from './index.ts'

const slice = await openAccounts()
const { accounts, clock, database, door, options } = slice
afterAll(() => slice.close())
beforeEach(() => clock.set(0))

const wrong = { code: 'identity.wrong_credentials' }
const revoked = { code: 'identity.invalid' }

const signedUp = async () => {
  const person = somebody()
  const { user, sessionText } = await accounts.signUp(person)
  return { ...person, userId: user.id, actor: accounts.authenticate.session(sessionText) }
}
const isAlive = async (actor: Actor): Promise<boolean> => (await accounts.findSignedIn(actor)) !== undefined
const rowsOf = async (table: string, userId: string): Promise<Record<string, unknown>[]> =>
  (await database.owner.query(`select * from ${table} where user_id = $1`, [userId])).rows

/** Counts what is asked of the real hasher. */
const counted = () => {
  const real = options.passwords
  const calls: string[] = []
  const passwords: PasswordHasher = {
    hash(password) {
      calls.push('hash')
      return real.hash(password)
    },
    verify(password, hash) {
      calls.push('verify')
      return real.verify(password, hash)
    },
  }
  return { calls, passwords }
}

describe('signing up', () => {
  it('makes an account, named after its address, and signs in', async () => {
    const { actor, email, userId } = await signedUp()
    expect(await accounts.getMe(actor)).toEqual({
      id: userId,
      email,
      name: email.split('@')[0],
      defaultModel: null,
      hasPassword: true,
      hasApiKey: false,
    })
  })

  it('keeps the address in lower case', async () => {
    const person = { ...somebody(), email: 'Ada.Lovelace@Example.Test' }
    expect((await accounts.signUp(person)).user.email).toBe('ada.lovelace@example.test')
    expect((await accounts.signIn({ ...person, email: 'ADA.lovelace@example.test' })).user.email).toBe(
      'ada.lovelace@example.test',
    )
    await expect(accounts.signUp({ ...somebody(), email: 'ada.LOVELACE@example.test' })).rejects.toMatchObject({
      code: 'account.exists',
    })
  })

  it('keeps neither the password nor what the browser keeps', async () => {
    const person = somebody()
    const { user, sessionText } = await accounts.signUp(person)
    const stored = JSON.stringify([
      await rowsOf('users', user.id),
      await rowsOf('passwords', user.id),
      await rowsOf('sessions', user.id),
    ])
    expect(stored).not.toContain(person.password)
    const secret = Buffer.from(sessionText, 'base64url').subarray(17, 34)
    const dump = Buffer.from(stored.replaceAll(/\D+/g, ' '))
    expect(stored).not.toContain(sessionText)
    expect(dump.includes([...secret].join(' '))).toBe(false)
    expect((await rowsOf('passwords', user.id))[0]!['password_hash']).toMatch(/^\$argon2id\$/)
  })

  it('gives one account to one of ten who want the same address at once', async () => {
    const { email, password } = somebody()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => accounts.signUp({ ...somebody(), email, password })),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'account.exists' })
    }
    expect((await database.owner.query('select from users where email = $1', [email])).rowCount).toBe(1)
  })

  it.each(['closed', 'invite'] as const)('is refused when it is %s, and costs no hash', async (signup) => {
    await signedUp()
    const { calls, passwords } = counted()
    const strict = slice.make({ signup, passwords })
    await expect(strict.signUp(somebody())).rejects.toMatchObject({ code: 'account.signup_closed' })
    expect(calls).toEqual([])
    expect(await strict.getSetup()).toEqual({ signup, hasAccounts: true })
  })

  it('is open for the very first account even when it is closed, and for one of ten who try at once', async () => {
    const fresh = await openAccounts()
    const strict = fresh.make({ signup: 'closed' })
    expect(await strict.getSetup()).toEqual({ signup: 'closed', hasAccounts: false })
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => strict.signUp(somebody())))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await strict.getSetup()).toEqual({ signup: 'closed', hasAccounts: true })
    await fresh.close()
  })
})

describe('signing in', () => {
  it('opens a session of its own, with another secret each time', async () => {
    const person = await signedUp()
    const [one, two] = [await accounts.signIn(person), await accounts.signIn(person)]
    expect(one.sessionText).not.toBe(two.sessionText)
    expect(await accounts.listSessions(person.actor)).toHaveLength(3)
  })

  it('ends the session that this browser had until then, and no other', async () => {
    const person = await signedUp()
    const elsewhere = accounts.authenticate.session((await accounts.signIn(person)).sessionText)
    await accounts.signIn({ ...person, replaces: person.actor })
    expect(await isAlive(person.actor)).toBe(false)
    expect(await isAlive(elsewhere)).toBe(true)
  })

  it('is refused with a wrong password and with an unknown address in the same words', async () => {
    const person = await signedUp()
    const refusals = await Promise.allSettled([
      accounts.signIn({ ...person, password: 'wrong horse' }),
      accounts.signIn({ ...person, email: 'nobody@example.test' }),
    ])
    const [one, two] = refusals.map((outcome) => (outcome as PromiseRejectedResult).reason as Error)
    expect(one).toMatchObject({ code: 'identity.wrong_credentials', message: 'Invalid email or password' })
    expect(two).toMatchObject({ code: 'identity.wrong_credentials', message: 'Invalid email or password' })
  })

  it('does the same work for an unknown address as for a wrong password', async () => {
    const person = await signedUp()
    const { calls, passwords } = counted()
    const watched = slice.make({ passwords })
    await expect(watched.signIn({ ...person, password: 'wrong horse' })).rejects.toMatchObject(wrong)
    await expect(watched.signIn({ ...person, email: 'nobody@example.test' })).rejects.toMatchObject(wrong)
    expect(calls).toEqual(['verify', 'verify'])
  })

  it('is refused to people of an issuer, who have no password here', async () => {
    const { email } = somebody()
    await database.owner.query(
      `insert into users (user_id, email, name, issuer, subject, created_at)
       values (gen_random_uuid(), $1, 'Ada', 'https://issuer.example/', $1, now())`,
      [email],
    )
    await expect(accounts.signIn({ ...somebody(), email })).rejects.toMatchObject(wrong)
    // Their address is not taken: an issuer's word about an address gives no right to it here, and takes none.
    await expect(accounts.signUp({ ...somebody(), email })).resolves.toMatchObject({ user: { email } })
  })

  it('hashes the password anew when the parameters have risen', async () => {
    const person = await signedUp()
    const before = (await rowsOf('passwords', person.userId))[0]!['password_hash']
    const stronger = slice.make({ passwords: argon2Passwords({ memory: 128, passes: 1 }) })
    await stronger.signIn(person)
    const after = (await rowsOf('passwords', person.userId))[0]!['password_hash']
    expect(before).toContain('m=64,')
    expect(after).toContain('m=128,')
    await stronger.signIn(person)
    expect((await rowsOf('passwords', person.userId))[0]!['password_hash']).toBe(after)
  })

  it('keeps at most a hundred sessions: the one that was unused longest ends', async () => {
    const person = await signedUp()
    const texts: string[] = []
    for (let index = 0; index < 99; index++) {
      clock.move(SECOND)
      texts.push((await accounts.signIn(person)).sessionText)
    }
    expect(await isAlive(person.actor)).toBe(true)
    await Promise.all([accounts.signIn(person), accounts.signIn(person), accounts.signIn(person)])
    expect(await rowsOf('sessions', person.userId)).toHaveLength(100)
    expect(await isAlive(person.actor)).toBe(false)
    expect(await isAlive(accounts.authenticate.session(texts[1]!))).toBe(false)
    expect(await isAlive(accounts.authenticate.session(texts[2]!))).toBe(true)
  })

  it('does not slip in while the password is being changed', async () => {
    const person = await signedUp()
    const real = options.passwords
    // The password is changed after it was verified and before the session is opened.
    const passwords: PasswordHasher = {
      hash: real.hash,
      async verify(password, hash) {
        const verdict = await real.verify(password, hash)
        await accounts.changePassword(person.actor, {
          currentPassword: person.password,
          newPassword: 'new horse',
          client: 'x',
        })
        return verdict
      },
    }
    await expect(slice.make({ passwords }).signIn(person)).rejects.toMatchObject(wrong)
    expect(await accounts.listSessions(person.actor)).toHaveLength(1)
  })
})

describe('guessing', () => {
  const guess = (person: { email: string; client: string }, password = 'wrong horse') =>
    accounts.signIn({ ...somebody(), ...person, password })

  it('is refused after ten wrong passwords, even with the right one, until fifteen minutes have passed', async () => {
    const person = await signedUp()
    for (let index = 0; index < 10; index++) await expect(guess(person)).rejects.toMatchObject(wrong)
    clock.set(20 * SECOND)
    const tooMany = { code: 'identity.too_many_attempts', retryAfterSeconds: 15 * 60 - 20, retryable: true }
    await expect(accounts.signIn(person)).rejects.toMatchObject(tooMany)
    clock.set(15 * MINUTE - 1)
    await expect(accounts.signIn(person)).rejects.toMatchObject({
      code: 'identity.too_many_attempts',
      retryAfterSeconds: 1,
    })
    clock.set(15 * MINUTE)
    await expect(accounts.signIn(person)).resolves.toBeDefined()
  })

  it('is refused before anything is hashed', async () => {
    const person = await signedUp()
    for (let index = 0; index < 10; index++) await expect(guess(person)).rejects.toMatchObject(wrong)
    const { calls, passwords } = counted()
    await expect(slice.make({ passwords }).signIn(person)).rejects.toMatchObject({ code: 'identity.too_many_attempts' })
    expect(calls).toEqual([])
  })

  it('waits no longer for those who went on trying while they were refused', async () => {
    const person = await signedUp()
    for (let index = 0; index < 10; index++) await expect(guess(person)).rejects.toMatchObject(wrong)
    for (const minutes of [1, 1, 1, 5, 5, 5, 10, 10, 10, 14, 14, 14]) {
      clock.set(minutes * MINUTE)
      const retryAfterSeconds = (15 - minutes) * 60
      await expect(guess(person)).rejects.toMatchObject({ code: 'identity.too_many_attempts', retryAfterSeconds })
    }
    clock.set(15 * MINUTE)
    await expect(accounts.signIn(person)).resolves.toBeDefined()
  })

  it('gets no second ten by waiting for the next quarter of an hour to begin', async () => {
    const person = await signedUp()
    clock.set(14 * MINUTE)
    for (let index = 0; index < 10; index++) await expect(guess(person)).rejects.toMatchObject(wrong)
    clock.set(15 * MINUTE + SECOND)
    await expect(guess(person)).rejects.toMatchObject({ code: 'identity.too_many_attempts' })
  })

  it('from fifty connections and two processes at once gets ten answers', async () => {
    const person = await signedUp()
    const other = slice.make()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 ? accounts : other).signIn({ ...person, password: 'wrong horse' }),
      ),
    )
    const codes = outcomes.map((outcome) => ((outcome as PromiseRejectedResult).reason as { code: string }).code)
    expect(codes.filter((code) => code === 'identity.wrong_credentials')).toHaveLength(10)
    expect(codes.filter((code) => code === 'identity.too_many_attempts')).toHaveLength(40)
  })

  it('at one account from one place does not lock its person out elsewhere', async () => {
    const person = await signedUp()
    for (let index = 0; index < 11; index++) await guess(person).catch(() => {})
    await expect(accounts.signIn({ ...person, client: somebody().client })).resolves.toBeDefined()
  })

  it('at many accounts from one place is refused after a hundred', async () => {
    const { client } = somebody()
    for (let index = 0; index < 100; index++) {
      await expect(guess({ email: `victim${index}@example.test`, client })).rejects.toMatchObject(wrong)
    }
    await expect(guess({ email: 'victim100@example.test', client })).rejects.toMatchObject({
      code: 'identity.too_many_attempts',
    })
    await expect(accounts.signUp({ ...somebody(), client })).rejects.toMatchObject({
      code: 'identity.too_many_attempts',
    })
    clock.set(15 * MINUTE)
    await expect(guess({ email: 'victim100@example.test', client })).rejects.toMatchObject(wrong)
  })

  it('from many addresses of one IPv6 network is guessing from one place', async () => {
    const { email } = await signedUp()
    for (let index = 0; index < 10; index++) {
      await expect(guess({ email, client: `2001:db8:7:7::${index}` })).rejects.toMatchObject(wrong)
    }
    await expect(guess({ email, client: '2001:db8:7:7:ffff::1' })).rejects.toMatchObject({
      code: 'identity.too_many_attempts',
    })
    await expect(guess({ email, client: '2001:db8:7:8::1' })).rejects.toMatchObject(wrong)
  })

  it('is forgotten when the right password is given', async () => {
    const person = await signedUp()
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 9; index++) await expect(guess(person)).rejects.toMatchObject(wrong)
      await accounts.signIn(person)
    }
  })

  it('does not include signing in with the right password, however often', async () => {
    const person = await signedUp()
    for (let index = 0; index < 120; index++) await accounts.signIn(person)
  })

  it('does not include what failed on our side', async () => {
    const person = await signedUp()
    const passwords: PasswordHasher = {
      hash: options.passwords.hash,
      verify: () => Promise.reject(new Error('out of memory')),
    }
    const broken = slice.make({ passwords })
    for (let index = 0; index < 11; index++) await expect(broken.signIn(person)).rejects.toThrow('out of memory')
    await expect(accounts.signIn(person)).resolves.toBeDefined()
  })

  it('which addresses are taken is guessing too', async () => {
    const { email } = await signedUp()
    const stranger = { ...somebody(), email }
    for (let index = 0; index < 10; index++) {
      await expect(accounts.signUp(stranger)).rejects.toMatchObject({ code: 'account.exists' })
    }
    await expect(accounts.signUp(stranger)).rejects.toMatchObject({ code: 'identity.too_many_attempts' })
  })

  it('the current password of a stolen session is guessing too', async () => {
    const { actor, password, client } = await signedUp()
    const change = (currentPassword: string) =>
      accounts.changePassword(actor, { currentPassword, newPassword: 'new horse', client })
    for (let index = 0; index < 10; index++) await expect(change('wrong horse')).rejects.toMatchObject(wrong)
    await expect(change(password)).rejects.toMatchObject({ code: 'identity.too_many_attempts' })
    clock.set(15 * MINUTE)
    await expect(change(password)).resolves.toBeUndefined()
  })
})

describe('changing the password', () => {
  it('ends every other session at its very next query, and keeps this one and the access tokens', async () => {
    const person = await signedUp()
    const other = accounts.authenticate.session((await accounts.signIn(person)).sessionText)
    const { text } = await accounts.createAccessToken(person.actor, { name: 'script', expiresInDays: null })
    expect(await isAlive(other)).toBe(true)
    await accounts.changePassword(person.actor, {
      currentPassword: person.password,
      newPassword: 'new horse',
      client: person.client,
    })
    expect(await isAlive(other)).toBe(false)
    expect(await isAlive(person.actor)).toBe(true)
    expect(await isAlive(await accounts.authenticate.bearer(text))).toBe(true)
    await expect(accounts.signIn(person)).rejects.toMatchObject(wrong)
    await expect(accounts.signIn({ ...person, password: 'new horse' })).resolves.toBeDefined()
  })

  it('is refused with a wrong password, and changes nothing', async () => {
    const person = await signedUp()
    const other = accounts.authenticate.session((await accounts.signIn(person)).sessionText)
    const change = { currentPassword: 'wrong horse', newPassword: 'new horse', client: person.client }
    await expect(accounts.changePassword(person.actor, change)).rejects.toMatchObject({
      code: 'identity.wrong_credentials',
      message: 'The current password is not right.',
    })
    expect(await isAlive(other)).toBe(true)
    await expect(accounts.signIn(person)).resolves.toBeDefined()
  })

  it('is refused to a session that has ended', async () => {
    const person = await signedUp()
    await accounts.signOut(person.actor)
    const change = { currentPassword: person.password, newPassword: 'new horse', client: person.client }
    await expect(accounts.changePassword(person.actor, change)).rejects.toMatchObject(revoked)
  })

  it('is not for people of an issuer', async () => {
    const { userId } = await options.stores.accounts.findOrAddBySubject({
      userId: options.newId(),
      issuer: 'https://issuer.example/',
      subject: 'no-password',
      name: 'Ada',
      email: null,
      now: T0,
    })
    const change = { currentPassword: 'x', newPassword: 'new horse', client: 'x' }
    await expect(accounts.changePassword({ userId, subject: 'no-password' }, change)).rejects.toMatchObject({
      code: 'account.no_password',
    })
  })

  it('succeeds once when two change it at the same moment', async () => {
    const person = await signedUp()
    const change = (newPassword: string) =>
      accounts.changePassword(person.actor, { currentPassword: person.password, newPassword, client: person.client })
    const outcomes = await Promise.allSettled([change('one horse'), change('two horses')])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('a session', () => {
  it('is refused at the very next query after signing out, and signing out again is no error', async () => {
    const { actor } = await signedUp()
    await expect(door.as(actor).query({ sql: 'select user_id from users', parameters: [] })).resolves.toHaveLength(1)
    await accounts.signOut(actor)
    await expect(door.as(actor).query({ sql: 'select user_id from users', parameters: [] })).rejects.toMatchObject(
      revoked,
    )
    await expect(accounts.signOut(actor)).resolves.toBeUndefined()
  })

  it('lists with the others of its person, latest use first, saying which one asks', async () => {
    const person = await signedUp()
    clock.set(MINUTE)
    const { sessionText } = await accounts.signIn({ ...person, userAgent: 'another browser' })
    await signedUp()
    const asFirst = await accounts.listSessions(person.actor)
    expect(asFirst.map(({ userAgent, isCurrent }) => [userAgent, isCurrent])).toEqual([
      ['another browser', false],
      ['a browser', true],
    ])
    expect(asFirst[1]).toMatchObject({ createdAt: T0, lastSeenAt: T0 })
    const asSecond = await accounts.listSessions(accounts.authenticate.session(sessionText))
    expect(asSecond.map(({ isCurrent }) => isCurrent)).toEqual([true, false])
    const asToken = await accounts.listSessions({ userId: person.userId, subject: 'x' })
    expect(asToken.map(({ isCurrent }) => isCurrent)).toEqual([false, false])
  })

  it('is revoked by its person, and says whether it was the one that asked', async () => {
    const person = await signedUp()
    const other = accounts.authenticate.session((await accounts.signIn(person)).sessionText)
    const idOf = async (current: boolean) =>
      (await accounts.listSessions(person.actor)).find((each) => each.isCurrent === current)!.id
    const otherId = await idOf(false)
    expect(await accounts.revokeSession(person.actor, otherId)).toEqual({ wasCurrent: false })
    expect(await isAlive(other)).toBe(false)
    await expect(accounts.revokeSession(person.actor, otherId)).rejects.toMatchObject({ code: 'session.not_found' })
    expect(await accounts.revokeSession(person.actor, await idOf(true))).toEqual({ wasCurrent: true })
    expect(await isAlive(person.actor)).toBe(false)
  })

  it('cannot be revoked by anybody else', async () => {
    const [person, stranger] = [await signedUp(), await signedUp()]
    const { id } = (await accounts.listSessions(person.actor))[0]!
    await expect(accounts.revokeSession(stranger.actor, id)).rejects.toMatchObject({ code: 'session.not_found' })
    await accounts.revokeOtherSessions(stranger.actor)
    expect(await isAlive(person.actor)).toBe(true)
  })

  it('ends all the others of its person at once', async () => {
    const person = await signedUp()
    const others = [await accounts.signIn(person), await accounts.signIn(person)].map(({ sessionText }) =>
      accounts.authenticate.session(sessionText),
    )
    await accounts.revokeOtherSessions(person.actor)
    expect(await Promise.all(others.map(isAlive))).toEqual([false, false])
    expect(await isAlive(person.actor)).toBe(true)
  })

  it('is noted as used at most every five minutes, in the background', async () => {
    const { sessionText } = await accounts.signUp(somebody())
    const actor = accounts.authenticate.session(sessionText)
    const lastSeen = async () => (await accounts.listSessions(actor))[0]!.lastSeenAt
    const uses = vi.spyOn(options.stores.sessions, 'noteUse')
    clock.set(5 * MINUTE - 1)
    accounts.authenticate.session(sessionText)
    expect(uses).not.toHaveBeenCalled()
    clock.set(5 * MINUTE)
    for (let index = 0; index < 10; index++) accounts.authenticate.session(sessionText)
    expect(uses).toHaveBeenCalledTimes(1)
    await uses.mock.results[0]!.value
    expect(await lastSeen()).toEqual(new Date(T0.getTime() + 5 * MINUTE))
    // Another process that sees it a minute later leaves it alone.
    clock.set(6 * MINUTE)
    slice.make().authenticate.session(sessionText)
    await uses.mock.results.at(-1)!.value
    expect(uses).toHaveBeenCalledTimes(2)
    expect(await lastSeen()).toEqual(new Date(T0.getTime() + 5 * MINUTE))
    expect(await isAlive(actor)).toBe(true)
    uses.mockRestore()
  })

  it('ends thirty days after its last use, and no use revives it', async () => {
    const person = somebody()
    const { sessionText } = await accounts.signUp(person)
    const actor = accounts.authenticate.session(sessionText)
    clock.set(30 * DAY - SECOND)
    expect(await isAlive(actor)).toBe(true)
    clock.set(30 * DAY)
    const uses = vi.spyOn(options.stores.sessions, 'noteUse')
    accounts.authenticate.session(sessionText)
    await uses.mock.results.at(-1)!.value
    uses.mockRestore()
    expect(await isAlive(actor)).toBe(false)
  })

  it('ends ninety days after the sign-in, however much it is used', async () => {
    const { sessionText } = await accounts.signUp(somebody())
    const actor = accounts.authenticate.session(sessionText)
    const uses = vi.spyOn(options.stores.sessions, 'noteUse')
    for (let day = 1; day < 90; day += 1) {
      clock.set(day * DAY)
      accounts.authenticate.session(sessionText)
      await uses.mock.results.at(-1)!.value
      expect(await isAlive(actor)).toBe(true)
    }
    uses.mockRestore()
    clock.set(90 * DAY)
    expect(await isAlive(actor)).toBe(false)
  })

  it('hears nothing of a note that could not be taken', async () => {
    const problems: unknown[] = []
    const sessions = { ...options.stores.sessions, noteUse: () => Promise.reject(new Error('database away')) }
    const careless = slice.make({
      stores: { ...options.stores, sessions },
      onBackgroundProblem: (error) => problems.push(error),
    })
    const { sessionText } = await careless.signUp(somebody())
    expect(careless.authenticate.session(sessionText)).toBeDefined()
    await vi.waitFor(() => expect(problems).toEqual([new Error('database away')]), 10_000)
  })
})

it('sweeps away what is dead: sessions, long expired tokens and old attempts, and leaves the rest', async () => {
  const fresh = await openAccounts()
  const person = somebody()
  const { user, sessionText } = await fresh.accounts.signUp(person)
  const actor = fresh.accounts.authenticate.session(sessionText)
  await fresh.accounts.createAccessToken(actor, { name: 'short', expiresInDays: 1 })
  await fresh.accounts.createAccessToken(actor, { name: 'endless', expiresInDays: null })
  await expect(fresh.accounts.signIn({ ...person, password: 'wrong horse' })).rejects.toMatchObject(wrong)
  // Of the attempts: one row of the pair and one of the client.
  expect(await fresh.accounts.sweepSessions()).toEqual({ sessions: 0, accessTokens: 0, attempts: 0 })
  fresh.clock.set(31 * DAY + SECOND)
  await fresh.accounts.signIn(person)
  expect(await fresh.accounts.sweepSessions()).toEqual({ sessions: 1, accessTokens: 1, attempts: 1 })
  const left = await fresh.database.owner.query('select name from access_tokens where user_id = $1', [user.id])
  expect(left.rows).toEqual([{ name: 'endless' }])
  await fresh.close()
})
