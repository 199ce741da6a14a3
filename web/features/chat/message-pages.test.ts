import { describe, expect, it } from 'vitest'
import type { Message } from '#contract/app/index.ts'
import { withMessage, withNewest, withOlder, type LoadedMessages } from './message-pages.ts'

const made = (number: number, content = `${number}`): Message => ({
  id: `m${String(number).padStart(4, '0')}`,
  conversationId: 'c',
  role: number % 2 === 1 ? 'user' : 'assistant',
  content,
  model: null,
  promptTokens: null,
  completionTokens: null,
  status: 'complete',
  createdAt: new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString(),
})

/** As the server sends it: newest first. */
const page = (from: number, to: number, hasMore: boolean) => ({
  data: Array.from({ length: to - from + 1 }, (_, index) => made(to - index)),
  hasMore,
})

const loadedFrom = (from: number, to: number, hasOlder: boolean): LoadedMessages =>
  withNewest(undefined, page(from, to, hasOlder))

const numbers = (loaded: LoadedMessages) => loaded.messages.map(({ id }) => Number(id.slice(1)))

describe('the loaded messages', () => {
  it('are oldest first', () => {
    expect(numbers(loadedFrom(5, 8, true))).toEqual([5, 6, 7, 8])
  })

  it('grow to the front with history, and know when it ends', () => {
    const loaded = withOlder(loadedFrom(5, 8, true), page(1, 4, false))
    expect(numbers(loaded)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(loaded.hasOlder).toBe(false)
  })

  it('keep the loaded history when the newest are read again', () => {
    const loaded = withNewest(withOlder(loadedFrom(5, 8, true), page(1, 4, true)), page(6, 10, true))
    expect(numbers(loaded)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(loaded.hasOlder).toBe(true)
  })

  it('never leave a hole: where the newest page does not reach what was loaded, that is let go', () => {
    const loaded = withNewest(loadedFrom(1, 4, false), page(20, 24, true))
    expect(numbers(loaded)).toEqual([20, 21, 22, 23, 24])
    expect(loaded.hasOlder).toBe(true)
  })

  it('lose what is gone on the server', () => {
    const { data } = page(5, 8, false)
    const loaded = withNewest(loadedFrom(5, 8, false), {
      data: data.filter(({ id }) => id !== 'm0007'),
      hasMore: false,
    })
    expect(numbers(loaded)).toEqual([5, 6, 8])
  })

  it('keep a message that came while the newest page was on its way', () => {
    expect(numbers(withNewest(loadedFrom(1, 4, false), page(1, 4, false), [made(4), made(5)]))).toEqual([1, 2, 3, 4, 5])
  })

  it('take a new message at the end, and the same message only once', () => {
    const once = withMessage(loadedFrom(1, 2, false), made(3))
    expect(numbers(withMessage(once, made(3)))).toEqual([1, 2, 3])
    expect(withMessage(once, made(3, 'changed')).messages.at(-1)?.content).toBe('changed')
  })
})
