import { describe, expect, it } from 'vitest'
import { failuresSearch, generateSearch, scaffoldingSearch } from './generate-search.ts'

describe('addresses', () => {
  it.each([
    [generateSearch, { view: 'many', other: 1 }, { view: 'many' }],
    [generateSearch, { view: 'single' }, {}],
    [generateSearch, { view: ['many'] }, {}],
    [scaffoldingSearch, { kind: 'arcs', edit: 'new' }, { kind: 'arcs', edit: 'new' }],
    [scaffoldingSearch, { kind: 'personas', edit: '' }, {}],
    [scaffoldingSearch, { kind: 'constructor', edit: 7 }, {}],
    [failuresSearch, { type: 'truncation' }, { type: 'truncation' }],
    [failuresSearch, { type: 'bad luck' }, {}],
  ])('keep what is known of %o %j: %j', (read, search, kept) => {
    expect(read(search)).toEqual(kept)
  })
})
