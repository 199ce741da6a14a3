import { describe, expect, it } from 'vitest'
import { dropUnsent, keepUnsent, NEW, readDraft, recoverUnsent, saveDraft } from './drafts.ts'

let people = 0
const somebody = () => `person ${++people}`

describe('what was typed', () => {
  it('is kept for each person and conversation', () => {
    const [ann, bob] = [somebody(), somebody()]
    saveDraft(ann, NEW, 'Dear')
    saveDraft(ann, 'c', 'Also')
    expect([readDraft(ann, NEW), readDraft(ann, 'c'), readDraft(bob, NEW)]).toEqual(['Dear', 'Also', ''])
  })

  it('comes back after a reload when it had been sent and had not arrived, before what was typed since', () => {
    const ann = somebody()
    keepUnsent(ann, NEW, 'First')
    keepUnsent(ann, NEW, 'Second')
    saveDraft(ann, NEW, 'Third')
    dropUnsent(ann, NEW, 'First')
    recoverUnsent(ann, NEW)
    expect(readDraft(ann, NEW)).toBe('Second\n\nThird')
    recoverUnsent(ann, NEW)
    expect(readDraft(ann, NEW)).toBe('Second\n\nThird')
  })

  it('is gone once it has arrived', () => {
    const ann = somebody()
    keepUnsent(ann, 'c', 'Hello')
    dropUnsent(ann, 'c', 'Hello')
    recoverUnsent(ann, 'c')
    expect(readDraft(ann, 'c')).toBe('')
  })
})
