import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import { keyring, newSecretKey, secretBox } from '#server/adapters/secrets/index.ts'
import { DAY, MINUTE, openAccounts, SECRET_KEY, somebody, T0 } from './for-tests.ts'
import type { TokenVerifier, VerifiedToken } from './index.ts'

const slice = await openAccounts()
const { accounts, clock, credentials, database, options } = slice
afterAll(() => slice.close())
beforeEach(() => clock.set(0))

const invalid = { code: 'identity.invalid' }

const signedUp = async (): Promise<Actor> => {
  const { sessionText } = await accounts.signUp(somebody())
  return accounts.authenticate.session(sessionText)
}
const isAlive = async (actor: Actor): Promise<boolean> => (await accounts.findSignedIn(actor)) !== undefined

describe('an access token', () => {
  it('acts for its person, and is shown once', async () => {
    const actor = await signedUp()
    const { token, text } = await accounts.createAccessToken(actor, { name: ' script ', expiresInDays: 7 })
    expect(text).toMatch(/^plt_/)
    expect(token).toEqual({
      id: expect.any(String),
      name: 'script',
      createdAt: T0,
      expiresAt: new Date(T0.getTime() + 7 * DAY),
      lastUsedAt: null,
    })
    expect(await accounts.listAccessTokens(actor)).toEqual([token])
    const acting = await accounts.authenticate.bearer(text)
    expect(acting).toMatchObject({ userId: actor.userId, subject: actor.userId, credential: { kind: 'access_token' } })
    expect(await accounts.getMe(acting)).toEqual(await accounts.getMe(actor))
    const { rows } = await database.owner.query('select * from access_tokens where access_token_id = $1', [token.id])
    expect(JSON.stringify(rows)).not.toContain(text)
  })

  it('ends at its expiry, to the millisecond, or never', async () => {
    const actor = await signedUp()
    const make = async (expiresInDays: number | null) =>
      accounts.authenticate.bearer((await accounts.createAccessToken(actor, { name: 'x', expiresInDays })).text)
    const [week, endless] = [await make(7), await make(null)]
    clock.set(7 * DAY - 1)
    expect(await isAlive(week)).toBe(true)
    clock.set(7 * DAY)
    expect(await isAlive(week)).toBe(false)
    clock.set(3000 * DAY)
    expect(await isAlive(endless)).toBe(true)
  })

  it('is refused at its very next query when it is revoked', async () => {
    const actor = await signedUp()
    const { token, text } = await accounts.createAccessToken(actor, { name: 'x', expiresInDays: null })
    const acting = await accounts.authenticate.bearer(text)
    expect(await isAlive(acting)).toBe(true)
    await accounts.revokeAccessToken(actor, token.id)
    expect(await isAlive(acting)).toBe(false)
    await expect(accounts.revokeAccessToken(actor, token.id)).rejects.toMatchObject({ code: 'access_token.not_found' })
  })

  it('cannot be seen or revoked by anybody else', async () => {
    const [actor, stranger] = [await signedUp(), await signedUp()]
    const { token, text } = await accounts.createAccessToken(actor, { name: 'x', expiresInDays: null })
    await expect(accounts.revokeAccessToken(stranger, token.id)).rejects.toMatchObject({
      code: 'access_token.not_found',
    })
    expect(await accounts.listAccessTokens(stranger)).toEqual([])
    expect(await isAlive(await accounts.authenticate.bearer(text))).toBe(true)
  })

  it('is one of at most a hundred, however many are made at once', async () => {
    const actor = await signedUp()
    const make = () => accounts.createAccessToken(actor, { name: 'x', expiresInDays: null })
    for (let index = 0; index < 95; index++) await make()
    // Held up until all connections wait, so that they really come at once.
    await database.owner.query('begin')
    const made = (async () => {
      await database.owner.query('select from users where user_id = $1 for no key update', [actor.userId])
      return Promise.allSettled(Array.from({ length: 20 }, make))
    })()
    try {
      await vi.waitFor(async () => {
        // A transaction sees the activity of its first look, unless it is told to forget that.
        await database.owner.query('select pg_stat_clear_snapshot()')
        const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        expect((await database.owner.query(waiting)).rowCount).toBe(4)
      }, 10_000)
    } finally {
      await database.owner.query('commit')
    }
    const outcomes = await made
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    await expect(make()).rejects.toMatchObject({ code: 'access_token.too_many', kind: 'conflict' })
    await accounts.revokeAccessToken(actor, (await accounts.listAccessTokens(actor))[0]!.id)
    await expect(make()).resolves.toBeDefined()
  })

  it('is noted as used at most every five minutes', async () => {
    const actor = await signedUp()
    const { text } = await accounts.createAccessToken(actor, { name: 'x', expiresInDays: null })
    const lastUsed = async () => (await accounts.listAccessTokens(actor))[0]!.lastUsedAt
    const uses = vi.spyOn(options.stores.accessTokens, 'noteUse')
    const use = async () => {
      await accounts.authenticate.bearer(text)
      await uses.mock.results.at(-1)?.value
    }
    await use()
    expect(await lastUsed()).toEqual(T0)
    clock.set(5 * MINUTE - 1)
    await use()
    expect(await lastUsed()).toEqual(T0)
    clock.set(5 * MINUTE)
    await use()
    expect(await lastUsed()).toEqual(new Date(T0.getTime() + 5 * MINUTE))
    expect(uses).toHaveBeenCalledTimes(2)
    uses.mockRestore()
  })

  it('that was never issued is refused without asking the database, and a right one that is in no table is refused by it', async () => {
    const actor = await signedUp()
    await expect(accounts.authenticate.bearer('plt_x')).rejects.toMatchObject(invalid)
    const neverStored = credentials.issue('access_token', actor.userId)
    expect(await isAlive(await accounts.authenticate.bearer(neverStored.text))).toBe(false)
  })

  it('does not act for another person whose id is put before its hash', async () => {
    const [actor, victim] = [await signedUp(), await signedUp()]
    expect(await isAlive({ ...actor, userId: victim.userId })).toBe(false)
  })
})

describe('a credential that was verified once', () => {
  /** Accounts whose reads of credentials are counted. */
  const counted = () => {
    const read = vi.fn<typeof credentials.read>((kind, text) => credentials.read(kind, text))
    return { read, authenticate: slice.make({ credentials: { ...credentials, read } }).authenticate }
  }
  const token = () => credentials.issue('access_token', options.newId())

  it('is remembered: its HMAC is not worked out again', async () => {
    const { read, authenticate } = counted()
    const { text, hash } = token()
    const first = await authenticate.bearer(text)
    expect(await authenticate.bearer(text)).toEqual(first)
    expect(first.credential).toEqual({ kind: 'access_token', hash })
    expect(read).toHaveBeenCalledTimes(1)
  })

  it('lends nothing to another text: one with a character replaced, left out or added is refused', async () => {
    const { authenticate } = counted()
    const { text } = token()
    await authenticate.bearer(text)
    for (let index = 4; index < text.length; index++) {
      const [before, after] = [text.slice(0, index), text.slice(index + 1)]
      for (const forged of [
        `${before}${text[index] === 'A' ? 'B' : 'A'}${after}`,
        before + after,
        `${before}A${text.slice(index)}`,
      ]) {
        await expect(authenticate.bearer(forged)).rejects.toMatchObject(invalid)
      }
    }
  })

  it('is remembered as what it is: a token is no session, a session no token', async () => {
    const { authenticate } = counted()
    const { text } = token()
    const session = credentials.issue('session', options.newId()).text
    await authenticate.bearer(text)
    authenticate.session(session)
    for (const forged of [text, text.slice(4)]) expect(() => authenticate.session(forged)).toThrow(AppError)
    await expect(authenticate.bearer(`plt_${session}`)).rejects.toMatchObject(invalid)
    await expect(authenticate.bearer(session)).rejects.toMatchObject(invalid)
  })

  it('is never remembered when it was refused', async () => {
    const { read, authenticate } = counted()
    for (let index = 0; index < 3; index++) {
      await expect(authenticate.bearer('plt_forged')).rejects.toMatchObject(invalid)
    }
    expect(read).toHaveBeenCalledTimes(3)
  })

  it('is refused by its next query all the same once it has expired or was revoked', async () => {
    const actor = await signedUp()
    const make = () => accounts.createAccessToken(actor, { name: 'x', expiresInDays: 7 })
    const [expiring, revoked] = [await make(), await make()]
    const signsIn = async (text: string) => isAlive(await accounts.authenticate.bearer(text))
    expect([await signsIn(expiring.text), await signsIn(revoked.text)]).toEqual([true, true])
    await accounts.revokeAccessToken(actor, revoked.token.id)
    expect([await signsIn(expiring.text), await signsIn(revoked.text)]).toEqual([true, false])
    clock.set(7 * DAY)
    expect(await signsIn(expiring.text)).toBe(false)
  })

  it('is one of ten thousand: the one that was unused longest is forgotten first', async () => {
    // Reading is made up here: ten thousand real ones would take seconds to issue.
    const read = vi.fn<typeof credentials.read>(() => ({ userId: options.newId(), hash: Buffer.alloc(32) }))
    const { authenticate } = slice.make({ credentials: { ...credentials, read } })
    await authenticate.bearer('plt_unused')
    await authenticate.bearer('plt_used')
    for (let n = 0; n < 9_998; n++) await authenticate.bearer(`plt_${n}`)
    await authenticate.bearer('plt_used')
    expect(read).toHaveBeenCalledTimes(10_000)
    await authenticate.bearer('plt_one too many')
    await authenticate.bearer('plt_used')
    expect(read).toHaveBeenCalledTimes(10_001)
    await authenticate.bearer('plt_unused')
    expect(read).toHaveBeenCalledTimes(10_002)
  })
})

describe('a person of an issuer', () => {
  const verified: VerifiedToken = {
    issuer: 'https://issuer.example/',
    subject: 'auth0|ada',
    name: 'Ada',
    email: 'Ada@Example.Test',
    expiresAt: new Date(T0.getTime() + 60_000),
  }
  /** Takes the token for the subject's name. */
  const tokens: TokenVerifier = {
    verify: async (token) => {
      if (token === 'bad') throw new AppError('identity.invalid')
      return { ...verified, subject: token }
    },
  }
  const withIssuer = () => slice.make({ tokens })

  it('gets an account at first sight, and the same one ever after, in every process', async () => {
    const first = await withIssuer().authenticate.bearer('auth0|first')
    expect(first).toEqual({ userId: expect.any(String), subject: 'auth0|first', expiresAt: verified.expiresAt })
    expect(await accounts.getMe(first)).toMatchObject({ name: 'Ada', email: 'ada@example.test', hasPassword: false })
    expect((await withIssuer().authenticate.bearer('auth0|first')).userId).toBe(first.userId)
  })

  it('gets one account when twenty requests come at once, in several processes', async () => {
    const processes = [withIssuer(), withIssuer(), withIssuer(), withIssuer()]
    const actors = await Promise.all(
      Array.from({ length: 20 }, (_, index) => processes[index % 4]!.authenticate.bearer('auth0|crowd')),
    )
    expect(new Set(actors.map(({ userId }) => userId)).size).toBe(1)
  })

  it('is looked up once in a process', async () => {
    const lookUps = vi.spyOn(options.stores.accounts, 'findOrAddBySubject')
    const { authenticate } = withIssuer()
    for (let index = 0; index < 5; index++) await authenticate.bearer('auth0|often')
    expect(lookUps).toHaveBeenCalledTimes(1)
    lookUps.mockRestore()
  })

  it('is another one under another subject, however alike', async () => {
    const { authenticate } = withIssuer()
    const subjects = ['auth0|x', 'auth0|X', 'auth0|x ', ' auth0|x', 'x'.repeat(255), '0'.repeat(36)]
    const ids = await Promise.all(subjects.map(async (subject) => (await authenticate.bearer(subject)).userId))
    expect(new Set(ids).size).toBe(subjects.length)
  })

  it('is called by the subject when the issuer tells no name, and long names are cut', async () => {
    const named = async (name: string | null, subject: string) => {
      const { authenticate } = slice.make({ tokens: { verify: async () => ({ ...verified, name, subject }) } })
      return (await accounts.getMe(await authenticate.bearer('token'))).name
    }
    expect(await named(null, 'auth0|nameless')).toBe('auth0|nameless')
    expect(await named('x'.repeat(500), 'auth0|long')).toBe('x'.repeat(100))
    expect(await named(`${'x'.repeat(99)}🔑`, 'auth0|cut')).toBe('x'.repeat(99))
    expect(await named(null, '   ')).toBe('   ')
  })

  it('is nobody when the token is bad or no issuer is configured', async () => {
    await expect(withIssuer().authenticate.bearer('bad')).rejects.toMatchObject(invalid)
    await expect(accounts.authenticate.bearer('auth0|ada')).rejects.toMatchObject(invalid)
  })

  it('is never found by one of our own tokens that is no good', async () => {
    await expect(withIssuer().authenticate.bearer('plt_auth0|ada')).rejects.toMatchObject(invalid)
  })
})

describe('a person', () => {
  it('changes what is given and leaves the rest', async () => {
    const actor = await signedUp()
    expect(await accounts.changeMe(actor, { name: ' Ada ' })).toMatchObject({ name: 'Ada', defaultModel: null })
    expect(await accounts.changeMe(actor, { defaultModel: 'demo' })).toMatchObject({
      name: 'Ada',
      defaultModel: 'demo',
    })
    expect(await accounts.changeMe(actor, {})).toMatchObject({ name: 'Ada', defaultModel: 'demo' })
    expect(await accounts.changeMe(actor, { defaultModel: null })).toMatchObject({ name: 'Ada', defaultModel: null })
    expect(await accounts.findPerson(actor.userId)).toEqual(await accounts.getMe(actor))
  })

  it('whose account is gone is nobody', async () => {
    const actor = await signedUp()
    await database.owner.query('delete from users where user_id = $1', [actor.userId])
    await expect(accounts.getMe(actor)).rejects.toMatchObject(invalid)
    await expect(accounts.getMe({ userId: actor.userId, subject: 'x' })).rejects.toMatchObject(invalid)
    expect(await accounts.findPerson(actor.userId)).toBeUndefined()
  })
})

describe('a provider key', () => {
  const storedFor = async (userId: string): Promise<string> =>
    (await database.owner.query('select sealed_key from provider_keys where user_id = $1', [userId])).rows[0]
      ?.sealed_key

  it('is saved, replaced, read for a reply and forgotten', async () => {
    const actor = await signedUp()
    expect(await accounts.hasProviderKey(actor)).toBe(false)
    expect(await accounts.readProviderKey(actor.userId)).toBeUndefined()
    await accounts.saveProviderKey(actor, 'sk-or-v1-one')
    await accounts.saveProviderKey(actor, 'sk-or-v1-two')
    expect(await accounts.hasProviderKey(actor)).toBe(true)
    expect(await accounts.getMe(actor)).toMatchObject({ hasApiKey: true })
    expect(await accounts.readProviderKey(actor.userId)).toBe('sk-or-v1-two')
    await accounts.deleteProviderKey(actor)
    await accounts.deleteProviderKey(actor)
    expect(await accounts.hasProviderKey(actor)).toBe(false)
  })

  it('is nowhere in the database as it was typed', async () => {
    const actor = await signedUp()
    await accounts.saveProviderKey(actor, 'sk-or-v1-canary-5e1f')
    expect(await storedFor(actor.userId)).not.toContain('canary')
    expect(Buffer.from((await storedFor(actor.userId)).split('.')[3]!, 'base64url').toString('latin1')).not.toContain(
      'canary',
    )
  })

  it('is of no use when it is moved to another person', async () => {
    const [ada, eve] = [await signedUp(), await signedUp()]
    await accounts.saveProviderKey(ada, 'sk-or-v1-ada')
    await accounts.saveProviderKey(eve, 'sk-or-v1-eve')
    const [ofAda, ofEve] = [await storedFor(ada.userId), await storedFor(eve.userId)]
    const put = (sealed: string, userId: string) =>
      database.owner.query('update provider_keys set sealed_key = $1 where user_id = $2', [sealed, userId])
    await put(ofAda, eve.userId)
    await put(ofEve, ada.userId)
    await expect(accounts.readProviderKey(eve.userId)).rejects.toMatchObject({ code: 'provider_key.unreadable' })
    await expect(accounts.readProviderKey(ada.userId)).rejects.toMatchObject({ code: 'provider_key.unreadable' })
    await put(ofAda, ada.userId)
    expect(await accounts.readProviderKey(ada.userId)).toBe('sk-or-v1-ada')
  })

  it('is seen and forgotten by its person only', async () => {
    const [ada, eve] = [await signedUp(), await signedUp()]
    await accounts.saveProviderKey(ada, 'sk-or-v1-ada')
    expect(await accounts.hasProviderKey(eve)).toBe(false)
    await accounts.deleteProviderKey(eve)
    expect(await accounts.readProviderKey(ada.userId)).toBe('sk-or-v1-ada')
  })

  it('survives a change of the secret key, is sealed anew once, and what cannot be opened is left alone', async () => {
    const fresh = await openAccounts()
    const people: Actor[] = []
    for (let index = 0; index < 250; index++) {
      const userId = options.newId()
      people.push({ userId, subject: userId })
    }
    await fresh.database.owner.query(
      `insert into users (user_id, name, created_at) select unnest($1::uuid[]), 'x', now()`,
      [people.map(({ userId }) => userId)],
    )
    for (const [index, actor] of people.entries()) await fresh.accounts.saveProviderKey(actor, `sk-or-${index}`)
    await fresh.database.owner.query(`update provider_keys set sealed_key = 'v1.lost.x.y' where user_id = $1`, [
      people[7]!.userId,
    ])

    const next = newSecretKey()
    const during = fresh.make({ box: secretBox(keyring(next, [SECRET_KEY]), 'provider-key') })
    const after = fresh.make({ box: secretBox(keyring(next), 'provider-key') })
    expect(await during.readProviderKey(people[3]!.userId)).toBe('sk-or-3')
    expect(await during.rotateProviderKeys()).toEqual({ resealed: 249, unreadable: 1 })
    expect(await during.rotateProviderKeys()).toEqual({ resealed: 0, unreadable: 1 })
    for (const [index, { userId }] of people.entries()) {
      if (index !== 7) expect(await after.readProviderKey(userId)).toBe(`sk-or-${index}`)
    }
    await expect(after.readProviderKey(people[7]!.userId)).rejects.toMatchObject({ code: 'provider_key.unreadable' })
    await fresh.close()
  })

  it('that its person saves while keys are being sealed anew is not overwritten', async () => {
    const actor = await signedUp()
    await accounts.saveProviderKey(actor, 'sk-or-v1-old')
    const [seen] = await options.stores.providerKeys
      .listSealedOtherwise('none', 1000, undefined)
      .then((all) => all.filter(({ userId }) => userId === actor.userId))
    await accounts.saveProviderKey(actor, 'sk-or-v1-new')
    await options.stores.providerKeys.reseal(seen!, 'v1.something.else.x')
    expect(await accounts.readProviderKey(actor.userId)).toBe('sk-or-v1-new')
  })
})
