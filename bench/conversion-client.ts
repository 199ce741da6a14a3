/** A session of conversions as the page has one: uploads, asks, hears by events when it is done, downloads, removes. */
import { randomUUID } from 'node:crypto'
import { createParser } from 'eventsource-parser'
import type { SessionEvent } from '#contract/conversion/index.ts'

export interface Conversion {
  /** From asking for it until the event that says that it is done, in milliseconds. */
  readonly convertMs: number
  /** From the first byte of the upload to the last one of the download, in milliseconds. */
  readonly totalMs: number
  readonly output: Uint8Array
}

export interface ConversionClient {
  readonly headers: Readonly<Record<string, string>>
  /** @throws Error when it fails, with the sentence that the person would see */
  convert(bytes: Uint8Array<ArrayBuffer>, name: string, to: string): Promise<Conversion>
  close(): Promise<void>
}

/** @param url of the server, whose rate limits are off */
export const openConversionClient = async (url: string): Promise<ConversionClient> => {
  const begun = await fetch(`${url}/session/init`)
  const { data } = (await begun.json()) as { data: { csrf_token: string } }
  const headers = { cookie: begun.headers.getSetCookie()[0]!.split(';', 1)[0]!, 'x-csrf-token': data.csrf_token }
  const waiting = new Map<string, (job: Extract<SessionEvent, { type: 'job' }>['job']) => void>()
  const stream = new AbortController()
  const events = await fetch(`${url}/session/events`, { headers, signal: stream.signal })
  const parser = createParser({
    onEvent(message) {
      const event = JSON.parse(message.data) as SessionEvent
      const isDone = event.type === 'job' && ['completed', 'failed'].includes(event.job.status)
      if (isDone) waiting.get(event.job.job_id)?.(event.job)
    },
  })
  void (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of events.body!) parser.feed(decoder.decode(chunk, { stream: true }))
  })().catch(() => {})

  const post = async (path: string, body: unknown): Promise<any> => {
    const isForm = body instanceof FormData
    const response = await fetch(url + path, {
      method: 'POST',
      headers: isForm ? headers : { ...headers, 'content-type': 'application/json' },
      body: isForm ? body : JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return ((await response.json()) as { data: unknown }).data
  }

  return {
    headers,
    async convert(bytes, name, to) {
      const id = randomUUID()
      const done = new Promise<Extract<SessionEvent, { type: 'job' }>['job']>((resolve) => waiting.set(id, resolve))
      const form = new FormData()
      form.append('job_id', id)
      form.append('file', new Blob([bytes]), name)
      const startedAt = performance.now()
      await post('/upload', form)
      const askedAt = performance.now()
      await post('/convert', { job_id: id, target_format: to })
      const job = await done
      const doneAt = performance.now()
      waiting.delete(id)
      if (job.status === 'failed') throw new Error(`${name} to ${to}: ${job.error_message}`)
      const { download_token: token } = await post('/download_token', { job_id: id })
      const response = await fetch(`${url}/download?token=${token}`, { headers })
      const output = new Uint8Array(await response.arrayBuffer())
      const totalMs = performance.now() - startedAt
      await post('/session/remove', { job_id: id })
      return { convertMs: doneAt - askedAt, totalMs, output }
    },
    async close() {
      stream.abort()
      await post('/session/close', {})
    },
  }
}
