import { OAuth2Server } from 'oauth2-mock-server'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { defaultJwksUrl, jwtVerifier } from './index.ts'
import {
  type Algorithm,
  hmacToken,
  listen,
  type Listener,
  newSigningKey,
  publishing,
  signedToken,
  type SigningKey,
  unsignedToken,
} from './issuer.fixture.ts'

const ISSUER = 'https://issuer.example/'
const AUDIENCE = 'https://parlance.example'
const T0 = Date.parse('2026-03-04T05:06:07.000Z')
const SECONDS = T0 / 1000

let now = T0
const clock = { now: () => new Date(now) }
const refused = { code: 'identity.invalid' }

const claims = (changes: Record<string, unknown> = {}) => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'auth0|ada',
  iat: SECONDS,
  exp: SECONDS + 3600,
  ...changes,
})

const rsa = newSigningKey('RS256', 'rsa-1')
const ec = newSigningKey('ES256', 'ec-1')
const ed = newSigningKey('EdDSA', 'ed-1')
const headerOf = (key: SigningKey, more: Record<string, unknown> = {}) => ({
  alg: key.alg,
  kid: key.kid,
  typ: 'JWT',
  ...more,
})

let jwks: Listener
/** Counts who follows an address that a token names. */
let trap: Listener
beforeAll(async () => {
  jwks = await listen(publishing([rsa, ec, ed]))
  trap = await listen(publishing([rsa]))
})
afterAll(async () => {
  await jwks.stop()
  await trap.stop()
})
afterEach(() => {
  now = T0
})

const verifierAt = (url: string, onProblem?: (error: unknown) => void) =>
  jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUrl: url, clock, ...(onProblem ? { onProblem } : {}) })
const verify = (token: string) => verifierAt(jwks.url).verify(token)

describe('a token of the issuer', () => {
  it.each([rsa, ec, ed])('is accepted when signed with $alg', async (key) => {
    expect(await verify(signedToken(key, claims()))).toEqual({
      issuer: ISSUER,
      subject: 'auth0|ada',
      name: null,
      email: null,
      expiresAt: new Date(T0 + 3660_000),
    })
  })

  it('is accepted with an audience among several', async () => {
    const token = signedToken(rsa, claims({ aud: ['https://other.example', AUDIENCE] }))
    expect(await verify(token)).toMatchObject({ subject: 'auth0|ada' })
  })

  it.each(['JWT', 'jwt', 'at+jwt', 'application/at+jwt', undefined])('is accepted with the type %s', async (typ) => {
    expect(await verify(signedToken(rsa, claims(), { alg: 'RS256', kid: rsa.kid, typ }))).toMatchObject({
      issuer: ISSUER,
    })
  })

  it('says what the issuer calls the person: the name, else the e-mail address, else the nickname', async () => {
    const named = (more: object) => verify(signedToken(rsa, claims({ ...more })))
    expect(await named({ name: 'Ada', email: 'ada@example.test' })).toMatchObject({
      name: 'Ada',
      email: 'ada@example.test',
    })
    expect(await named({ name: ' ', email: 'ada@example.test' })).toMatchObject({ name: 'ada@example.test' })
    expect(await named({ name: { first: 'Ada' }, nickname: 'countess' })).toMatchObject({
      name: 'countess',
      email: null,
    })
    expect(await named({ name: 'nul\u0000', email: 7 })).toMatchObject({ name: null, email: null })
  })
})

describe('a token is refused', () => {
  it.each(['none', 'None', 'nOnE', 'NONE', ''])('that claims to need no signature: alg %j', async (alg) => {
    const [, , signature] = signedToken(rsa, claims()).split('.')
    await expect(verify(unsignedToken(claims(), { alg, kid: rsa.kid }))).rejects.toMatchObject(refused)
    await expect(verify(unsignedToken(claims(), { alg, kid: rsa.kid }, signature))).rejects.toMatchObject(refused)
  })

  it('that is signed by HMAC with the public key, in any of its encodings', async () => {
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' })
    const pkcs1 = rsa.publicKey.export({ type: 'pkcs1', format: 'pem' })
    const secrets: (string | Buffer)[] = [
      pem,
      pem.trim(),
      ` ${pem}`,
      `\n${pem}`,
      pem.replaceAll('\n', '\r\n'),
      pem.replaceAll(/-----.*-----|\n/g, ''),
      pkcs1,
      pkcs1.trim(),
      rsa.publicKey.export({ type: 'spki', format: 'der' }),
      rsa.publicKey.export({ type: 'pkcs1', format: 'der' }),
      JSON.stringify(rsa.jwk),
      JSON.stringify({ keys: [rsa.jwk] }),
      rsa.jwk.n!,
      Buffer.from(rsa.jwk.n!, 'base64url'),
      '',
    ]
    for (const secret of secrets) {
      for (const alg of ['HS256', 'RS256', 'hs256']) {
        const token = hmacToken(secret, claims(), { alg, kid: rsa.kid, typ: 'JWT' })
        await expect(verify(token)).rejects.toMatchObject(refused)
      }
    }
  })

  it.each([
    'RS384',
    'RS512',
    'PS256',
    'ES384',
    'ES512',
    'ES256K',
    'Ed25519',
    'HS256',
    'rs256',
    'RS256 ',
    'RSA-OAEP',
    256,
    null,
    undefined,
  ])('with an algorithm that is not on the list: %j', async (alg) => {
    await expect(verify(signedToken(rsa, claims(), { alg, kid: rsa.kid }))).rejects.toMatchObject(refused)
  })

  it('whose algorithm is not the one of its key', async () => {
    await expect(verify(signedToken(rsa, claims(), headerOf(ec, { kid: rsa.kid })))).rejects.toMatchObject(refused)
    await expect(verify(signedToken(ec, claims(), headerOf(rsa, { kid: ec.kid })))).rejects.toMatchObject(refused)
    await expect(verify(signedToken(ed, claims(), headerOf(ec)))).rejects.toMatchObject(refused)
  })

  it('that brings its own key or says where to fetch one, and nobody goes there', async () => {
    const own = newSigningKey('RS256', 'own')
    trap.answer = publishing([own])
    for (const kid of [rsa.kid, own.kid, undefined]) {
      for (const more of [
        { jku: `${trap.url}/jwks.json` },
        { x5u: `${trap.url}/cert.pem` },
        { jwk: own.jwk },
        { jku: `${trap.url}/jwks.json`, jwk: own.jwk, x5u: trap.url },
        { x5c: [own.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] },
        { kid: `${trap.url}/jwks.json` },
        { kid: '../../../../dev/null' },
        { kid: "' or 1=1 --" },
      ]) {
        const token = signedToken(own, claims(), { alg: 'RS256', typ: 'JWT', kid, ...more })
        await expect(verify(token)).rejects.toMatchObject(refused)
      }
    }
    expect(trap.hits).toBe(0)
  })

  it.each([
    { crit: ['exp'] },
    { crit: ['b64'], b64: true },
    { crit: ['b64'], b64: false },
    { crit: ['https://example.test/unknown'], 'https://example.test/unknown': true },
    { crit: [] },
    { crit: null },
    { b64: false },
    { b64: true },
  ])('that wants something unknown understood: %j', async (more) => {
    await expect(verify(signedToken(rsa, claims(), headerOf(rsa, more)))).rejects.toMatchObject(refused)
  })

  it.each(['JWE', 'dpop+jwt', 'logout+jwt', 'secevent+jwt', 'application/json', '', 7, null, ['JWT']])(
    'that is of another type: %j',
    async (typ) => {
      await expect(verify(signedToken(rsa, claims(), headerOf(rsa, { typ })))).rejects.toMatchObject(refused)
    },
  )

  it.each([7, null, ['rsa-1'], { a: 1 }, '', 'rsa-2', 'RSA-1', 'rsa-1 '])(
    'whose key id is none of ours: %j',
    async (kid) => {
      await expect(verify(signedToken(rsa, claims(), headerOf(rsa, { kid })))).rejects.toMatchObject(refused)
    },
  )

  it.each([
    ['another issuer', { iss: 'https://evil.example/' }],
    ['an issuer that only begins like ours', { iss: `${ISSUER}evil` }],
    ['ours without its slash', { iss: ISSUER.slice(0, -1) }],
    ['ours in capitals', { iss: ISSUER.toUpperCase() }],
    ['a list of issuers', { iss: [ISSUER] }],
    ['no issuer', { iss: undefined }],
    ['another audience: an ID token is for its client', { aud: 'client-id-of-the-page' }],
    ['an audience that only contains ours', { aud: `${AUDIENCE}.evil.example` }],
    ['several other audiences', { aud: ['a', 'b'] }],
    ['an empty list of audiences', { aud: [] }],
    ['a nested list of audiences', { aud: [[AUDIENCE]] }],
    ['an audience that is an object', { aud: { 0: AUDIENCE } }],
    ['no audience', { aud: undefined }],
    ['an expiry as text', { exp: String(SECONDS + 3600) }],
    ['an expiry that is no number', { exp: null }],
    ['an expiry in a list', { exp: [SECONDS + 3600] }],
    ['no expiry', { exp: undefined }],
    ['a beginning as text', { nbf: String(SECONDS) }],
    ['a beginning in the future', { nbf: SECONDS + 61 }],
    ['an empty subject', { sub: '' }],
    ['a number as subject', { sub: 42 }],
    ['a subject of 256 characters', { sub: 'x'.repeat(256) }],
    ['a subject of 5 kB', { sub: 'x'.repeat(5000) }],
    ['a subject of 10 kB', { sub: 'x'.repeat(10_240) }],
    ['a subject that cannot be stored', { sub: 'a\u0000b' }],
    ['half a character as subject', { sub: 'a\ud800' }],
    ['a list as subject', { sub: ['auth0|ada'] }],
    ['no subject', { sub: undefined }],
  ])('with %s', async (_, changes) => {
    await expect(verify(signedToken(rsa, claims(changes)))).rejects.toMatchObject(refused)
  })

  it('with a key that occurs twice, in the header or in the payload', async () => {
    const header = JSON.stringify(headerOf(rsa))
    const payload = JSON.stringify(claims())
    const more = (text: string, extra: string) => `${text.slice(0, -1)},${extra}}`
    // The same tokens without the twin are good.
    await expect(verify(signedToken(rsa, more(payload, '"x":{"a":[{"b":":"}]}'), header))).resolves.toBeDefined()
    for (const [writtenHeader, writtenPayload] of [
      [more(header, '"alg":"none"'), payload],
      [`{"alg":"none",${header.slice(1)}`, payload],
      [header, more(payload, '"sub":"auth0|eve"')],
      [header, more(payload, '"s\\u0075b":"auth0|eve"')],
      [header, more(payload, '"x":{"a":1,"a":2}')],
    ] as const) {
      await expect(verify(signedToken(rsa, writtenPayload, writtenHeader))).rejects.toMatchObject(refused)
    }
  })

  it.each(['', '[]', 'null', '"text"', '7', '{', '\ufeff{}', '{"a":1}x'])(
    'whose payload is no object: %j',
    async (payload) => {
      await expect(verify(signedToken(rsa, payload))).rejects.toMatchObject(refused)
      await expect(verify(signedToken(rsa, claims(), payload || ' '))).rejects.toMatchObject(refused)
    },
  )

  it('in any other spelling of the same bytes', async () => {
    const token = signedToken(rsa, claims({ pad: 'ab' }))
    const [header, payload, signature] = token.split('.') as [string, string, string]
    const spare = (part: string) => part.slice(0, -1) + String.fromCharCode(part.charCodeAt(part.length - 1) + 1)
    const spellings = [
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}==.${signature}`,
      `${header}.${payload}.${signature}=`,
      `${header}.${payload}.${signature}==`,
      `${header}.${payload}.${spare(signature)}`,
      `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}+`,
      `${header}.${payload}.${signature}\n`,
      ` ${token}`,
      `${token} `,
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `.${payload}.${signature}`,
      `${header}..${signature}`,
      `${token}.`,
      `${token}.${signature}`,
      `${header}.${payload}.${signature}.${signature}.${signature}`,
      '..',
      '',
      'x',
    ]
    await expect(verify(token)).resolves.toBeDefined()
    for (const spelling of spellings) await expect(verify(spelling)).rejects.toMatchObject(refused)
  })

  it.each([rsa, ec, ed])('with any single bit flipped ($alg)', async (key) => {
    const token = signedToken(key, claims())
    const verifier = verifierAt(jwks.url)
    await verifier.verify(token)
    const parts = token.split('.').map((part) => Buffer.from(part, 'base64url'))
    let accepted = 0
    let tried = 0
    for (const [index, part] of parts.entries()) {
      // All bits of header and payload; of a signature every fourth, to stay quick with RSA's 2,048.
      for (let bit = 0; bit < part.length * 8; bit += index === 2 && key.alg === 'RS256' ? 4 : 1) {
        const flipped = Buffer.from(part)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        const forged = parts
          .with(index, flipped)
          .map((each) => each.toString('base64url'))
          .join('.')
        tried++
        await verifier.verify(forged).then(
          () => accepted++,
          () => {},
        )
      }
    }
    expect(tried).toBeGreaterThan(1000)
    expect(accepted).toBe(0)
  })

  it('of more than 8 kB, and one of a megabyte at once', async () => {
    const padded = (length: number) => signedToken(rsa, claims({ pad: 'x'.repeat(length) }))
    expect(padded(5000).length).toBeLessThan(8192)
    await expect(verify(padded(5000))).resolves.toBeDefined()
    expect(padded(6000).length).toBeGreaterThan(8192)
    await expect(verify(padded(6000))).rejects.toMatchObject(refused)
    await expect(verify(padded(1_000_000))).rejects.toMatchObject(refused)
    await expect(verify('.'.repeat(1_000_000))).rejects.toMatchObject(refused)
  })

  it('that a stranger signed under the id of a known key', async () => {
    const stranger = newSigningKey('RS256', rsa.kid)
    await expect(verify(signedToken(stranger, claims()))).rejects.toMatchObject(refused)
  })

  it('without a key id when more than one key could be meant', async () => {
    const two = await listen(publishing([rsa, newSigningKey('RS256'), ec]))
    const verifier = verifierAt(two.url)
    await expect(verifier.verify(signedToken(rsa, claims(), { alg: 'RS256' }))).rejects.toMatchObject(refused)
    await expect(verifier.verify(signedToken(ec, claims(), { alg: 'ES256' }))).resolves.toBeDefined()
    await two.stop()
  })
})

describe('time', () => {
  it('may differ by a minute between the issuer and us, and not by more', async () => {
    const token = signedToken(rsa, claims({ nbf: SECONDS }))
    const verifier = verifierAt(jwks.url)
    now = T0 + (3600 + 59) * 1000
    await expect(verifier.verify(token)).resolves.toBeDefined()
    now = T0 + (3600 + 60) * 1000
    await expect(verifier.verify(token)).rejects.toMatchObject(refused)
    now = T0 - 60_000
    await expect(verifier.verify(token)).resolves.toBeDefined()
    now = T0 - 61_000
    await expect(verifier.verify(token)).rejects.toMatchObject(refused)
  })

  it.each(['1e999', '8640000000001', '9007199254740993'])(
    'may have no end that a date can hold: exp %s',
    async (exp) => {
      const payload = JSON.stringify(claims()).replace(/"exp":\d+/, `"exp":${exp}`)
      expect((await verify(signedToken(rsa, payload))).expiresAt).toEqual(new Date(8.64e15))
    },
  )
})

describe('the keys of the issuer', () => {
  const publish = async (...keys: SigningKey[]) => listen(publishing(keys))
  const tokenOf = (key: SigningKey) => signedToken(key, claims({ exp: SECONDS + 1_000_000 }))

  it('are looked for at the well-known address unless another one is configured', () => {
    expect(defaultJwksUrl('https://issuer.example')).toBe('https://issuer.example/.well-known/jwks.json')
    expect(defaultJwksUrl('https://issuer.example/')).toBe('https://issuer.example/.well-known/jwks.json')
    expect(defaultJwksUrl('https://a.example/auth/v1/')).toBe('https://a.example/auth/v1/.well-known/jwks.json')
  })

  it('are fetched once for many tokens, even when those come at the same time', async () => {
    const server = await publish(rsa)
    const verifier = verifierAt(server.url)
    await Promise.all(Array.from({ length: 50 }, () => verifier.verify(tokenOf(rsa))))
    await verifier.verify(tokenOf(rsa))
    expect(server.hits).toBe(1)
    await server.stop()
  })

  it('are not fetched for a token that cannot be good whatever the keys are', async () => {
    const server = await publish(rsa)
    const verifier = verifierAt(server.url)
    for (const token of [
      unsignedToken(claims(), { alg: 'none' }),
      signedToken(rsa, claims({ iss: 'https://evil.example/' })),
      signedToken(rsa, claims(), headerOf(rsa, { crit: ['x'] })),
      'not.a.jwt',
    ]) {
      await expect(verifier.verify(token)).rejects.toMatchObject(refused)
    }
    expect(server.hits).toBe(0)
    await server.stop()
  })

  it('are fetched again for a new key id: the new key works at once, the old one until it is withdrawn', async () => {
    const server = await publish(rsa)
    const verifier = verifierAt(server.url)
    await verifier.verify(tokenOf(rsa))
    const next = newSigningKey('RS256', 'rsa-2')
    server.answer = publishing([next, rsa])
    now += 30_000
    await expect(verifier.verify(tokenOf(next))).resolves.toBeDefined()
    await expect(verifier.verify(tokenOf(rsa))).resolves.toBeDefined()
    expect(server.hits).toBe(2)
    await server.stop()
  })

  it('are fetched at most once in 30 seconds, however many key ids are made up', async () => {
    const server = await publish(rsa)
    const verifier = verifierAt(server.url)
    await verifier.verify(tokenOf(rsa))
    now += 30_000
    const before = server.hits
    const madeUp = (id: number) => verifier.verify(signedToken(rsa, claims(), headerOf(rsa, { kid: `made-up-${id}` })))
    const outcomes = await Promise.allSettled(Array.from({ length: 1000 }, (_, id) => madeUp(id)))
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    expect(server.hits - before).toBe(1)
    now += 29_999
    await expect(madeUp(1001)).rejects.toMatchObject(refused)
    expect(server.hits - before).toBe(1)
    await server.stop()
  })

  it('go on working while the issuer is away: a known key verifies, an unknown one is refused', async () => {
    const server = await publish(rsa)
    const problems: unknown[] = []
    const verifier = verifierAt(server.url, (error) => problems.push(error))
    await verifier.verify(tokenOf(rsa))
    await server.stop()
    for (const minutes of [1, 9, 11, 60, 23 * 60]) {
      now = T0 + minutes * 60_000
      await expect(verifier.verify(tokenOf(rsa))).resolves.toBeDefined()
      await expect(verifier.verify(signedToken(ec, claims({ exp: SECONDS + 1e6 })))).rejects.toMatchObject(refused)
    }
    expect(problems.length).toBeGreaterThan(0)
  })

  it('are not trusted for longer than a day without word from the issuer', async () => {
    const server = await publish(rsa)
    const verifier = verifierAt(server.url)
    await verifier.verify(tokenOf(rsa))
    await server.stop()
    now = T0 + 24 * 3600_000 + 1
    await expect(verifier.verify(tokenOf(rsa))).rejects.toMatchObject({ code: 'identity.unverifiable' })
  })

  it('stop working when the issuer withdraws them', async () => {
    const server = await publish(rsa, ec)
    const verifier = verifierAt(server.url)
    await verifier.verify(tokenOf(rsa))
    server.answer = publishing([ec])
    now = T0 + 600_001
    await vi.waitFor(async () => {
      await expect(verifier.verify(tokenOf(rsa))).rejects.toMatchObject(refused)
    }, 10_000)
    await expect(verifier.verify(tokenOf(ec))).resolves.toBeDefined()
    expect(server.hits).toBe(2)
    await server.stop()
  })

  it('that never came are asked for again after five seconds; until then nobody can be verified', async () => {
    const server = await listen((_request, response) => response.writeHead(500).end())
    const verifier = verifierAt(server.url)
    const unverifiable = { code: 'identity.unverifiable', retryable: true }
    await expect(verifier.verify(tokenOf(rsa))).rejects.toMatchObject(unverifiable)
    server.answer = publishing([rsa])
    now += 4_999
    await expect(verifier.verify(tokenOf(rsa))).rejects.toMatchObject(unverifiable)
    expect(server.hits).toBe(1)
    now += 1
    await expect(verifier.verify(tokenOf(rsa))).resolves.toBeDefined()
    await server.stop()
  })

  it.each<[string, Listener['answer']]>([
    ['HTML', (_request, response) => response.end('<html>')],
    ['keys that are no list', (_request, response) => response.end('{"keys":{}}')],
    ['nothing', (_request, response) => response.end()],
    ['more than half a megabyte', (_request, response) => response.end(`{"keys":[],"x":"${'x'.repeat(600_000)}"}`)],
    ['a broken connection', (_request, response) => response.destroy()],
  ])('cannot be read from %s', async (_, answer) => {
    const server = await listen(answer)
    await expect(verifierAt(server.url).verify(tokenOf(rsa))).rejects.toMatchObject({ code: 'identity.unverifiable' })
    await server.stop()
  })

  it('are not fetched from where the configured address redirects to', async () => {
    const elsewhere = await publish(rsa)
    const server = await listen((_request, response) => response.writeHead(302, { location: elsewhere.url }).end())
    await expect(verifierAt(server.url).verify(tokenOf(rsa))).rejects.toMatchObject({ code: 'identity.unverifiable' })
    expect(elsewhere.hits).toBe(0)
    await Promise.all([server.stop(), elsewhere.stop()])
  })

  it('are waited for two seconds at most', async () => {
    const server = await listen(() => {})
    const begin = performance.now()
    await expect(verifierAt(server.url).verify(tokenOf(rsa))).rejects.toMatchObject({ code: 'identity.unverifiable' })
    expect(performance.now() - begin).toBeLessThan(3000)
    await server.stop()
  })

  it('that are secret have no business in a JWKS, and are not used', async () => {
    const secret = Buffer.from('a-shared-secret-of-the-issuer-0000')
    const oct = { kty: 'oct', kid: 'oct-1', k: secret.toString('base64url'), alg: 'HS256' }
    const server = await listen((_request, response) => response.end(JSON.stringify({ keys: [oct, rsa.jwk] })))
    const token = hmacToken(secret, claims(), { alg: 'HS256', kid: 'oct-1' })
    await expect(verifierAt(server.url).verify(token)).rejects.toMatchObject(refused)
    await expect(verifierAt(server.url).verify(tokenOf(rsa))).resolves.toBeDefined()
    await server.stop()
  })
})

describe('an independent issuer (oauth2-mock-server)', () => {
  const server = new OAuth2Server()
  beforeAll(async () => {
    await server.start(0, '127.0.0.1')
  })
  afterAll(() => server.stop())

  it.each<Algorithm>(['RS256', 'ES256', 'EdDSA'])('is understood when it signs with %s', async (alg) => {
    const { kid } = await server.issuer.keys.generate(alg)
    const issuer = server.issuer.url!
    const token = await server.issuer.buildToken({
      kid,
      scopesOrTransform: (_header, payload) => Object.assign(payload, { sub: 'ada', aud: 'parlance' }),
    })
    const options = { issuer, audience: 'parlance', jwksUrl: `${issuer}/jwks`, clock: { now: () => new Date() } }
    expect(await jwtVerifier(options).verify(token)).toMatchObject({ issuer, subject: 'ada' })
    await expect(jwtVerifier({ ...options, audience: 'somebody-else' }).verify(token)).rejects.toMatchObject(refused)
  })
})
