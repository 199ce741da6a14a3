/** The reader of answers without sockets: whatever way the network splits the bytes, the words are the same. */
import { StringDecoder } from 'node:string_decoder'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chatAnswer, type Progress } from './chat-answer.ts'
import { sseLines } from './sse-lines.ts'

const context = { provider: 'test', secrets: [] }
const delta = (content: unknown, finishReason: string | null = null) => ({
  choices: [{ index: 0, delta: { content }, finish_reason: finishReason }],
})

/** Feeds bytes in pieces, as a socket would, and gathers what came out. */
const readInPieces = (bytes: Buffer, cuts: readonly number[]) => {
  const answer = chatAnswer(context)
  const decoder = new StringDecoder('utf8')
  const pieces: string[] = []
  let start = 0
  for (const end of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    pieces.push(decoder.write(bytes.subarray(start, end)))
    start = end
  }
  let text = ''
  let last: Progress = { text: '' }
  const isOver = () => last.failure !== undefined || last.finish !== undefined
  for (const piece of pieces) {
    last = answer.feed(piece)
    text += last.text
    if (isOver()) break
  }
  if (!isOver()) {
    last = answer.end()
    text += last.text
  }
  return { text, failure: last.failure?.code, finish: last.finish }
}

const lineEnds = fc.constantFrom('\n', '\r\n', '\r')
const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 8 })

describe('an event stream', () => {
  it('gives the same text for every way to split its bytes', () => {
    fc.assert(
      fc.property(words, lineEnds, fc.array(fc.nat()), fc.boolean(), (parts, lineEnd, positions, comments) => {
        const events = [
          ...parts.map((part) => JSON.stringify(delta(part))),
          JSON.stringify(delta('', 'stop')),
          '[DONE]',
        ]
        const comment = comments ? `: keep-alive${lineEnd}${lineEnd}` : ''
        const body = Buffer.from(events.map((data) => `${comment}data: ${data}${lineEnd}${lineEnd}`).join(''))
        const result = readInPieces(
          body,
          positions.map((position) => position % body.length),
        )
        expect(result).toEqual({ text: parts.join(''), failure: undefined, finish: { type: 'finish', reason: 'stop' } })
      }),
      { numRuns: 500 },
    )
  })

  it('gives the same verdict for every way to split garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.array(fc.nat()), (bytes, positions) => {
        const body = Buffer.from(bytes)
        const cuts = positions.map((position) => position % body.length)
        expect(readInPieces(body, cuts)).toEqual(readInPieces(body, []))
      }),
      { numRuns: 500 },
    )
  })

  it('that stops at any byte is complete after its reason and cut off before', () => {
    const head = Buffer.from(`data: ${JSON.stringify(delta('Grüße 👋'))}\n\n`)
    const reason = Buffer.from(`data: ${JSON.stringify(delta('', 'stop'))}\n\ndata: [DONE]\n\n`)
    const body = Buffer.concat([head, reason])
    // The reason has been said when its JSON is complete; the line break behind it says nothing more.
    const said = head.length + reason.indexOf('}]}') + '}]}'.length
    for (let length = 0; length < body.length; length += 1) {
      const { failure, finish } = readInPieces(body.subarray(0, length), [])
      expect([length, failure, finish?.reason]).toEqual(
        length < said ? [length, 'model.cut_off', undefined] : [length, undefined, 'stop'],
      )
    }
  })

  it('never hands out half a character, even when a provider escapes its halves into two deltas', () => {
    const answer = chatAnswer(context)
    expect(answer.feed('data: {"choices":[{"delta":{"content":"a\\ud83d"}}]}\n\n').text).toBe('a')
    expect(answer.feed('data: {"choices":[{"delta":{"content":"\\ude00b"}}]}\n\n').text).toBe('😀b')
    expect(
      answer.feed('data: {"choices":[{"delta":{"content":"\\ud83d\\u0000"},"finish_reason":"stop"}]}\n\n').text,
    ).toBe('\uFFFD\uFFFD')
  })

  it('takes the last token counts, and none that are no counts', () => {
    const stream = (usage: object) =>
      readInPieces(
        Buffer.from(
          `data: ${JSON.stringify({ ...delta('x', 'stop'), usage: { prompt_tokens: 1, completion_tokens: 1 } })}\n\n` +
            `data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`,
        ),
        [],
      ).finish
    expect(stream({ prompt_tokens: 5, completion_tokens: 6 })).toMatchObject({ promptTokens: 5, completionTokens: 6 })
    expect(stream({ prompt_tokens: -1, completion_tokens: 1.5 })).toEqual({ type: 'finish', reason: 'stop' })
  })

  it('takes content in parts, a message in place of a delta, and a refusal', () => {
    const read = (value: object) => readInPieces(Buffer.from(`data: ${JSON.stringify(value)}\n\ndata: [DONE]\n\n`), [])
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'thinking', thinking: [] },
      { type: 'text', text: 'b' },
    ]
    expect(read(delta(parts, 'stop')).text).toBe('ab')
    expect(read({ choices: [{ message: { content: 'whole' }, finish_reason: 'stop' }] }).text).toBe('whole')
    expect(read({ choices: [{ delta: { refusal: 'I cannot.' }, finish_reason: 'stop' }] })).toMatchObject({
      text: 'I cannot.',
      finish: { reason: 'content-filter' },
    })
  })

  it.each([
    ['in a field of its own, as llama.cpp does', 'error: {"code":503,"message":"Loading model"}\n\n', 'model.failed'],
    ['as a named event', 'event: error\ndata: {"code":429,"message":"slow down"}\n\n', 'model.rate_limited'],
    [
      'as an object of that name, as vLLM does',
      'data: {"object":"error","message":"no","code":401}\n\n',
      'model.key_rejected',
    ],
    ['as a reason to stop', 'data: {"choices":[{"delta":{},"finish_reason":"error"}]}\n\n', 'model.failed'],
  ])('says what failed %s', (_, body, code) => {
    expect(readInPieces(Buffer.from(body), []).failure).toBe(code)
  })

  it('ignores what comes after [DONE]', () => {
    const body = `data: ${JSON.stringify(delta('x', 'stop'))}\n\ndata: [DONE]\n\ndata: nonsense\n\n`
    expect(readInPieces(Buffer.from(body), [])).toMatchObject({ text: 'x', failure: undefined })
  })

  it('passes over lines of unknown fields while events arrive', () => {
    const body = `retry: 5\nid: 1\nx-field: y\ndata: ${JSON.stringify(delta('x', 'stop'))}\n\ndata:[DONE]\n\n`
    expect(readInPieces(Buffer.from(body), [])).toMatchObject({ text: 'x', failure: undefined })
  })
})

describe('lines of server-sent events', () => {
  const read = (...pieces: string[]): string[] => {
    const events: string[] = []
    const lines = sseLines({ onEvent: (data, name) => events.push(`${name}|${data}`), onUnknown: () => {} }, 100)
    for (const piece of pieces) lines.feed(piece)
    return events
  }

  it.each(['\n', '\r\n', '\r'])('that end with %j make the same event wherever they are split', (lineEnd) => {
    const text = ['data: a', 'data: b', '', 'data: c', '', ''].join(lineEnd)
    for (let at = 0; at <= text.length; at += 1) {
      expect([at, ...read(text.slice(0, at), text.slice(at))]).toEqual([at, '|a\nb', '|c'])
    }
  })

  // The examples of the standard, https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
  it.each([
    ['data: YHOO\ndata: +2\ndata: 10\n\n', ['|YHOO\n+2\n10']],
    [
      ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event',
      ['|first event', '|second event'],
    ],
    ['data\n\ndata\ndata\n\ndata:', ['|', '|\n']],
    ['data:test\n\ndata: test\n\n', ['|test', '|test']],
    ['event: add\ndata: 73857293\n\n', ['add|73857293']],
    ['\uFEFFdata: after a byte order mark\n\n', ['|after a byte order mark']],
  ])('are read as the standard says: %j', (text, events) => {
    expect(read(text)).toEqual(events)
  })
})
