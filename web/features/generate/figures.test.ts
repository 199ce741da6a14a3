import { describe, expect, it } from 'vitest'
import { dollars, duration, typedNumber } from './figures.ts'

describe('figures', () => {
  it.each([
    [0, '$0.00'],
    [0.0042, '$0.0042'],
    [0.5, '$0.50'],
    [12.345, '$12.35'],
    [1234.5, '$1,234.50'],
  ])('%d dollars are said as %s', (amount, said) => {
    expect(dollars(amount, 'en-US')).toBe(said)
  })

  it.each([
    [0.2, '1 second'],
    [45, '45 seconds'],
    [89, '89 seconds'],
    [90, '2 minutes'],
    [720, '12 minutes'],
    [5400, '1.5 hours'],
  ])('%d seconds are said as %s', (seconds, said) => {
    expect(duration(seconds, 'en')).toBe(said)
  })

  it.each([
    ['', null],
    ['  ', null],
    ['0.7', 0.7],
    ['0,7', 0.7],
    ['1.1', undefined],
    ['-0.1', undefined],
    ['much', undefined],
  ])('“%s” typed where 0 to 1 may stand is %s', (text, value) => {
    expect(typedNumber(text, 0, 1)).toBe(value)
  })
})
