import { describe, expect, it } from 'vitest'
import { RequestError } from '../../lib/request-error.ts'
import { fromSaved, nextOf, toSaved, withDelay, without, withOutgoing, withRefusal, withRetry } from './outbox.ts'

const body = (content: string) => ({ content, fileIds: [], mentions: [] })
const two = withOutgoing(withOutgoing([], { id: 'a', body: body('First'), fileNames: [] }), {
  id: 'b',
  body: body('Second'),
  fileNames: ['plan.pdf'],
})
const refusal = new RequestError(404, 'file.not_found', '', false)
const silence = new RequestError(0, 'network', '', true)

describe('messages on their way', () => {
  it('go one after another, in the order of writing', () => {
    expect(nextOf(two)?.id).toBe('a')
    expect(nextOf(without(two, 'a'))?.id).toBe('b')
    expect(nextOf([])).toBeNull()
  })

  it('keep their id and their turn while the server can’t be reached', () => {
    const waiting = withDelay(two, 'a', silence)
    expect(nextOf(waiting)).toMatchObject({ id: 'a', state: 'waiting', error: silence })
  })

  it('let the next one pass when the server refuses one, until it is tried again', () => {
    const refused = withRefusal(two, 'a', refusal)
    expect(nextOf(refused)?.id).toBe('b')
    expect(nextOf(withRetry(refused, 'a'))).toMatchObject({ id: 'a', error: null })
  })
})

describe('what is saved', () => {
  it('comes back after a reload with the same ids, to be sent again', () => {
    expect(fromSaved(toSaved(withRefusal(two, 'b', refusal)))).toEqual(two)
  })

  it.each([null, '', 'x', '{}', '[1]', '[{"id":"a"}]', '[null]'])('that can’t be read (%j) is nothing', (saved) => {
    expect(fromSaved(saved)).toEqual([])
  })
})
