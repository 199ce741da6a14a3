/** Streams on which nothing happens: what they cost in memory, and how long one round of heartbeats takes. */
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Parlance } from './parlance.ts'
import { memoryOfTree } from './processes.ts'
import { atMost, formatted, type Table } from './report.ts'
import type { SeededPerson } from './seed.ts'

export interface IdleStreamsPlan {
  readonly streams: number
  /** Waits for a whole round of heartbeats, which come every 15 seconds. */
  readonly waitsForHeartbeats: boolean
  readonly hasTargets: boolean
}

interface Opening {
  readonly port: number
  readonly token: string
  readonly conversations: readonly string[]
}

/** What the process that holds the streams tells. */
type Told = { opened: number } | { round: { spreadMs: number; streams: number } } | { problem: string }

/** Files that a process may have open besides the streams. */
const SPARE_FILES = 200

export const measureIdleStreams = async (
  parlance: Parlance,
  person: SeededPerson,
  plan: IdleStreamsPlan,
): Promise<Table> => {
  const wanted = Math.min(plan.streams, person.toFollow.length)
  const count = Math.min(wanted, openFilesLimit() - SPARE_FILES)
  const before = memoryOfTree(parlance.pid)
  const startedAt = performance.now()
  const child = fork(import.meta.filename, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  try {
    const opening: Opening = {
      port: parlance.port,
      token: person.token,
      conversations: person.toFollow.slice(0, count),
    }
    child.send(opening)
    await next(child, 'opened')
    const openedAfterMs = performance.now() - startedAt
    const round = plan.waitsForHeartbeats ? (await next(child, 'round')).round : undefined
    if (round !== undefined && round.streams !== count)
      throw new Error(`${round.streams} of ${count} streams had a heartbeat.`)
    const after = memoryOfTree(parlance.pid)
    const megabytes = after && after.bytes / 2 ** 20
    const added = after && before && after.bytes - before.bytes
    return {
      title: 'Idle streams',
      method:
        `${formatted(count)} event streams of as many conversations, held by another process` +
        (count < wanted
          ? ` (this system lets a process open ${openFilesLimit()} files: not ${formatted(wanted)})`
          : '') +
        '. Memory is the proportional set size of the server with its database processes, after a round of heartbeats; ' +
        'what the kernel keeps for sockets is not in it.',
      columns: ['what', 'measured'],
      rows: [
        {
          cells: [`memory with ${formatted(count)} streams, all processes`, megabytesOf(after?.bytes)],
          target: plan.hasTargets && megabytes !== undefined ? atMost(megabytes, 400, 'MB') : undefined,
        },
        {
          cells: [
            'of which they added',
            `${megabytesOf(added)} (${formatted((added ?? Number.NaN) / count / 1024, 1)} kB each)`,
          ],
        },
        { cells: ['opening all of them', `${formatted(openedAfterMs / 1000, 1)} s`] },
        {
          cells: [
            'one round of heartbeats, from the first that arrives to the last',
            round === undefined ? 'not waited for' : `${formatted(round.spreadMs)} ms`,
          ],
        },
      ],
    }
  } finally {
    child.disconnect()
  }
}

export const megabytesOf = (bytes: number | undefined): string =>
  bytes === undefined ? 'not known on this system' : `${formatted(bytes / 2 ** 20)} MB`

/** Node raises its own limit to the hard one when it starts. */
const openFilesLimit = (): number => {
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit)
}

type Named<Name extends string> = Extract<Told, Record<Name, unknown>>

const next = async <Name extends 'opened' | 'round'>(
  child: ReturnType<typeof fork>,
  name: Name,
): Promise<Named<Name>> => {
  for (;;) {
    const [told] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => [{ problem: 'the process that holds the streams ended' }]),
    ])) as [Told]
    if ('problem' in told) throw new Error(told.problem)
    if (name in told) return told as Named<Name>
  }
}

/** How many streams are being opened at the same time. */
const OPENING_AT_ONCE = 50

const hold = async ({ port, token, conversations }: Opening): Promise<void> => {
  let round = { streams: 0, firstAt: 0, lastAt: 0 }
  const onHeartbeat = () => {
    const now = performance.now()
    // Rounds are seconds apart, heartbeats of one round are not.
    if (now - round.lastAt > 2_000) {
      if (round.streams > 0) tellRound()
      round = { streams: 0, firstAt: now, lastAt: now }
    }
    round.streams += 1
    round.lastAt = now
    if (round.streams === conversations.length) tellRound()
  }
  let isOpening = true
  const tellRound = () => {
    const { streams, firstAt, lastAt } = round
    if (!isOpening) process.send!({ round: { streams, spreadMs: lastAt - firstAt } } satisfies Told)
    round.streams = 0
  }
  const left = conversations.values()
  await Promise.all(
    Array.from({ length: OPENING_AT_ONCE }, async () => {
      for (const id of left) await openOne(port, token, id, onHeartbeat)
    }),
  )
  // What beats now began while streams were still being opened: the next round is the first whole one.
  await sleep(100)
  isOpening = false
  process.send!({ opened: conversations.length } satisfies Told)
}

const openOne = async (port: number, token: string, id: string, onHeartbeat: () => void): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.write(
    `GET /api/app/conversations/${id}/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`,
  )
  return await new Promise((resolve, reject) => {
    let isOpen = false
    let head = ''
    socket.on('data', (chunk: Buffer) => {
      if (isOpen) {
        if (chunk.includes('"heartbeat"')) onHeartbeat()
        return
      }
      head += chunk.toString('latin1')
      if (!head.includes('"connected"')) return
      isOpen = true
      head = ''
      resolve(socket)
    })
    const fail = (why: string) => {
      if (isOpen) process.send!({ problem: `a stream was closed: ${why}` } satisfies Told)
      reject(new Error(`a stream was not opened: ${why} ${head}`))
    }
    socket.on('error', (error) => fail(error.message))
    socket.on('close', () => fail('by the server'))
  })
}

if (import.meta.main) {
  process.once('disconnect', () => process.exit())
  process.once('message', (opening: Opening) => {
    hold(opening).catch((error: unknown) => process.send!({ problem: String(error) } satisfies Told))
  })
}
