/** Replies through the server against the provider read directly, by the same reader: what streaming costs on top. */
import http from 'node:http'
import { readEvents } from './event-reader.ts'
import type { Parlance } from './parlance.ts'
import { processorTimeOf } from './processes.ts'
import { atMost, formatted, type Row, type Table } from './report.ts'
import type { SeededPerson } from './seed.ts'
import { median, quantile } from './statistics.ts'

export interface RepliesPlan {
  /** How often the time to the first token is taken on each side. */
  readonly firstTokens: number
  /** How many replies are written at the same time. */
  readonly concurrent: readonly number[]
  /** Deltas of all replies together, where they come as fast as they are read. */
  readonly deltas: number
  /** Replies that come at the pace of a model: deltas of each, and how far apart they are, in milliseconds. */
  readonly paced: { readonly deltas: number; readonly everyMs: number }
  readonly hasTargets: boolean
}

/** One reply, as it was read. */
interface Read {
  readonly text: string
  /** From the request to its first text. */
  readonly firstMs: number
  /** Of each stamped delta, from when the provider sent it until it was read. */
  readonly agesMs: readonly number[]
}

type ReadReply = (index: number, model: string) => Promise<Read>

interface Reader {
  readonly read: ReadReply
  close(): void
}

/** Of the server and its database, in milliseconds. */
const processorTime = ({ pid }: Parlance): number => {
  const { own, descendants } = processorTimeOf(pid) ?? { own: Number.NaN, descendants: Number.NaN }
  return own + descendants
}

const now = (): number => performance.timeOrigin + performance.now()
const stamp = /t=([\d.]+);/g

/** @throws Error when a reply is not word for word what the provider was scripted to say */
export const measureReplies = async (
  parlance: Parlance,
  providerUrl: string,
  person: SeededPerson,
  plan: RepliesPlan,
  tell: (line: string) => void,
): Promise<Table> => {
  const most = Math.max(...plan.concurrent, 10)
  const through = await throughParlance(parlance.url, person, most)
  const direct = directly(providerUrl)
  try {
    tell('time to the first token')
    const rows = [await firstTokenRow(through.read, direct.read, plan)]
    for (const count of plan.concurrent) {
      tell(`${count} replies at once, as fast as they are read`)
      rows.push(await fullSpeedRow(parlance, through.read, direct.read, count, plan))
    }
    for (const count of plan.concurrent) {
      tell(`${count} replies at once, a delta every ${plan.paced.everyMs} ms`)
      rows.push(...(await pacedRows(parlance, through.read, direct.read, count, plan)))
    }
    return {
      title: 'Replies',
      method:
        'A scripted provider in a process of its own, read by the same code directly and through Parlance. First token: ' +
        `from posting a message, on a stream that is open, to its first text; ${plan.firstTokens} times each, in turns. ` +
        'Age: from the moment the provider sends a delta until it is read. Every reply is compared with its script, and ' +
        'the stored message with what was streamed. The reader’s own work and the provider’s share the cores.',
      columns: ['what', 'through Parlance', 'directly', 'difference or ratio'],
      rows,
    }
  } finally {
    through.close()
    direct.close()
  }
}

/** Reads the provider itself. */
const directly = (providerUrl: string): Reader => {
  const agent = new http.Agent({ keepAlive: true })
  return {
    close: () => agent.destroy(),
    async read(_, model) {
      const reading = beginReading()
      const events = readEvents(
        {
          url: `${providerUrl}/chat/completions`,
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Go on.' }] }),
          agent,
        },
        (data) => {
          if (data === '[DONE]') return
          reading.add(JSON.parse(data).choices[0]?.delta.content ?? '')
        },
      )
      await events.opened
      await events.over
      return reading.done()
    },
  }
}

/** Reads conversations of a person, one stream each, which stay open. */
const throughParlance = async (url: string, person: SeededPerson, count: number): Promise<Reader> => {
  const agent = new http.Agent({ keepAlive: true })
  const followers = await Promise.all(
    person.toFollow.slice(0, count).map((id) => follow(`${url}/api/app/conversations/${id}`, person.token, agent)),
  )
  return {
    read: (index, model) => followers[index % followers.length]!.read(model),
    close() {
      for (const follower of followers) follower.close()
      agent.destroy()
    },
  }
}

/** Follows one conversation, and comes back where it was when it is cut off for reading too slowly. */
const follow = async (conversation: string, token: string, agent: http.Agent) => {
  const headers = { authorization: `Bearer ${token}` }
  let lastEventId: string | undefined
  let isClosed = false
  let reading: ReturnType<typeof beginReading> | undefined
  let settle: { resolve(): void; reject(error: unknown): void } | undefined

  const onEvent = (data: string, id: string | undefined): void => {
    lastEventId = id ?? lastEventId
    const event = JSON.parse(data)
    if (reading === undefined) return
    if (event.type === 'text-delta') {
      if (event.offset !== reading.length())
        settle?.reject(new Error(`A gap or a repeat at ${reading.length()}: ${data}`))
      reading.add(event.text)
    } else if (event.type === 'reply-ended') {
      if (event.message?.content === reading.done().text) settle?.resolve()
      else settle?.reject(new Error(`What was stored is not what was streamed: ${data.slice(0, 500)}`))
    }
  }
  const open = () => {
    const position: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
    const events = readEvents(
      { url: `${conversation}/events`, method: 'GET', headers: { ...headers, ...position } },
      onEvent,
    )
    void events.over.then(() => {
      if (isClosed) return
      stream = open()
      stream.opened.catch((error: unknown) => settle?.reject(error))
    })
    return events
  }
  let stream = open()
  await stream.opened

  return {
    async read(model: string): Promise<Read> {
      const ended = new Promise<void>((resolve, reject) => (settle = { resolve, reject }))
      reading = beginReading()
      await Promise.all([
        post(`${conversation}/messages`, headers, agent, { content: 'Go on.', model: `operator:${model}` }),
        ended,
      ])
      const read = reading.done()
      reading = undefined
      return read
    },
    close() {
      isClosed = true
      stream.close()
    },
  }
}

/** Posts JSON and waits for the whole answer. */
const post = (url: string, headers: Record<string, string>, agent: http.Agent, body: unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = http.request(url, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-type': 'application/json' },
    })
    request.on('response', (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 201) resolve()
        else reject(new Error(`POST ${url} answered ${response.statusCode}`))
      })
    })
    request.on('error', reject)
    request.end(JSON.stringify(body))
  })

/** Collects one reply, from now on. */
const beginReading = () => {
  const startedAt = performance.now()
  let firstMs = Number.NaN
  let text = ''
  const agesMs: number[] = []
  return {
    add(piece: string) {
      if (piece === '') return
      if (text === '') firstMs = performance.now() - startedAt
      text += piece
      const readAt = now()
      // Deltas that arrived together come as one.
      for (const [, sentAt] of piece.matchAll(stamp)) agesMs.push(readAt - Number(sentAt))
    },
    length: () => text.length,
    done: (): Read => ({ text, firstMs, agesMs }),
  }
}

const firstTokenRow = async (
  through: ReadReply,
  direct: ReadReply,
  { firstTokens, hasTargets }: RepliesPlan,
): Promise<Row> => {
  const model = 'load-3-1'
  const firsts = { through: [] as number[], direct: [] as number[] }
  // The first few pay for connections and for code that was never run.
  const warmUp = Math.min(20, firstTokens)
  for (let index = 0; index < firstTokens + warmUp; index++) {
    for (const [side, read] of [
      ['direct', direct],
      ['through', through],
    ] as const) {
      const { text, firstMs } = await read(index, model)
      expectText(text, 'word '.repeat(3))
      if (index >= warmUp) firsts[side].push(firstMs)
    }
  }
  const p50 = [quantile(firsts.through, 0.5), quantile(firsts.direct, 0.5)] as const
  const p99 = [quantile(firsts.through, 0.99), quantile(firsts.direct, 0.99)] as const
  const both = (index: 0 | 1) => `${formatted(p50[index], 2)} (${formatted(p99[index], 2)}) ms`
  const added = p99[0] - p99[1]
  return {
    cells: [
      'time to the first token, p50 (p99)',
      both(0),
      both(1),
      `+${formatted(p50[0] - p50[1], 2)} (+${formatted(added, 2)}) ms`,
    ],
    target: hasTargets ? { ...atMost(added, 5, 'ms'), text: 'p99: ≤ 5 ms added' } : undefined,
  }
}

/** Runs as many replies at once, each of them once; all texts together, and how long it took in seconds. */
const runAtOnce = async (read: ReadReply, count: number, model: string) => {
  const startedAt = performance.now()
  const reads = await Promise.all(Array.from({ length: count }, (_, index) => read(index, model)))
  return { reads, seconds: (performance.now() - startedAt) / 1000 }
}

const fullSpeedRow = async (
  parlance: Parlance,
  through: ReadReply,
  direct: ReadReply,
  count: number,
  plan: RepliesPlan,
): Promise<Row> => {
  const each = Math.ceil(plan.deltas / count)
  const rates = { through: [] as number[], direct: [] as number[] }
  let used = 0
  for (let round = 0; round < 3; round++) {
    for (const [side, read] of [
      ['direct', direct],
      ['through', through],
    ] as const) {
      const before = processorTime(parlance)
      const { reads, seconds } = await runAtOnce(read, count, `load-${each}-0`)
      if (side === 'through') used += processorTime(parlance) - before
      for (const { text } of reads) expectText(text, 'word '.repeat(each))
      rates[side].push((count * each) / seconds)
    }
  }
  const microseconds = (used * 1000) / (3 * count * each)
  const [ours, theirs] = [median(rates.through), median(rates.direct)]
  return {
    cells: [
      `deltas/s, ${count} at once, as fast as they are read (${formatted(microseconds, 1)} µs of our processor time each)`,
      formatted(ours),
      formatted(theirs),
      formatted(ours / theirs, 2),
    ],
  }
}

const pacedRows = async (
  parlance: Parlance,
  through: ReadReply,
  direct: ReadReply,
  count: number,
  plan: RepliesPlan,
): Promise<Row[]> => {
  const { deltas, everyMs } = plan.paced
  const model = `load-${deltas}-${everyMs}-stamped`
  const run = async (read: ReadReply) => {
    const before = processorTime(parlance)
    const { reads, seconds } = await runAtOnce(read, count, model)
    for (const { text } of reads) {
      const stamps = text.match(stamp)
      if (stamps?.length !== deltas || stamps.join('') !== text) throw new Error(`A reply is not complete: ${text}`)
    }
    const agesMs = reads.flatMap((each) => each.agesMs)
    const firstsMs = reads.map(({ firstMs }) => firstMs)
    const load = (processorTime(parlance) - before) / 10 / seconds
    return { agesMs, firstsMs, load, rate: (count * deltas) / seconds }
  }
  const theirs = await run(direct)
  const ours = await run(through)
  const spread = (values: readonly number[]) =>
    `${formatted(quantile(values, 0.5), 2)} (${formatted(quantile(values, 0.99), 2)}) ms`
  const pace = `${count} at once, a delta every ${everyMs} ms`
  return [
    {
      cells: [
        `deltas/s, ${pace} (${formatted(ours.load)} % of a core)`,
        formatted(ours.rate),
        formatted(theirs.rate),
        formatted(ours.rate / theirs.rate, 2),
      ],
    },
    {
      cells: [
        `age of a delta, ${pace}, p50 (p99)`,
        spread(ours.agesMs),
        spread(theirs.agesMs),
        `+${formatted(quantile(ours.agesMs, 0.5) - quantile(theirs.agesMs, 0.5), 2)} ms`,
      ],
    },
    {
      cells: [
        `first token, all ${count} asked at the same moment, p50 (p99)`,
        spread(ours.firstsMs),
        spread(theirs.firstsMs),
        `+${formatted(quantile(ours.firstsMs, 0.5) - quantile(theirs.firstsMs, 0.5), 2)} ms`,
      ],
    },
  ]
}

const expectText = (text: string, wanted: string): void => {
  if (text === wanted) return
  throw new Error(`A reply of ${text.length} characters is not the ${wanted.length} that were scripted.`)
}
