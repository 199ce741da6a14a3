/** What a reader is sent follows from where it stands and from the state of the reply, and from nothing else. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { progressOf, replyOf } from './for-tests.ts'
import {
  eventsSince,
  follows,
  formatPosition,
  MAX_DELTA,
  type Position,
  parsePosition,
  type ReplyEvent,
} from './reply.ts'

const position = fc.record({
  ordinal: fc.nat(999_999_999),
  offset: fc.nat(999_999_999),
  hasEnded: fc.boolean(),
})

/** Text as models write it: any characters, emoji and combined ones too, but no halves of them. */
const delta = fc.string({ unit: 'grapheme', maxLength: 20 })

/** What a client makes of its events: the text of each reply, by the offsets that they carry. */
const readOf = (events: readonly ReplyEvent[]) => {
  const read: { ordinal: number; text: string; hasEnded: boolean }[] = []
  for (const event of events) {
    if (event.type === 'reply-started') read.push({ ordinal: event.reply.ordinal, text: '', hasEnded: false })
    const last = read.at(-1)!
    if (event.type === 'text-delta') {
      expect(event.reply.ordinal).toBe(last.ordinal)
      expect(event.offset).toBe(last.text.length)
      last.text += event.text
    }
    if (event.type === 'reply-ended') last.hasEnded = true
  }
  return read
}

describe('a position', () => {
  it('survives being written and read', () => {
    fc.assert(
      fc.property(position, (given) => {
        const read = parsePosition(formatPosition(given))
        expect(read).toEqual({ ...given, offset: given.hasEnded ? 0 : given.offset })
      }),
    )
  })

  it.each([
    ['3.120', { ordinal: 3, offset: 120, hasEnded: false }],
    ['3.end', { ordinal: 3, offset: 0, hasEnded: true }],
    ['0.end', { ordinal: 0, offset: 0, hasEnded: true }],
  ])('%s is read', (text, expected) => {
    expect(parsePosition(text)).toEqual(expected)
  })

  it.each([
    undefined,
    '',
    '3',
    '3.',
    '.3',
    '-1.0',
    '3.-1',
    '3.END',
    '3.end\n',
    ' 3.0',
    '3.0.0',
    '1e3.0',
    '٣.٠',
    '9999999999.0',
    '0.9999999999',
  ])('%j is none: such a reader starts afresh', (text) => {
    expect(parsePosition(text)).toBeUndefined()
  })
})

describe('what a reader lacks', () => {
  it('is told in full, once and in order, whenever it looks', () => {
    const looks = fc.array(fc.tuple(delta, fc.boolean()), { maxLength: 40 })
    fc.assert(
      fc.property(looks, fc.boolean(), fc.boolean(), (writes, endsAtOnce, hasEnded) => {
        let at: Position = { ordinal: 0, offset: 0, hasEnded: true }
        const events: ReplyEvent[] = []
        let text = ''
        const look = (status: 'running' | 'complete') => {
          const [more, next] = eventsSince(at, progressOf(replyOf(1, status), text))
          events.push(...more)
          at = next
        }
        look('running')
        for (const [written, isLooking] of writes) {
          text += written
          if (isLooking && !endsAtOnce) look('running')
        }
        look(hasEnded ? 'complete' : 'running')
        look(hasEnded ? 'complete' : 'running')
        expect(readOf(events)).toEqual([{ ordinal: 1, text, hasEnded }])
        expect(at).toEqual({ ordinal: 1, offset: text.length, hasEnded })
      }),
    )
  })

  it('goes on from any position inside the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.nat(200), (text, cut) => {
        const offset = Math.min(cut, text.length)
        const [events] = eventsSince({ ordinal: 1, offset, hasEnded: false }, progressOf(replyOf(1, 'complete'), text))
        const rest = events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : [])).join('')
        expect(rest).toBe(text.slice(offset))
        expect(events.at(-1)?.type).toBe('reply-ended')
      }),
    )
  })

  it('comes in pieces of bounded length that never end inside a character', () => {
    // The pair would lie across the border.
    const text = `${'a'.repeat(MAX_DELTA - 1)}🙂${'b'.repeat(3 * MAX_DELTA)}`
    const [events] = eventsSince({ ordinal: 0, offset: 0, hasEnded: true }, progressOf(replyOf(1), text))
    const deltas = events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : []))
    expect(deltas.every((piece) => piece.length <= MAX_DELTA && piece.isWellFormed())).toBe(true)
    expect(readOf(events)[0]?.text).toBe(text)
  })

  it('is nothing of a reply that it has seen the end of, or of an earlier one', () => {
    const ended = progressOf(replyOf(2, 'complete'), 'text')
    for (const from of [
      { ordinal: 2, offset: 0, hasEnded: true },
      { ordinal: 3, offset: 0, hasEnded: false },
    ]) {
      expect(eventsSince(from, ended)).toEqual([[], from])
    }
  })

  it('is the end alone when its writer died before the journal had what the reader has seen', () => {
    const from = { ordinal: 1, offset: 9, hasEnded: false }
    const [events, at] = eventsSince(from, progressOf(replyOf(1, 'interrupted'), 'short'))
    expect(events.map(({ type }) => type)).toEqual(['reply-ended'])
    expect(at).toEqual({ ordinal: 1, offset: 9, hasEnded: true })
  })
})

describe('a reader follows a reply', () => {
  it.each([
    ['when it has seen the end of the one before', '1.end', true],
    ['when it is in the middle of it', '2.7', true],
    ['when it has seen its end', '2.end', true],
    ['not when it is in the middle of the one before', '1.7', false],
    ['not when it lacks the one before', '0.end', false],
  ])('%s', (_case, from, expected) => {
    expect(follows(parsePosition(from)!, replyOf(2))).toBe(expected)
  })
})
