/** Reads server-sent events with as little work as possible; the same code reads Parlance and the provider. */
import http from 'node:http'
import { StringDecoder } from 'node:string_decoder'

export interface EventRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** For requests that follow each other on one connection. */
  readonly agent?: http.Agent
}

export interface EventReading {
  /** The answer's head has arrived. */
  readonly opened: Promise<void>
  /** The stream is over, whoever ended it. Never rejects. */
  readonly over: Promise<void>
  close(): void
}

/** @param onEvent gets the content of `data:` and `id:` of each event */
export const readEvents = (
  { url, method, headers, body, agent }: EventRequest,
  onEvent: (data: string, id: string | undefined) => void,
): EventReading => {
  const opened = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const request = http.request(url, { method, headers, agent: agent ?? false }, (response) => {
    if (response.statusCode === 200) opened.resolve()
    else opened.reject(new Error(`${url} answered ${response.statusCode}`))
    const decoder = new StringDecoder('utf8')
    let rest = ''
    response.on('data', (chunk: Buffer) => {
      const parts = (rest + decoder.write(chunk)).split('\n\n')
      rest = parts.pop()!
      for (const part of parts) {
        const [data, id] = fieldsOf(part)
        if (data !== undefined) onEvent(data, id)
      }
    })
    response.on('error', () => over.resolve())
    response.on('close', () => over.resolve())
  })
  request.setNoDelay(true)
  request.on('error', (error) => {
    opened.reject(error)
    over.resolve()
  })
  request.end(body)
  return { opened: opened.promise, over: over.promise, close: () => void request.destroy() }
}

const fieldsOf = (event: string): [data: string | undefined, id: string | undefined] => {
  let data: string | undefined
  let id: string | undefined
  for (const line of event.split('\n')) {
    if (line.startsWith('data: ')) data = line.slice(6)
    else if (line.startsWith('id: ')) id = line.slice(4)
  }
  return [data, id]
}
