/** A server with a scripted model, and readers that are stricter than any browser; it knows nothing behind the URL. */
import { connect, type Socket } from 'node:net'
import { expect } from 'vitest'
import * as contract from '#contract/app/index.ts'
import {
  type Script,
  type ScriptedProvider,
  startScriptedProvider,
  type Step,
} from '#test/support/scripted-provider/scripted-provider.ts'
import {
  startTestServer,
  type TestPerson,
  type TestServer,
  type TestServerOptions,
  type Environment,
} from '#test/support/server.ts'

export const MODEL = 'operator:scripted'

/** The environment in which the operator's model is the scripted one. */
export const withModel = (provider: ScriptedProvider): Environment => ({
  LLM_BASE_URL: provider.url,
  LLM_MODEL: 'scripted',
})

export interface World {
  readonly provider: ScriptedProvider
  readonly server: TestServer
  /** What the model does next; titles are asked of it too, and get one word. */
  next(script: Script): void
  close(): Promise<void>
}

export const startWorld = async (options: TestServerOptions = {}): Promise<World> => {
  const provider = await startScriptedProvider()
  const server = await startTestServer({ ...options, env: { ...withModel(provider), ...options.env } })
  return {
    provider,
    server,
    next: scriptsFor(provider),
    async close() {
      await server.close()
      await provider.close()
    },
  }
}

/** Lets a provider play scripts in order, but not for titles. */
export const scriptsFor = (provider: ScriptedProvider): World['next'] => {
  const scripts: Script[] = []
  // Only a request for a title has a limit of tokens.
  provider.script((request) => (request.body?.max_tokens !== undefined ? { steps: ['Title'] } : scripts.shift()))
  return (script) => void scripts.push(script)
}

/** A conversation whose first reply plays this script. */
export const converse = async (
  { next }: Pick<World, 'next'>,
  person: TestPerson,
  script: Script,
  content = 'Question',
) => {
  next(script)
  const { body } = await created(person, content)
  return { id: body.conversation.id, replyId: body.reply.id, messageId: body.reply.messageId }
}

export const created = async (person: TestPerson, content = 'Question', model = MODEL) => {
  const answer = await person.request('POST', '/api/app/conversations', { content, model })
  expect(answer.status).toBe(201)
  return { ...answer, body: contract.createConversation.reply.body!.parse(answer.body) }
}

export const posted = async (person: TestPerson, id: string, content = 'Again', model = MODEL) => {
  const answer = await person.request('POST', `/api/app/conversations/${id}/messages`, { content, model })
  expect(answer.status).toBe(201)
  return contract.postMessage.reply.body!.parse(answer.body)
}

export const stopped = async (person: TestPerson, id: string) => {
  const answer = await person.request('DELETE', `/api/app/conversations/${id}/replies/current`)
  expect(answer).toMatchObject({ status: 204, body: undefined })
}

export const conversationOf = async (person: TestPerson, id: string) => {
  const answer = await person.request('GET', `/api/app/conversations/${id}`)
  expect(answer.status).toBe(200)
  return contract.readConversation.reply.body!.parse(answer.body)
}

/** All messages, oldest first. */
export const messagesOf = async (person: TestPerson, id: string): Promise<contract.Message[]> => {
  const answer = await person.request('GET', `/api/app/conversations/${id}/messages?limit=100`)
  expect(answer.status).toBe(200)
  return contract.listMessages.reply.body!.parse(answer.body).data.toReversed()
}

/** Until the server has logged that this went wrong, after its first `from` problems: the one sign from outside that it has met the trouble. */
export const untilLogged = async ({ server }: Pick<World, 'server'>, what: string, from: number): Promise<void> => {
  while (!server.problems.slice(from).some((problem) => problem['what'] === what)) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Steps of a model that hands over `pieces` one by one, `ms` apart. */
export const slowly = (pieces: readonly string[], ms: number): Step[] =>
  pieces.flatMap((piece) => [piece, { pause: ms }])

export interface StreamEvent {
  readonly id: string | undefined
  readonly data: contract.StreamEvent
}

/** One connection to a conversation's stream, read as the standard says (WHATWG HTML, 9.2) and with nothing forgiven. */
export interface Connection {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly events: readonly StreamEvent[]
  /** The first event, seen or to come, for which `wanted` holds. Fails when the stream ends before it, or after a while. */
  event(wanted: (data: contract.StreamEvent) => boolean): Promise<StreamEvent>
  /** Resolves when the connection is over, whoever ended it; true when the server did so in order. */
  readonly over: Promise<boolean>
  readonly socket: Socket
  close(): void
}

export interface ConnectOptions {
  readonly lastEventId?: string | undefined
  /** Where to connect instead of the server itself. */
  readonly port?: number | undefined
  /** Hears every event as it comes. */
  readonly onEvent?: (event: StreamEvent) => void
  /** Connects and asks, but never reads. */
  readonly isDeaf?: boolean
}

const PATIENCE_MS = 20_000

export const follow = (
  server: { readonly url: string },
  person: { readonly token: string },
  id: string,
  options: ConnectOptions = {},
): Connection => {
  const port = options.port ?? Number(new URL(server.url).port)
  const socket = connect(port, '127.0.0.1')
  const events: StreamEvent[] = []
  const waiting = new Set<() => void>()
  const wake = () => waiting.forEach((look) => look())
  const parser = strictParser((event) => {
    events.push(event)
    options.onEvent?.(event)
    wake()
  })
  let head = ''
  const headers: Record<string, string> = {}
  let status = 0
  let isOver = false
  const over = new Promise<boolean>((resolve) => {
    let wasInOrder = false
    socket.on('end', () => (wasInOrder = true))
    socket.on('error', () => {})
    socket.on('close', () => {
      isOver = true
      wake()
      resolve(wasInOrder)
    })
  })
  socket.write(
    [
      `GET /api/app/conversations/${id}/events HTTP/1.1`,
      'Host: 127.0.0.1',
      `Authorization: Bearer ${person.token}`,
      ...(options.lastEventId === undefined ? [] : [`Last-Event-ID: ${options.lastEventId}`]),
      '\r\n',
    ].join('\r\n'),
  )
  if (options.isDeaf) socket.pause()
  else {
    socket.on('data', (bytes: Buffer) => {
      if (status > 0) return parser(bytes)
      head += bytes.toString('latin1')
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      const [first = '', ...lines] = head.slice(0, end).split('\r\n')
      status = Number(first.split(' ')[1])
      for (const line of lines)
        headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim()
      if (headers['content-type']?.startsWith('text/event-stream')) parser(Buffer.from(head.slice(end + 4), 'latin1'))
      // No stream: the server would keep the connection open for other requests.
      else socket.destroy()
    })
  }
  return {
    get status() {
      return status
    },
    headers,
    events,
    over,
    socket,
    close: () => void socket.destroy(),
    event: (wanted) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void) => {
          clearTimeout(timer)
          waiting.delete(look)
          settle()
        }
        const look = () => {
          const found = events.find(({ data }) => wanted(data))
          if (found !== undefined) finish(() => resolve(found))
          else if (isOver) finish(() => reject(new Error(`the stream ended; seen: ${JSON.stringify(events)}`)))
        }
        const timer = setTimeout(
          () => finish(() => reject(new Error(`no such event; seen: ${JSON.stringify(events.slice(-20))}`))),
          PATIENCE_MS,
        )
        waiting.add(look)
        look()
      }),
  }
}

/** Bytes in, events out. A field that the server never sends, or half an event at a wrong place, fails the test. */
const strictParser = (onEvent: (event: StreamEvent) => void) => {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let rest = ''
  let id: string | undefined
  let data: string[] = []
  const takeLine = (line: string) => {
    if (line === '') {
      if (data.length > 0) onEvent({ id, data: contract.streamEvent.parse(JSON.parse(data.join('\n'))) })
      id = undefined
      data = []
      return
    }
    const [, field, value] = /^([a-z]+): (.*)$/su.exec(line) ?? []
    if (field === 'data') data.push(value!)
    else if (field === 'id') id = value
    else expect([field, value]).toEqual(['retry', '1000'])
  }
  return (bytes: Uint8Array) => {
    rest += decoder.decode(bytes, { stream: true })
    for (;;) {
      // A CR at the very end may be half of a CRLF.
      const end = /\r\n|\n|\r(?!$)/.exec(rest)
      if (end === null) return
      takeLine(rest.slice(0, end.index))
      rest = rest.slice(end.index + end[0].length)
    }
  }
}

/** What a page makes of a stream, over reconnects: fails on any gap and any repeat. */
export class Transcript {
  readonly replies: {
    id: string
    text: string
    end: Extract<contract.StreamEvent, { type: 'reply-ended' }> | undefined
  }[] = []
  lastEventId: string | undefined
  take({ id, data }: StreamEvent): void {
    if (id !== undefined) this.lastEventId = id
    const last = this.replies.at(-1)
    if (data.type === 'reply-started') {
      if (last !== undefined) expect(last.end).toBeDefined()
      this.replies.push({ id: data.reply.id, text: '', end: undefined })
    } else if (data.type === 'text-delta') {
      expect([data.replyId, last?.end]).toEqual([last?.id, undefined])
      expect(data.offset).toBe(last!.text.length)
      last!.text += data.text
    } else if (data.type === 'reply-ended') {
      expect([data.reply.id, last?.end]).toEqual([last?.id, undefined])
      last!.end = data
    }
  }
}

export const hasEnded = (data: contract.StreamEvent): boolean => data.type === 'reply-ended'
export const isDelta = (data: contract.StreamEvent): boolean => data.type === 'text-delta'
