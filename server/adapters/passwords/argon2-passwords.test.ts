import { describe, expect, it } from 'vitest'
import { argon2Passwords } from './index.ts'

/** Small, so that a suite stays quick; the defaults are tested by what they write. */
const quick = { memory: 64, passes: 1 }
const passwords = argon2Passwords(quick)

describe('a password hash', () => {
  it('is a PHC string with the parameters that OWASP names', async () => {
    expect(await argon2Passwords().hash('correct horse')).toMatch(
      /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    )
  })

  it('is verified as the reference implementation made it', async () => {
    // phc-winner-argon2, src/test.c
    const made = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
    expect(await passwords.verify('password', made)).toBe('right')
    expect(await passwords.verify('Password', made)).toBe('wrong')
  })

  it('is different for the same password', async () => {
    expect(await passwords.hash('correct horse')).not.toBe(await passwords.hash('correct horse'))
  })

  it.each(['correct horse', '', ' leading', 'пароль', '🐴🔋', 'x'.repeat(200), 'nul\u0000inside'])(
    'is verified with its own password and no other: %j',
    async (password) => {
      const hash = await passwords.hash(password)
      expect(await passwords.verify(password, hash)).toBe('right')
      expect(await passwords.verify(`${password}x`, hash)).toBe('wrong')
      expect(await passwords.verify(`${password}\u0000`, hash)).toBe('wrong')
    },
  )

  it('is the same however a keyboard spells a letter (NFKC)', async () => {
    expect(await passwords.verify('cafe\u0301', await passwords.hash('caf\u00e9'))).toBe('right')
    expect(await passwords.verify('ﬁve', await passwords.hash('five'))).toBe('right')
  })

  it('is outdated when its parameters were weaker than today’s, and not when they were stronger', async () => {
    const hash = await passwords.hash('correct horse')
    expect(await argon2Passwords({ ...quick, memory: 128 }).verify('correct horse', hash)).toBe('outdated')
    expect(await argon2Passwords({ ...quick, passes: 2 }).verify('correct horse', hash)).toBe('outdated')
    expect(await argon2Passwords({ ...quick, memory: 32 }).verify('correct horse', hash)).toBe('right')
    expect(await argon2Passwords({ ...quick, memory: 128 }).verify('wrong horse', hash)).toBe('wrong')
  })

  it.each([
    '',
    'plain',
    '$2b$10$abcdefghijklmnopqrstuv',
    '$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q',
  ])('that is none of ours is an error, never a match: %j', async (hash) => {
    await expect(passwords.verify('', hash)).rejects.toThrow('PHC')
  })
})

it('never matches where nobody has a password', async () => {
  expect(await passwords.verify('correct horse', null)).toBe('wrong')
})

it('gives as many places as configured, lets others wait in order, and sends the rest away', async () => {
  const crowded = argon2Passwords({ ...quick, atOnce: 1, waiting: 2 })
  const order: number[] = []
  const hashing = (id: number) => crowded.hash('x').then(() => order.push(id))
  const accepted = [hashing(1), hashing(2), hashing(3)]
  await expect(crowded.hash('x')).rejects.toMatchObject({ code: 'request.rate_limited', retryAfterSeconds: 5 })
  await Promise.all(accepted)
  expect(order).toEqual([1, 2, 3])
  expect(await crowded.verify('x', await crowded.hash('x'))).toBe('right')
})

it('gives its place back after a failure', async () => {
  const single = argon2Passwords({ ...quick, atOnce: 1, waiting: 0 })
  // Four lanes need at least 32 KiB: this hash asks for what argon2 refuses.
  await expect(single.verify('x', '$argon2id$v=19$m=8,t=1,p=4$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q')).rejects.toThrow()
  expect(await single.verify('x', await single.hash('x'))).toBe('right')
})
