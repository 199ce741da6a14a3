/** One message to many people at once: from the request that posts it until the last of their streams has it. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { credentialSigner, keyring } from '#server/adapters/secrets/index.ts'
import { type EventReading, readEvents } from './event-reader.ts'
import { type Lend, type Parlance, withParlance } from './parlance.ts'
import { atMost, formatted, type Row, type Table } from './report.ts'
import { addressesOf, connected } from './seed.ts'
import { median, quantile } from './statistics.ts'

export interface FanOutPlan {
  /** People who are in one group, each with one stream. */
  readonly readers: number
  readonly messages: number
  readonly hasTargets: boolean
}

interface Member {
  readonly id: string
  /** A personal access token. */
  readonly token: string
}

/** Longer than most messages, in characters. */
const MESSAGE_LENGTH = 300
/** How many streams are being opened at the same time. */
const OPENING_AT_ONCE = 50

export const measureFanOut = async (
  folder: string,
  env: Readonly<Record<string, string>>,
  plan: FanOutPlan,
  tell: (line: string) => void,
  lend: Lend = withParlance,
): Promise<Table> =>
  lend(folder, env, async (one) => {
    const { dataDir } = one
    const secret = (await readFile(path.join(dataDir, 'secret.key'), 'utf8')).trim()
    const { conversationId, members } = await seedGroup(dataDir, secret, plan.readers)
    tell(`one message to ${plan.readers} people on one server`)
    const alone = await post(plan, conversationId, members, [one])
    tell(`one message to ${plan.readers} people on two servers`)
    const second = await mkdtemp(path.join(tmpdir(), 'parlance-bench-'))
    try {
      const { superuser } = addressesOf(dataDir)
      const socket = new URLSearchParams({ host: superuser.host, port: String(superuser.port) })
      const login = `${superuser.user}:${encodeURIComponent(superuser.password)}`
      const ofFirst = {
        ...env,
        DATA_DIR: second,
        DATABASE_URL: `postgresql://${login}@localhost/${superuser.database}?${socket.toString()}`,
        SECRET_KEY: secret,
      }
      const shared = await withParlance(second, ofFirst, (two) => post(plan, conversationId, members, [one, two]))
      return tableOf(plan, [
        ['one server', alone],
        ['two servers, half of the streams on each', shared],
      ])
    } finally {
      await rm(second, { recursive: true, force: true })
    }
  })

/** Milliseconds from the request of each message until its first, its middle and its last reader had it. */
interface Arrivals {
  readonly first: number[]
  readonly middle: number[]
  readonly last: number[]
}

const tableOf = (plan: FanOutPlan, measured: readonly (readonly [string, Arrivals])[]): Table => ({
  title: 'One message to many',
  method:
    `A group of ${formatted(plan.readers)} people, each of whom holds an event stream open; ${formatted(plan.messages)} messages ` +
    `of ${MESSAGE_LENGTH} characters, one after the other. Milliseconds from the beginning of the request that posts a message until a ` +
    'stream has it; the readers share the machine with the servers. An event is written out once, whoever gets it.',
  columns: ['what', 'p50', 'p99'],
  rows: measured.flatMap(([where, { first, middle, last }]): Row[] => [
    { cells: [`first reader, ${where}`, ...milliseconds(first)] },
    { cells: [`half of the readers, ${where}`, ...milliseconds(middle)] },
    {
      cells: [`last reader, ${where}`, ...milliseconds(last)],
      target: plan.hasTargets ? atMost(median(last), 250, 'ms') : undefined,
    },
  ]),
})

const milliseconds = (values: readonly number[]): string[] => [
  `${formatted(median(values), 1)} ms`,
  `${formatted(quantile(values, 0.99), 1)} ms`,
]

/** Opens everybody's stream, by turns on each server, and posts from the first one. */
const post = async (
  plan: FanOutPlan,
  conversationId: string,
  members: readonly Member[],
  servers: readonly Parlance[],
): Promise<Arrivals> => {
  /** Which message is on its way, and what to do when a reader has it. */
  let awaited = { id: '', arrive: () => {} }
  const readings: EventReading[] = []
  /** A reader that was cut off would be waited for without an end. */
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => {})
  const left = members.entries()
  const openSome = async () => {
    for (const [index, { token }] of left) {
      const connected = Promise.withResolvers<void>()
      const reading = readEvents(
        {
          url: `${servers[index % servers.length]!.url}/api/app/events`,
          method: 'GET',
          headers: { authorization: `Bearer ${token}` },
        },
        (data) => {
          if (data.startsWith('{"type":"connected"')) connected.resolve()
          else if (data.startsWith('{"type":"message-posted"') && data.includes(awaited.id)) awaited.arrive()
        },
      )
      readings.push(reading)
      void reading.over.then(() => broken.reject(new Error('A stream ended early.')))
      await reading.opened
      await Promise.race([connected.promise, broken.promise])
    }
  }
  try {
    await Promise.all(Array.from({ length: OPENING_AT_ONCE }, openSome))
    const arrivals: Arrivals = { first: [], middle: [], last: [] }
    for (let message = 0; message < plan.messages; message++) {
      const times: number[] = []
      const everybody = Promise.withResolvers<void>()
      const id = randomUUID()
      awaited = {
        id,
        arrive() {
          times.push(performance.now())
          if (times.length === members.length) everybody.resolve()
        },
      }
      const from = performance.now()
      const response = await fetch(`${servers[0]!.url}/api/team/conversations/${conversationId}/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${members[0]!.token}` },
        body: JSON.stringify({ id, content: 'x'.repeat(MESSAGE_LENGTH) }),
      })
      if (response.status !== 201) throw new Error(`posting answered ${response.status}: ${await response.text()}`)
      await response.arrayBuffer()
      await Promise.race([everybody.promise, broken.promise])
      arrivals.first.push(times[0]! - from)
      arrivals.middle.push(times[Math.floor(times.length / 2)]! - from)
      arrivals.last.push(times.at(-1)! - from)
    }
    return arrivals
  } finally {
    for (const reading of readings) reading.close()
    await Promise.all(readings.map(({ over }) => over))
  }
}

/** People with tokens as the product makes them, in one group. */
const seedGroup = async (
  dataDir: string,
  secret: string,
  count: number,
): Promise<{ conversationId: string; members: Member[] }> => {
  const signer = credentialSigner(keyring(secret))
  const people = Array.from({ length: count }, () => {
    const id = randomUUID()
    return { id, ...signer.issue('access_token', id) }
  })
  const ids = people.map(({ id }) => id)
  const conversationId = randomUUID()
  await connected(addressesOf(dataDir).superuser, async (client) => {
    await client.query(
      `insert into users (user_id, name, email, created_at)
       select person, 'Person', person || '@example.org', now() from unnest($1::uuid[]) person`,
      [ids],
    )
    await client.query(
      `insert into access_tokens (access_token_id, user_id, name, token_hash, created_at)
       select gen_random_uuid(), person, 'bench', hash, now() from unnest($1::uuid[], $2::bytea[]) as made (person, hash)`,
      [ids, people.map(({ hash }) => hash)],
    )
    await client.query(
      `insert into conversations (conversation_id, kind, team_type, title, member_count, created_at, updated_at, active_at)
       values ($1, 'team', 'group', 'Everybody', $2, now(), now(), now())`,
      [conversationId, count],
    )
    await client.query(
      `insert into members (conversation_id, user_id, role, joined_at, read_at)
       select $1, person, case when number = 1 then 'owner' else 'member' end, now(), now()
       from unnest($2::uuid[]) with ordinality as made (person, number)`,
      [conversationId, ids],
    )
    await client.query('analyze')
  })
  return { conversationId, members: people.map(({ id, text }) => ({ id, token: text })) }
}
