import { expect, it } from 'vitest'
import { initialsOf } from './initials.ts'

it.each([
  ['Ada Lovelace', 'AL'],
  ['ada', 'A'],
  ['Nguyễn Thị Ánh', 'NÁ'],
  ['👩‍💻 Dev', '👩‍💻D'],
  ['  spaced   out  ', 'SO'],
  ['', ''],
])('%j → %j', (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})
