/** Replies through the server against the provider read directly, by the same reader: what streaming costs on top. */
import http from 'node:http'
import { readEvents } from './event-reader.ts'
import type { Parlance } from './parlance.ts'
import { processorTimeOfTree } from './processes.ts'
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
  const through = await throughParlance(parlance, person, most)
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
  const agent = new http.Agent({ keepAlive: true, noDelay: true })
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
const throughParlance = async (parlance: Parlance, person: SeededPerson, count: number): Promise<Reader> => {
  const agent = new http.Agent({ keepAlive: true, noDelay: true })
  const followers = await Promise.all(
    person.conversationsToFollow(count).map((id) => follow(parlance.url, person.token, id, agent)),
  )
  return {
    read: (index, model) => followers[index % followers.length]!.read(model),
    close() {
      for (const follower of followers) follower.close()
      agent.destroy()
    },
  }
}
