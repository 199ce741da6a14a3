/** Training data: exports of many conversations, the rates of what is computed for them, and what people wait for. */
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { diskBlobStore } from '#server/adapters/blobs/disk.ts'
import { type HttpRequest, runLoad } from './http-load.ts'
import { megabytesOf } from './idle-streams.ts'
import { type Lend, type Parlance, withParlance } from './parlance.ts'
import { residentMemoryOf } from './processes.ts'
import { atLeast, atMost, formatted, type Row, type Table } from './report.ts'
import { freezeAll, giveFiles, type SeededTraining, seedTraining, type TrainingAmounts } from './training-seed.ts'

export interface TrainingPlan {
  /** In a server of its own each: what is listed, and how many of these say something and are exported. */
  readonly amounts: TrainingAmounts
  /** How many more are exported once, only to see that it ends well; 0: none. */
  readonly lasting: number
  /** How many conversations are frozen with a look for near duplicates. */
  readonly frozen: number
  /** How long each request is asked, in seconds. */
  readonly seconds: number
  readonly hasTargets: boolean
}

const MEGABYTE = 1024 * 1024
/** How often memory and progress are looked at, in milliseconds. */
const LOOK_MS = 100
/** Conversations that have a file. */
const FILES = 100

/** Measures in folders of its own. */
export const measureTraining = async (
  folder: string,
  env: Readonly<Record<string, string>>,
  plan: TrainingPlan,
  tell: (line: string) => void,
  lend: Lend = withParlance,
): Promise<Table> => {
  const rows = await lend(path.join(folder, 'training'), env, async (parlance) => {
    const { dataDir } = parlance
    tell(`filling the database: ${plan.amounts.listed} training conversations, ${plan.amounts.said} with content`)
    const person = await seedTraining(parlance, dataDir, plan.amounts)
    const asked = new Asker(parlance, person)
    return [
      ...(await measureExport(asked, dataDir, plan, tell)),
      ...(await measureFreezing(asked, dataDir, plan, tell)),
      ...(await measureReading(asked, dataDir, plan, tell)),
    ]
  })
  if (plan.lasting > 0) {
    const lasting = path.join(folder, 'training-lasting')
    rows.push(await withParlance(lasting, env, (parlance) => measureLasting(parlance, lasting, plan, tell)))
  }
  return {
    title: 'Training data',
    method:
      `Conversations of ten messages and about six kilobytes. An export is asked for over HTTP and watched until it is ready: ` +
      'read as its owner, written in a thread of its own, packed, hashed and on the disk. Memory: the most that was resident of the ' +
      'process of the server, threads included and PostgreSQL not. Links and lists are asked for over 4 connections.',
    columns: ['what', 'measured'],
    rows,
  }
}

/** Asks in the person's name. */
class Asker {
  readonly parlance: Parlance
  readonly person: SeededTraining
  constructor(parlance: Parlance, person: SeededTraining) {
    this.parlance = parlance
    this.person = person
  }

  async ask(method: string, place: string, body?: unknown): Promise<any> {
    const response = await fetch(this.parlance.url + place, {
      method,
      headers: { authorization: `Bearer ${this.person.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(`${method} ${place} answered ${response.status}: ${JSON.stringify(answer)}`)
    return answer
  }

  get(place: string): HttpRequest {
    return { method: 'GET', path: place, token: this.person.token }
  }
}

interface Watched {
  readonly seconds: number
  /** The most that was resident meanwhile, in bytes; NaN where the system does not tell. */
  readonly memory: number
  /** The slowest answer about it, in milliseconds: what others waited meanwhile. */
  readonly slowest: number
  readonly result: any
}

/** Asks for something that takes its time, and how it gets on until it has ended. */
const watch = async (asker: Asker, begin: () => Promise<string>, key: string): Promise<Watched> => {
  const startedAt = performance.now()
  const place = await begin()
  let memory = Number.NaN
  let slowest = 0
  for (;;) {
    const askedAt = performance.now()
    const result = (await asker.ask('GET', place))[key]
    slowest = Math.max(slowest, performance.now() - askedAt)
    const now = residentMemoryOf(asker.parlance.pid)
    if (now !== undefined) memory = Math.max(Number.isNaN(memory) ? 0 : memory, now)
    if (result.status === 'completed')
      return { seconds: (performance.now() - startedAt) / 1000, memory, slowest, result }
    if (!['queued', 'processing'].includes(result.status)) throw new Error(`It ended as ${JSON.stringify(result)}`)
    await sleep(LOOK_MS)
  }
}

const watchExport = (asker: Asker, wanted: object): Promise<Watched> =>
  watch(
    asker,
    async () => `/api/training/exports/${(await asker.ask('POST', '/api/training/exports', wanted)).export_id}`,
    'export',
  )

const TARGETS = [
  { id: 'messages', options: {} },
  { id: 'parquet', options: {} },
]

const measureExport = async (
  asker: Asker,
  dataDir: string,
  { amounts, hasTargets }: TrainingPlan,
  tell: (line: string) => void,
): Promise<Row[]> => {
  const dataset_id = await freezeAll(dataDir, asker.person.ownerId, amounts.said)
  tell(`export of ${amounts.said} conversations as JSONL and Parquet in a ZIP`)
  const { seconds, memory, slowest, result } = await watchExport(asker, { dataset_id, version: 1, targets: TARGETS })
  const count = formatted(amounts.said)
  const bytes = result.files.reduce((sum: number, file: { bytes: number }) => sum + file.bytes, 0)
  return [
    {
      cells: [`${count} conversations (${megabytesOf(bytes)}) to JSONL, Parquet and ZIP`, `${formatted(seconds, 1)} s`],
      target: hasTargets ? atMost(seconds, 60, 's') : undefined,
    },
    {
      cells: [`${count} conversations: memory of the server meanwhile`, megabytesOf(memory)],
      target: hasTargets ? atMost(memory / MEGABYTE, 300, 'MB') : undefined,
    },
    { cells: [`${count} conversations: slowest answer to somebody meanwhile`, `${formatted(slowest)} ms`] },
  ]
}

/** Freezing finds near duplicates; a report asks all rules of a target. */
const measureFreezing = async (
  asker: Asker,
  dataDir: string,
  { frozen, hasTargets }: TrainingPlan,
  tell: (line: string) => void,
): Promise<Row[]> => {
  tell(`freezing ${frozen} conversations, with near duplicates`)
  const chosen = await freezeAll(dataDir, asker.person.ownerId, frozen)
  const { dataset } = await asker.ask('POST', '/api/training/datasets', {
    name: 'Frozen',
    selection: { filter: { status: 'approved' } },
  })
  const versions = `/api/training/datasets/${dataset.id}/versions`
  const freezing = await watch(
    asker,
    async () => `${versions}/${(await asker.ask('POST', versions)).version.version}`,
    'version',
  )
  const { selected } = freezing.result.counts
  const rate = selected / freezing.seconds
  const rows: Row[] = [
    {
      cells: [
        `${formatted(selected)} conversations frozen, with near duplicates, tokens and splits`,
        `${formatted(freezing.seconds, 1)} s, ${formatted(rate)} a second`,
      ],
    },
  ]
  tell(`report on ${frozen} conversations`)
  const startedAt = performance.now()
  const report = `/api/training/datasets/${chosen}/versions/1/report`
  for (;;) {
    const answer = await asker.ask('POST', report, { target: { id: 'openai-chat', options: {} } })
    if (answer.report !== null && answer.status !== 'processing') break
    await sleep(LOOK_MS)
  }
  const checked = frozen / ((performance.now() - startedAt) / 1000)
  rows.push({
    cells: ['report of what a trainer would not take', `${formatted(checked)} conversations a second`],
    target: hasTargets ? atLeast(checked, 10_000, 0) : undefined,
  })
  return rows
}

const measureReading = async (
  asker: Asker,
  dataDir: string,
  { amounts, seconds, hasTargets }: TrainingPlan,
  tell: (line: string) => void,
): Promise<Row[]> => {
  const blobs = diskBlobStore(path.join(dataDir, 'blobs'))
  const file = Buffer.from(JSON.stringify({ training_pairs: Array.from({ length: 100 }, () => 'said '.repeat(20)) }))
  const ids = await giveFiles(dataDir, asker.person.ownerId, FILES, async (place) => {
    await blobs.put(`conversation-files/${place}`, { bytes: file })
    return file.length
  })
  const list = '/api/training/conversations'
  const what: readonly (readonly [string, readonly string[], number])[] = [
    ['download link', ids.map((id) => `/api/conversations/${id}/download`), 1_000],
    [`list at ${formatted(amounts.listed)}: newest 25`, [list], 100],
    [
      `list at ${formatted(amounts.listed)}: best 25 that are approved`,
      [`${list}?status=approved&sort=quality_score`],
      100,
    ],
    [
      `list at ${formatted(amounts.listed)}: one persona and tier`,
      [`${list}?persona_key=persona_3&tier=scenario`],
      100,
    ],
    [`list at ${formatted(amounts.listed)}: a word that few have`, [`${list}?q=pension`], 100],
  ]
  const rows: Row[] = []
  for (const [name, paths, most] of what) {
    tell(name)
    const errands = paths.map((place) => [asker.get(place)])
    const { p50, p99, rate } = await runLoad({ port: asker.parlance.port, clients: 4, seconds, errands, status: 200 })
    rows.push({
      cells: [name, `${formatted(p50, 1)} ms, p99 ${formatted(p99, 1)} ms, ${formatted(rate)} a second`],
      target: hasTargets ? atMost(p99, most, 'ms (p99)') : undefined,
    })
  }
  return rows
}

const measureLasting = async (
  parlance: Parlance,
  dataDir: string,
  { lasting, hasTargets }: TrainingPlan,
  tell: (line: string) => void,
): Promise<Row> => {
  tell(`filling the database: ${lasting} training conversations`)
  const person = await seedTraining(parlance, dataDir, { said: lasting, listed: lasting })
  const dataset_id = await freezeAll(dataDir, person.ownerId, lasting)
  tell(`export of ${lasting} conversations`)
  const wanted = { dataset_id, version: 1, targets: TARGETS }
  const { seconds, memory, result } = await watchExport(new Asker(parlance, person), wanted)
  const rows = result.files.reduce((sum: number, file: { rows: number }) => sum + file.rows, 0)
  if (rows !== TARGETS.length * lasting) throw new Error(`${rows} rows were written of ${lasting} conversations`)
  return {
    cells: [`${formatted(lasting)} conversations, all of them`, `${formatted(seconds)} s, ${megabytesOf(memory)}`],
    target: hasTargets ? atMost(memory / MEGABYTE, 300, 'MB') : undefined,
  }
}
