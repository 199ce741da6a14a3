import { describe, expect, it } from 'vitest'
import { shortcutOf } from './shortcuts.ts'

const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {}) => ({
  key,
  code: `Key${key.toUpperCase()}`,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
})

describe('a press of keys', () => {
  it.each([
    [press('O', { ctrlKey: true, shiftKey: true }), 'new-conversation'],
    [press('o', { metaKey: true, shiftKey: true }), 'new-conversation'],
    [press('M', { ctrlKey: true, shiftKey: true }), 'choose-model'],
    [press(',', { metaKey: true }), 'settings'],
    [press('Escape'), 'stop'],
  ])('works also where text goes: %j', (keys, shortcut) => {
    expect(shortcutOf(keys, true)).toBe(shortcut)
    expect(shortcutOf(keys, false)).toBe(shortcut)
  })

  it('is text where text goes', () => {
    expect(shortcutOf(press('?', { shiftKey: true }), true)).toBeNull()
    expect(shortcutOf(press('/'), true)).toBeNull()
    expect(shortcutOf(press('?', { shiftKey: true }), false)).toBe('sheet')
    expect(shortcutOf(press('/'), false)).toBe('focus-composer')
  })

  it('is left to the browser otherwise', () => {
    expect(shortcutOf(press('o', { ctrlKey: true }), false)).toBeNull()
    expect(shortcutOf(press('/', { ctrlKey: true }), false)).toBeNull()
    expect(shortcutOf(press('a'), false)).toBeNull()
  })
})
