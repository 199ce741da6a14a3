/** Server-sent events out of text that arrives in arbitrary pieces; it knows nothing of models. */

/*
 * Ours and not eventsource-parser: that one discards a line that cannot become a field before the line is complete and
 * says nothing (so garbage is seen or not depending on where the network splits it), bounds only what waits between two
 * calls, and has no place for llama.cpp's `error:` lines.
 */

export interface SseHandlers {
  /** An event: its data lines joined, and its name (`''` for none). */
  onEvent(data: string, name: string): void
  /** A line that is none of the standard's fields and no comment. */
  onUnknown(line: string): void
}

export interface SseLines {
  /** Takes the next piece. False once a line or an event has more than `maxChars` characters: nothing is read any more. */
  feed(text: string): boolean
  /** The body is over: takes a last event that nobody closed with an empty line. */
  end(): void
}

const fields = ['data', 'event', 'id', 'retry']

/**
 * Follows https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream: lines end with LF, CRLF
 * or CR, comments and unknown fields do nothing.
 */
export const sseLines = (handlers: SseHandlers, maxChars: number): SseLines => {
  // Pieces of a line that has not ended yet; joined once, so that a long line in small pieces costs linear time.
  let pieces: string[] = []
  let piecesLength = 0
  let afterCarriageReturn = false
  let atStart = true
  let data: string | undefined
  let name = ''
  let tooLong = false

  const dispatch = (): void => {
    if (data !== undefined) handlers.onEvent(data, name)
    data = undefined
    name = ''
  }

  const takeLine = (line: string): void => {
    if (line.length > maxChars) {
      tooLong = true
      return
    }
    if (line === '') return dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1)
    if (field === 'data') {
      data = data === undefined ? value : `${data}\n${value}`
      if (data.length > maxChars) tooLong = true
    } else if (field === 'event') name = value
    else if (field !== 'id' && field !== 'retry') handlers.onUnknown(line)
  }

  const feed = (input: string): boolean => {
    if (tooLong || input === '') return !tooLong
    let text = input
    if (atStart && text.charCodeAt(0) === 0xfeff) text = text.slice(1)
    atStart = false
    if (afterCarriageReturn && text.charCodeAt(0) === 10) text = text.slice(1)
    if (text !== '') afterCarriageReturn = text.charCodeAt(text.length - 1) === 13
    else afterCarriageReturn = false
    if (text.includes('\r')) text = text.replace(/\r\n?/g, '\n')
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const rest = text.slice(start, end)
      start = end + 1
      if (pieces.length === 0) takeLine(rest)
      else {
        const line = pieces.join('') + rest
        pieces = []
        piecesLength = 0
        takeLine(line)
      }
      if (tooLong) return false
    }
    if (start < text.length) {
      pieces.push(text.slice(start))
      piecesLength += text.length - start
      if (piecesLength > maxChars) tooLong = true
    }
    return !tooLong
  }

  const end = (): void => {
    if (tooLong) return
    const last = pieces.join('')
    pieces = []
    // `dat` at the end is a field that was cut off, not an unknown one.
    if (!fields.some((field) => field.startsWith(last))) takeLine(last)
    dispatch()
  }

  return { feed, end }
}
