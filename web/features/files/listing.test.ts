import { describe, expect, it } from 'vitest'
import {
  isFiltered,
  listingQuery,
  pageCount,
  pageNumbers,
  shownRange,
  startListing,
  toggled,
  withChoice,
  withoutFilters,
  withPage,
} from './listing.ts'

/** Noon where the reader is, so that days begin at the reader's midnight whatever the zone. */
const now = new Date(2026, 2, 15, 12).getTime()
const midnight = (day: number, month = 2) => new Date(2026, month, day).toISOString()

describe('what is asked of the server', () => {
  it('begins with the newest of a kind, fifty on a page, and nothing filtered', () => {
    expect(listingQuery(startListing('media'), now)).toEqual({ kind: 'media', sort: 'newest', limit: 50, page: 1 })
    expect(isFiltered(startListing('docs'))).toBe(false)
  })

  it('names every category of the types that were chosen', () => {
    const listing = withChoice(startListing('docs'), { types: ['word', 'other'] })
    expect(listingQuery(listing, now)).toMatchObject({ type: ['word', 'audio', 'text', 'archive', 'other'] })
  })

  it('names the people who were chosen by their ids', () => {
    const senders = [
      { id: 'a', name: 'Ada' },
      { id: 'g', name: 'Grace' },
    ]
    expect(listingQuery(withChoice(startListing('docs'), { senders }), now)).toMatchObject({ sender: ['a', 'g'] })
  })

  it.each([
    ['today', { from: midnight(15) }],
    ['week', { from: midnight(9) }],
    ['month', { from: midnight(14, 1) }],
    ['older', { to: midnight(14, 1) }],
  ] as const)('%s is a range of whole days of the reader', (date, moments) => {
    const { from, to } = listingQuery(withChoice(startListing('media'), { date }), now)
    expect({ ...(from ? { from } : {}), ...(to ? { to } : {}) }).toEqual(moments)
  })

  it('leaves no gap and no overlap between the last month and what is older', () => {
    const month = listingQuery(withChoice(startListing('media'), { date: 'month' }), now)
    const older = listingQuery(withChoice(startListing('media'), { date: 'older' }), now)
    expect(month.from).toBe(older.to)
  })
})

describe('a change', () => {
  it('of search, filters or order returns to page 1', () => {
    const third = withPage(startListing('docs'), 3)
    for (const choice of [
      { q: 'x' },
      { types: ['pdf'] as const },
      { date: 'today' as const },
      { sort: 'name' as const },
    ]) {
      expect(withChoice(third, choice).page).toBe(1)
    }
  })

  it('that clears everything keeps the order', () => {
    const listing = withChoice(startListing('docs'), {
      q: 'plan',
      types: ['pdf'],
      date: 'week',
      senders: [{ id: 'a', name: 'Ada' }],
      sort: 'name',
    })
    expect(isFiltered(listing)).toBe(true)
    expect(withoutFilters(listing)).toEqual({ ...startListing('docs'), sort: 'name' })
  })

  it('of one of several puts it in, and takes it out again', () => {
    expect(toggled(['a'], 'b')).toEqual(['a', 'b'])
    expect(toggled(['a', 'b'], 'a')).toEqual(['b'])
  })
})

describe('pages', () => {
  it.each([
    [0, 1],
    [50, 1],
    [51, 2],
    [247, 5],
    [10_000, 200],
  ])('%d files have %d', (total, pages) => {
    expect(pageCount(total)).toBe(pages)
  })

  it.each([
    [1, 1, [1]],
    [1, 3, [1, 2, 3]],
    [1, 9, [1, 2, 3, 4, 5]],
    [2, 9, [1, 2, 3, 4, 5]],
    [5, 9, [3, 4, 5, 6, 7]],
    [9, 9, [5, 6, 7, 8, 9]],
  ])('on page %d of %d the numbers are %j', (page, pages, numbers) => {
    expect(pageNumbers(page, pages)).toEqual(numbers)
  })

  it('say which files they show', () => {
    expect(shownRange(1, 247)).toEqual({ from: 1, to: 50 })
    expect(shownRange(5, 247)).toEqual({ from: 201, to: 247 })
    expect(shownRange(1, 0)).toEqual({ from: 0, to: 0 })
  })
})
