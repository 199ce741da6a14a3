import { describe, expect, it } from 'vitest'
import { datasetsSearch, versionSearch } from './datasets-search.ts'

describe('the addresses of datasets', () => {
  it('carry the filters of the dashboard into a new dataset, without order and open details', () => {
    expect(
      datasetsSearch({ new: true, status: 'approved', quality: 8, q: 'rent', sort: 'title', open: 'x', other: 1 }),
    ).toEqual({ new: true, status: 'approved', quality: '8', q: 'rent' })
    expect(datasetsSearch({ status: 'approved' })).toEqual({})
  })

  it('know the views of a version, and say nothing of the first', () => {
    expect(versionSearch({ view: 'export' })).toEqual({ view: 'export' })
    expect(versionSearch({ view: 'items' })).toEqual({})
    expect(versionSearch({ view: 'everything' })).toEqual({})
  })
})
