import { describe, expect, it } from 'vitest'
import { aMessage, messages } from './for-tests.ts'
import {
  reread,
  startedWith,
  withChange,
  withMessage,
  withNewer,
  withOlder,
  withoutMessage,
  type LoadedMessages,
} from './loaded-messages.ts'

const run = (ns: number[], { older = false, newer = false } = {}): LoadedMessages => ({
  messages: messages(...ns),
  hasOlder: older,
  hasNewer: newer,
})
const page = (ns: number[], { older = false, newer = false } = {}) => ({
  data: messages(...ns),
  hasOlder: older,
  hasNewer: newer,
})
const numbers = ({ messages: list }: LoadedMessages) => list.map(({ id }) => Number(id.slice(-12)))

describe('pages of history', () => {
  it('join the run in front and at the end, each message once', () => {
    const middle = startedWith(page([4, 5], { older: true, newer: true }))
    const front = withOlder(middle, page([2, 3, 4], { newer: true }))
    const whole = withNewer(front, page([5, 6, 7], { older: true }))
    expect(numbers(whole)).toEqual([2, 3, 4, 5, 6, 7])
    expect(whole).toMatchObject({ hasOlder: false, hasNewer: false })
  })
})

describe('a page that is read again', () => {
  it('takes out what is gone on the server, and keeps the older messages that it does not cover', () => {
    const joined = reread(run([1, 2, 3, 4, 5], { older: true }), page([3, 5, 6], { older: true }))
    expect(numbers(joined)).toEqual([1, 2, 3, 5, 6])
    expect(joined.hasOlder).toBe(true)
  })

  it('takes out the first message of all when that is gone', () => {
    expect(numbers(reread(run([1, 2, 3]), page([2, 3])))).toEqual([2, 3])
  })

  it('says whether there are older ones when it covers everything that was loaded', () => {
    expect(reread(run([3, 4], { older: true }), page([3, 4])).hasOlder).toBe(false)
  })

  it('takes the place of everything when it touches nothing: so much has happened meanwhile', () => {
    const joined = reread(run([1, 2]), page([50, 51], { older: true }))
    expect(numbers(joined)).toEqual([50, 51])
    expect(joined.hasOlder).toBe(true)
  })

  it('keeps what was added while it was on its way', () => {
    expect(numbers(reread(run([1, 2, 3]), page([1, 2]), messages(3)))).toEqual([1, 2, 3])
  })

  it('drops what lies after a page that reaches the present and was there before it was asked for', () => {
    expect(numbers(reread(run([1, 2, 3]), page([1, 2])))).toEqual([1, 2])
  })

  it('in the past keeps what lies on both sides', () => {
    const joined = reread(run([1, 2, 3, 4, 5], { newer: true }), page([2, 4], { older: true, newer: true }))
    expect(numbers(joined)).toEqual([1, 2, 4, 5])
    expect(joined.hasNewer).toBe(true)
  })
})

describe('a message that has just come to be', () => {
  it('goes where its time belongs, however late it arrives', () => {
    expect(numbers(withMessage(run([1, 2, 4]), aMessage(3)))).toEqual([1, 2, 3, 4])
    expect(numbers(withMessage(run([1, 2]), aMessage(3)))).toEqual([1, 2, 3])
  })

  it('is not added twice', () => {
    const loaded = withMessage(run([1, 2]), aMessage(2, { content: 'Again' }))
    expect(loaded.messages.map(({ content }) => content)).toEqual(['Message 1', 'Again'])
  })

  it('does not belong to a run that ends in the past', () => {
    expect(numbers(withMessage(run([1, 2], { newer: true }), aMessage(9)))).toEqual([1, 2])
  })

  it('that is older than everything loaded comes with its page', () => {
    expect(numbers(withMessage(run([5, 6], { older: true }), aMessage(1)))).toEqual([5, 6])
    expect(numbers(withMessage(run([5, 6]), aMessage(1)))).toEqual([1, 5, 6])
  })
})

it('changes and removes a message where it is, and leaves everything else the same object', () => {
  const loaded = run([1, 2])
  const changed = withChange(loaded, aMessage(2).id, (message) => ({ ...message, isPinned: true }))
  expect(changed.messages[1]?.isPinned).toBe(true)
  expect(changed.messages[0]).toBe(loaded.messages[0])
  expect(withChange(loaded, aMessage(9).id, (message) => message)).toBe(loaded)
  expect(numbers(withoutMessage(loaded, aMessage(1).id))).toEqual([2])
})
