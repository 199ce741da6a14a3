import { expect, it } from 'vitest'
import { pickLanguage } from './index.ts'

it.each([
  [['vi-VN', 'en'], 'vi'],
  [['VI'], 'vi'],
  [['de-DE', 'vi', 'en'], 'vi'],
  [['en-GB', 'vi'], 'en'],
  [['ja'], 'en'],
  [[], 'en'],
] as const)('a browser that asks for %j gets %s', (wanted, language) => {
  expect(pickLanguage(wanted)).toBe(language)
})
