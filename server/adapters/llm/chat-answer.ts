/** A chat completion as it is written: body text in, the model's words out. It knows the OpenAI format and no sockets. */
import { AppError } from '#kernel/errors.ts'
import type { ModelEvent } from '#server/features/replies/language-model.ts'
import { type FailureContext, failureOfError } from './provider-failure.ts'
import { sseLines } from './sse-lines.ts'

/** A line of SSE, in characters. */
export const longestLine = 1024 * 1024
/** The text of an answer, in bytes of UTF-8. */
export const longestAnswer = 4 * 1024 * 1024
/** An answer that came as one JSON document, in characters: escapes may double its text. */
const longestDocument = 2 * longestAnswer

export type Finish = Extract<ModelEvent, { type: 'finish' }>

/** What one piece of the body brought, in this order: text, then a failure or the end. */
export interface Progress {
  readonly text: string
  readonly failure?: AppError
  readonly finish?: Finish
}

/** The text it hands out is well-formed Unicode without NUL, and never ends in the middle of a character. */
export interface ChatAnswer {
  /** The model said why it stopped: the text is complete, only token counts may follow. */
  readonly complete: boolean
  feed(text: string): Progress
  /** The body ended in order, or broke off after the answer was complete. */
  end(): Progress
}

/**
 * Reads an answer of either kind: server-sent events, or one JSON document from a provider that does not stream.
 * Failures are values and not thrown, so that the text before them is not lost.
 */
export const chatAnswer = (context: FailureContext): ChatAnswer => {
  let text = ''
  let textBytes = 0
  let failure: AppError | undefined
  let reason: Finish['reason'] | undefined
  let refused = false
  let done = false
  let ending = false
  let events = 0
  let unknownLines = 0
  let usage: { promptTokens?: number; completionTokens?: number } = {}
  let model: string | undefined
  let kind: 'unknown' | 'events' | 'document' = 'unknown'
  let document = ''

  const fail = (error: AppError): void => void (failure ??= error)
  const garbled = (what: string): void =>
    fail(new AppError('model.garbled', { cause: new Error(`${context.provider} sent ${what}`) }))

  const addText = (part: unknown): void => {
    if (part === undefined || part === null || part === '' || failure) return
    if (typeof part !== 'string') return garbled('content that is not text')
    textBytes += Buffer.byteLength(part)
    if (textBytes > longestAnswer) return garbled(`more than ${longestAnswer} bytes of text`)
    text += part
  }

  const addContent = (content: unknown): void => {
    if (!Array.isArray(content)) return addText(content)
    for (const part of content) if (isRecord(part) && part.type === 'text') addText(part.text)
  }

  const takeChoice = (choice: unknown): void => {
    if (choice === undefined) return
    if (!isRecord(choice)) return garbled('a choice that is not an object')
    const message = choice.delta ?? choice.message
    if (isRecord(message)) {
      addContent(message.content)
      if (typeof message.refusal === 'string' && message.refusal !== '') {
        refused = true
        addText(message.refusal)
      }
    }
    if (typeof choice.finish_reason !== 'string' || choice.finish_reason === '') return
    if (choice.finish_reason === 'error') fail(failureOfError(choice.error, context))
    else reason = refused ? 'content-filter' : finishReason(choice.finish_reason)
  }

  const takeValue = (value: unknown): void => {
    if (!isRecord(value)) return garbled('JSON that is no completion')
    if (value.error !== undefined && value.error !== null) return fail(failureOfError(value.error, context))
    if (value.object === 'error') return fail(failureOfError(value, context))
    if (isRecord(value.usage)) usage = tokenCounts(value.usage)
    if (typeof value.model === 'string' && value.model !== '' && value.model.length <= 255)
      model = storable(value.model)
    if (Array.isArray(value.choices)) takeChoice(value.choices[0])
    else if (!isRecord(value.usage)) garbled('JSON without choices')
  }

  const parse = (json: string): void => {
    let value: unknown
    try {
      value = JSON.parse(json)
    } catch {
      // Half an event at the end of the body was cut off, not garbled.
      if (!ending) garbled('an event that is not JSON')
      return
    }
    takeValue(value)
  }

  const takeEvent = (data: string, name: string): void => {
    if (done || failure || data === '') return
    events += 1
    if (data === '[DONE]') done = true
    else if (name === 'error') fail(failureOfError(parsedOr(data), context))
    else parse(data)
  }

  const takeUnknown = (line: string): void => {
    if (done || failure) return
    // llama.cpp's server sends its failures in a field of their own.
    if (line.startsWith('error:')) return fail(failureOfError(parsedOr(line.slice('error:'.length)), context))
    unknownLines += 1
  }

  const lines = sseLines({ onEvent: takeEvent, onUnknown: takeUnknown }, longestLine)

  const feedDocument = (input: string): void => {
    document += input
    if (document.length > longestDocument) garbled(`more than ${longestDocument} characters of JSON`)
  }

  const take = (input: string): void => {
    if (kind === 'unknown') {
      const first = /[^\s\uFEFF]/.exec(input)
      if (first) kind = first[0] === '{' || first[0] === '[' ? 'document' : 'events'
    }
    if (kind === 'document') feedDocument(input)
    else if (!lines.feed(input)) garbled(`a line of more than ${longestLine} characters`)
  }

  const finish = (): Finish => ({
    type: 'finish',
    reason: reason ?? 'other',
    ...usage,
    ...(model === undefined ? {} : { model }),
  })

  /** Takes the text so far, but not half a character: providers may split a surrogate pair between two deltas. */
  const takeText = (): string => {
    const over = done || failure !== undefined
    const keep = !over && /[\uD800-\uDBFF]$/.test(text) ? 1 : 0
    const taken = keep === 0 ? text : text.slice(0, -1)
    text = keep === 0 ? '' : text.slice(-1)
    return storable(taken)
  }

  const progress = (): Progress => {
    const written = takeText()
    if (failure) return { text: written, failure }
    if (!done) return { text: written }
    return textBytes === 0
      ? {
          text: written,
          failure: new AppError('model.empty', { cause: new Error(`${context.provider} sent no text`) }),
        }
      : { text: written, finish: finish() }
  }

  const endDocument = (): void => {
    parse(document.trim())
    done = true
  }

  const endEvents = (): void => {
    ending = true
    lines.end()
    if (done || failure) return
    if (reason !== undefined) done = true
    else if (events === 0 && unknownLines > 0) garbled('something that is no event stream')
    else
      fail(new AppError('model.cut_off', { cause: new Error(`${context.provider} ended the stream without a reason`) }))
  }

  return {
    get complete() {
      return reason !== undefined && kind === 'events'
    },
    feed: (input) => {
      if (!done && !failure) take(input)
      return progress()
    },
    end: () => {
      if (!done && !failure) {
        if (kind === 'document') endDocument()
        else endEvents()
      }
      return progress()
    },
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** PostgreSQL's `text` takes neither half a surrogate pair nor NUL; both become U+FFFD. */
const storable = (text: string): string => {
  const wellFormed = text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed
}

const parsedOr = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

const finishReasons: Record<string, Finish['reason']> = {
  stop: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  stop_sequence: 'stop',
  end_turn: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  content_filter: 'content-filter',
  safety: 'content-filter',
}

/** OpenAI's reasons, and those that Mistral, Google, TGI and Anthropic's models leak through compatible servers. */
const finishReason = (reason: string): Finish['reason'] => {
  const key = reason.toLowerCase()
  return Object.hasOwn(finishReasons, key) ? (finishReasons[key] ?? 'other') : 'other'
}

/** Counts are stored as 32-bit integers; no context is that long. */
const mostTokens = 2 ** 31 - 1

const tokenCount = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostTokens ? value : undefined

const tokenCounts = (usage: Record<string, unknown>): { promptTokens?: number; completionTokens?: number } => {
  const promptTokens = tokenCount(usage.prompt_tokens)
  const completionTokens = tokenCount(usage.completion_tokens)
  return {
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(completionTokens === undefined ? {} : { completionTokens }),
  }
}
