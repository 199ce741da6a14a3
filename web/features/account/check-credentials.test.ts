import { expect, it } from 'vitest'
import { checkCredentials } from './check-credentials.ts'

it('empty fields are asked for', () => {
  expect(checkCredentials({ email: ' ', password: '' }, 'login')).toEqual({
    email: 'emailMissing',
    password: 'passwordMissing',
  })
})

it('an address without an @ is no address', () => {
  expect(checkCredentials({ email: 'ann.example', password: 'correct horse' }, 'register')).toEqual({
    email: 'emailWrong',
  })
})

it('a new password has at least 8 characters; an old one may have been made under other rules', () => {
  expect(checkCredentials({ email: 'ann@b.example', password: '1234567' }, 'register')).toEqual({
    password: 'passwordShort',
  })
  expect(checkCredentials({ email: ' ann@b.example ', password: '1234567' }, 'login')).toEqual({})
})
