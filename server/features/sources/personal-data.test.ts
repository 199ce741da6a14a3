/** What tells of persons is found, by published examples of each kind; what only looks like it stays; and hostile texts take no longer. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guessCountry } from './find-contacts.ts'
import { findPersonalData, type Hints } from './personal-data.ts'

const sureIn = (text: string, hints: Partial<Hints> = {}) =>
  findPersonalData(text, { names: [], ...hints })
    .filter(({ confidence }) => confidence >= 0.5)
    .map(({ kind, start, end }) => [kind, text.slice(start, end)])

describe('e-mail addresses', () => {
  it.each([
    ['Write to ada@example.org.', 'ada@example.org'],
    ['<Ada.Lovelace+tag@mail.example.co.uk>', 'Ada.Lovelace+tag@mail.example.co.uk'],
    ['mailto:o\u2019neill@example.org, or', 'neill@example.org'],
    ['用户@例子.广告 is one', '用户@例子.广告'],
    ['user@xn--fsq.xn--0zwm56d!', 'user@xn--fsq.xn--0zwm56d'],
  ])('are found in %j', (text, address) => expect(sureIn(text)).toEqual([['email', address]]))

  it.each([
    'Hello @ada, how are you?',
    'npm install react@18.2.0',
    'lib@2.0.0-alpha.beta',
    'a@b',
    'root@localhost',
    '5 apples @ 3.50 each',
  ])('are not seen in %j', (text) => expect(sureIn(text)).toEqual([]))
})

describe('payment cards', () => {
  it.each([
    // Numbers that payment processors publish for tests.
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '4111111111111111',
    '5555555555554444',
    '2223003122003222',
    '378282246310005',
    '3782 822463 10005',
    '6011111111111117',
    '3056 930902 5904',
    '3530111333300000',
    '6200000000000005',
  ])('are found: %s', (card) => expect(sureIn(`My card is ${card}, thanks`)).toEqual([['card', card]]))

  it('are found before the month in which they end', () =>
    expect(sureIn('4111 1111 1111 1111 12/27')).toEqual([['card', '4111 1111 1111 1111']]))

  it.each([
    ['with one digit changed', '4111 1111 1111 1112'],
    ['that no issuer gives out', '9999999999999995'],
    ['of the wrong length', '411111111111116'],
    ['inside a longer number', '14111111111111111'],
    ['inside a word', 'ref4111111111111111'],
    ['in other groups', '41111 11111 11111 1'],
  ])('are not seen in a number %s', (_, number) => expect(sureIn(`My card is ${number}, thanks`)).toEqual([]))
})

describe('bank accounts', () => {
  it.each([
    // From the IBAN registry.
    'GB82 WEST 1234 5698 7654 32',
    'DE89370400440532013000',
    'FR14 2004 1010 0505 0001 3M02 606',
    'NO93 8601 1117 947',
    'MT84 MALT 0110 0001 2345 MTLC AST0 01S',
    'nl91abna0417164300',
  ])('are found: %s', (iban) => expect(sureIn(`Pay to ${iban} today`)).toEqual([['iban', iban]]))

  it.each(['GB82 WEST 1234 5698 7654 33', 'DE8937040044053201300', 'ZZ89370400440532013000'])(
    'are not seen in %s',
    (text) => expect(sureIn(`Pay to ${text} today`).filter(([kind]) => kind === 'iban')).toEqual([]),
  )
})

describe('phone numbers', () => {
  it.each([
    ['+44 20 7946 0958', undefined],
    ['+49 (0)30 901820', undefined],
    ['+1 415-555-2671', undefined],
    ['0049 30 901820', undefined],
    ['+84 912 345 678', undefined],
    ['0912 345 678', 'VN'],
    ['0912.345.678', 'VN'],
    ['(415) 555-2671', 'US'],
    ['030 901820', 'DE'],
    ['06 12 34 56 78', 'FR'],
  ])('are found: %s in %s', (phone, country) =>
    expect(sureIn(`You reach me at ${phone} after six.`, { country })).toEqual([['phone', phone]]),
  )

  it('are found without separators where something says what they are', () =>
    expect(sureIn('Điện thoại: 0912345678. Phone no. 4155552671', { country: 'US' })).toEqual([
      ['phone', '4155552671'],
    ]))

  it.each([
    'on 2026-11-21, or 21.11.2026, or 11/21/2026',
    'Invoice 4155552671 is due',
    'Rechnung Nr. 030901820',
    'INV-2023-1145-2671',
    'order #415-555-2671',
    'ISBN 978-3-16-148410-0',
    'version 10.15.7',
    'from 1999-2003 and 2004-2010',
    'it costs 1,415,555.26',
    'pi is 3.14159265358979',
    '192.0.2.44',
    'commit 4155552671abc',
  ])('are not seen in %j', (text) =>
    expect(sureIn(text, { country: 'US' }).filter(([kind]) => kind === 'phone')).toEqual([]),
  )

  it('mean the same however they are spelled', () => {
    const found = findPersonalData('+84 912 345 678, 0912.345.678 and 0084912345678', { names: [], country: 'VN' })
    expect(new Set(found.map(({ value }) => value))).toEqual(new Set(['+84912345678']))
    expect(found).toHaveLength(3)
  })

  it('are from where the conversation seems to be', () => {
    expect(guessCountry(['Hello', 'Call +49 30 901820'])).toBe('DE')
    expect(guessCountry(['Tôi muốn hỏi về khoản vay'])).toBe('VN')
    expect(guessCountry(['Where was I?'])).toBeUndefined()
  })
})

describe('keys and passwords', () => {
  it.each([
    'sk-or-v1-0123456789abcdef0123456789abcdef',
    'sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWx',
    'sk_live_4eC39HqLyjWDarjtT1zdp7dc',
    'AKIAIOSFODNN7EXAMPLE',
    'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
    'glpat-abcDEF1234567890wxyz',
    'xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy',
    'AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe',
    'hf_abcdefghijklmnopqrstuvwxyzABCDEFGH',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
  ])('are found by how they are marked: %s', (key) => expect(sureIn(`use ${key} here`)).toEqual([['secret', key]]))

  it.each([
    ['password: hunter2', 'hunter2'],
    ['My password is Tr0ub4dor&3.', 'Tr0ub4dor&3'],
    ['mật khẩu là abc@12345', 'abc@12345'],
    ['API_KEY="8f14e45fceea167a5a36dedd4bea2543"', '8f14e45fceea167a5a36dedd4bea2543'],
    ['Authorization: Bearer abc123def456', 'abc123def456'],
    ['https://example.org/x?token=a1b2c3d4e5&x=1', 'a1b2c3d4e5'],
  ])('are found by what stands before them: %s', (text, secret) => expect(sureIn(text)).toEqual([['secret', secret]]))

  it('are found by how random they are', () => {
    const key = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY9'
    expect(sureIn(`aws ${key} end`)).toEqual([['secret', key]])
  })

  it('are found whole when they are private keys', () => {
    const key = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEpAIBAAKCAQEA\n'.repeat(20)}-----END RSA PRIVATE KEY-----`
    expect(sureIn(`Here: ${key} bye`)).toEqual([['secret', key]])
  })

  it.each([
    'password: required',
    'The password is wrong',
    'password: <your password here>',
    'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '123e4567-e89b-12d3-a456-426614174000',
    'aVeryLongCamelCaseIdentifierThatGoesOnAndOn',
    'the-quick-brown-fox-jumps-over-the-lazy-dog',
    'https://example.org/docs/AbCdEfGhIj1234567890KlMnOpQrStUv',
  ])('are not seen in %j', (text) => expect(sureIn(text)).toEqual([]))

  it('of a URL are found without the URL', () =>
    expect(sureIn('clone https://ada:s3cret@git.example.org/x.git')).toEqual([['url', 'ada:s3cret']]))
})

describe('addresses of the Internet', () => {
  it.each(['203.0.113.7', '2001:db8::8a2e:370:7334', 'fe80::1ff:fe23:4567:890a'])('are found: %s', (ip) =>
    expect(sureIn(`from ${ip} again`)).toEqual([['ip', ip]]),
  )

  it.each([
    'version 1.2.3.4',
    'v10.0.3.1',
    'Chrome/120.0.0.0',
    '10.0.19041.1288',
    '1.2.3.4.5',
    '127.0.0.1',
    'std::vector<int>',
    'at 12:30:45',
    '300.1.2.3',
    'section 1.2.3',
  ])('are not seen in %j', (text) => expect(sureIn(text)).toEqual([]))
})

describe('numbers of persons', () => {
  it.each([
    ['12345678Z', 'Spain'],
    ['X1234567L', 'Spain'],
    ['RSSMRA85T10A562S', 'Italy'],
    ['2 55 08 14 168 025 38', 'France'],
    ['529.982.247-25', 'Brazil'],
    ['123-45-6789', 'United States'],
  ])('are found: %s of %s', (id) => expect(sureIn(`My id: ${id}.`)).toEqual([['national_id', id]]))

  it('of Viet Nam are found where something says what they are', () => {
    expect(sureIn('CCCD: 001099012345')).toEqual([['national_id', '001099012345']])
    expect(sureIn('001099012345')).toEqual([])
  })

  it.each(['12345678A', 'RSSMRA85T10A562T', '529.982.247-26', '000-12-3456', '111.111.111-11'])(
    'are not seen in %s, which proves nothing',
    (text) => expect(sureIn(`My id: ${text}.`)).toEqual([]),
  )
})

describe('names', () => {
  const names = [
    { personId: 'an', name: 'Nguyễn Văn An' },
    { personId: 'binh', name: 'Nguyễn Thị Bình' },
    { personId: 'jose', name: 'José Álvarez' },
    { personId: 'ada', name: 'Ada' },
  ]
  const named = (text: string) =>
    findPersonalData(text, { names }).map(({ start, end, value, confidence }) => [
      text.slice(start, end),
      value,
      confidence >= 0.5,
    ])

  it('are found whatever their capitals and diacritics', () => {
    expect(named('hỏi nguyen van an nhé')).toEqual([['nguyen van an', 'an', true]])
    expect(named('JOSE ALVAREZ said')).toEqual([['JOSE ALVAREZ', 'jose', true]])
    expect(named('thanks Ada!')).toEqual([['Ada', 'ada', true]])
    // Decomposed, as some systems write it.
    expect(named('Jose\u0301 came')).toEqual([['Jose\u0301', 'jose', true]])
  })

  it('are found by a part, which is less sure in small letters', () => {
    expect(named('Bình is here')).toEqual([['Bình', 'binh', true]])
    expect(named('binh is here')).toEqual([['binh', 'binh', false]])
  })

  it('that several people share are nobody’s in particular', () =>
    expect(named('Nguyễn is here')).toEqual([['Nguyễn', 'nguyen', true]]))

  it('of two letters are names with a capital only', () => {
    expect(named('hỏi An nhé')).toEqual([['An', 'an', true]])
    expect(named('an toàn')).toEqual([])
  })

  it('are whole words', () => {
    expect(named('Adam and Canada')).toEqual([])
    expect(named('an apple')).toEqual([])
  })
})

describe('of two that overlap', () => {
  it('the surer one stays', () =>
    expect(sureIn('IBAN DE89 3704 0044 0532 0130 00', { country: 'DE' })).toEqual([
      ['iban', 'DE89 3704 0044 0532 0130 00'],
    ]))

  it('whatever the text: traces lie within it, in order, and do not touch', () => {
    const pieces = fc.constantFrom(
      'ada@example.org',
      '+49 30 901820',
      '4111 1111 1111 1111',
      'sk-or-v1-0123456789abcdef',
      ' ',
      'Ada',
      '://a:b@',
      '1.2.3.4',
      ':',
      '-',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: 'grapheme' })), { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        const found = findPersonalData(text, { names: [{ personId: 'ada', name: 'Ada' }], country: 'DE' })
        let end = 0
        for (const trace of found) {
          expect(trace.start).toBeGreaterThanOrEqual(end)
          expect(trace.end).toBeGreaterThan(trace.start)
          expect(trace.end).toBeLessThanOrEqual(text.length)
          end = trace.end
        }
      }),
    )
  })
})

describe('a hostile text, as long as one that may be taken', () => {
  const LONGEST = 400_000
  it.each([
    'a',
    '@',
    'a@',
    'a.',
    'a@a.',
    '1',
    '1 ',
    '1-',
    '+1',
    '(1',
    ') ',
    '1.',
    '1.1.1.1.',
    ':',
    'a:',
    '://',
    '://a:b',
    'sk-',
    'sk-a ',
    'eyJ',
    'eyJaaaaaaaa.',
    ' eyJaaaaaaaa.aaaa',
    'password',
    'password:',
    'password=""',
    '-----BEGIN PRIVATE KEY-----',
    'GB82',
    'GB82 ',
    'Nguyen ',
    'A-',
    "'",
    '\u0301',
    '4111 ',
    'X',
    'CCCD ',
    'aA1_',
  ])('of %j takes seconds, not minutes', { timeout: 60_000 }, (piece) => {
    const hints = { names: [{ personId: 'an', name: 'Nguyen Nguyen Nguyen An' }], country: 'US' }
    const timeOf = (length: number): number => {
      const text = piece.repeat(Math.ceil(length / piece.length))
      const start = performance.now()
      findPersonalData(text, hints)
      return performance.now() - start
    }
    expect(timeOf(LONGEST)).toBeLessThan(6_000)
  })
})
