import { describe, expect, it } from 'vitest'
import { filterOf, searchOf } from './selection.ts'

describe('the filter of a dataset', () => {
  it('says what the filters of the dashboard say, in the words of the API', () => {
    expect(
      filterOf({
        status: 'approved',
        tier: 'scenario',
        quality: '7',
        persona: 'p',
        arc: 'a',
        topic: 't',
        flagged: true,
        q: 'rent',
      }),
    ).toEqual({
      status: 'approved',
      tier: 'scenario',
      quality_min: 7,
      persona_key: 'p',
      arc_key: 'a',
      topic_key: 't',
      requires_manual_review: true,
      q: 'rent',
    })
    expect(filterOf({ sort: 'title', direction: 'asc', open: 'x' })).toEqual({})
  })

  it('comes back from the API as it went', () => {
    const search = { status: 'rejected', quality: '8', topic: 't', q: 'rent' } as const
    expect(searchOf(filterOf(search))).toEqual(search)
  })

  it('keeps what the bar cannot say while something is changed there, and loses it when all is cleared', () => {
    const before = { status: 'approved', quality_min: 7.5, quality_max: 9, origin: 'imported' } as const
    expect(searchOf(before)).toEqual({ status: 'approved' })
    expect(filterOf({ status: 'archived' }, before)).toEqual({ ...before, status: 'archived' })
    expect(filterOf({ status: 'archived', quality: '6' }, before)).toEqual({
      ...before,
      status: 'archived',
      quality_min: 6,
    })
    expect(filterOf({}, before)).toEqual({})
  })
})
