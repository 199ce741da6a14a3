import { expect, it } from 'vitest'
import { ada } from './for-tests.ts'
import { textParts } from './text-parts.ts'

const links = (text: string) => textParts(text, []).flatMap((part) => (part.kind === 'link' ? [part.text] : []))

it('finds mentions and addresses between plain words', () => {
  expect(textParts('See @Ada Lovelace: https://example.org/a.', [ada])).toEqual([
    { kind: 'text', text: 'See ' },
    { kind: 'mention', text: '@Ada Lovelace', personId: ada.id },
    { kind: 'text', text: ': ' },
    { kind: 'link', text: 'https://example.org/a' },
    { kind: 'text', text: '.' },
  ])
})

it.each([
  ['(https://example.org/a)', ['https://example.org/a']],
  ['https://example.org/a_(b)', ['https://example.org/a_(b)']],
  ['"https://example.org"', ['https://example.org']],
  ['https://example.org?', ['https://example.org']],
  ['javascript:alert(1)', []],
  ['data:text/html,x', []],
  ['https://', []],
])('%j has the addresses %j', (text, expected) => {
  expect(links(text)).toEqual(expected)
})

it('loses no character of any text', () => {
  for (const text of ['', '@Ada', 'a https://x.example/@Ada Lovelace b', '\n\n@Ada Lovelace\n', '🙂@Ada Lovelace🙂']) {
    expect(
      textParts(text, [ada])
        .map((part) => part.text)
        .join(''),
    ).toBe(text)
  }
})
