/** Runs the parts one after the other on one machine at rest, and makes one document of what they found. */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, release, tmpdir, totalmem, type } from 'node:os'
import path from 'node:path'
import { type ConversionsPlan, measureConversions } from './conversions.ts'
import { type FanOutPlan, measureFanOut } from './fan-out.ts'
import { type FootprintPlan, measureFootprint } from './footprint.ts'
import { type IdleStreamsPlan, measureIdleStreams } from './idle-streams.ts'
import { type Lend, withParlance } from './parlance.ts'
import { findPgbench } from './pgbench.ts'
import { startProvider } from './provider.ts'
import { measureReplies, type RepliesPlan } from './replies.ts'
import { markdownOf, shortfallsOf, type Table } from './report.ts'
import { measureRequests } from './requests.ts'
import { addressesOf, connected, seed, type Seeded, type SeedPlan } from './seed.ts'
import type { Cell, RequestsPlan } from './side-by-side.ts'
import { measureTeamReads, prepareTeamReads, type TeamPlan } from './team-reads.ts'
import { measureTraining, type TrainingPlan } from './training.ts'
import { measureTransfers, type TransfersPlan } from './transfers.ts'

export const parts = [
  'requests',
  'replies',
  'streams',
  'fan-out',
  'team',
  'transfers',
  'conversions',
  'training',
  'start',
] as const
export type Part = (typeof parts)[number]

export interface Plan {
  readonly people: SeedPlan
  /** Whether one server serves all parts that need no more than one: its figures are nobody's then. */
  readonly sharesServer: boolean
  readonly requests: RequestsPlan
  readonly replies: RepliesPlan
  readonly streams: IdleStreamsPlan
  readonly fanOut: FanOutPlan
  readonly team: TeamPlan
  readonly transfers: TransfersPlan
  readonly conversions: ConversionsPlan
  readonly training: TrainingPlan
  readonly start: FootprintPlan
}

export const fullPlan: Plan = {
  people: { sizes: [1_000, 100_000, 1_000_000], askedFor: 100, histories: 20 },
  sharesServer: false,
  requests: { clients: 16, rounds: 3, seconds: 4, warmUpSeconds: 2, hasTargets: true },
  replies: {
    firstTokens: 300,
    concurrent: [1, 32, 256],
    deltas: 100_000,
    paced: { deltas: 160, everyMs: 50 },
    hasTargets: true,
  },
  streams: { streams: 10_000, waitsForHeartbeats: true, hasTargets: true },
  fanOut: { readers: 1_000, messages: 50, hasTargets: true },
  team: {
    sizes: [
      { messages: 10_000, files: 2_000 },
      { messages: 1_000_000, files: 200_000 },
    ],
    requests: { clients: 16, rounds: 3, seconds: 4, warmUpSeconds: 2, hasTargets: true },
  },
  transfers: { megabytes: 100, clients: [1, 8], rounds: 5, uploads: 20, hasTargets: true },
  conversions: {
    short: 200,
    long: { pages: 100, times: 10 },
    sessions: [1, 2, 4, 8],
    seconds: 30,
    pictures: 20,
    lasting: 500,
    uploads: { count: 20, megabytes: 100 },
    hasTargets: true,
  },
  training: {
    amounts: { said: 100_000, listed: 1_000_000 },
    lasting: 500_000,
    frozen: 50_000,
    seconds: 4,
    hasTargets: true,
  },
  start: { starts: 3, restMs: 5_000, hasTargets: true },
}

/** Small enough for a test; nothing is promised. */
export const quickPlan: Plan = {
  people: { sizes: [100, 200], askedFor: 5, histories: 2 },
  sharesServer: true,
  requests: { clients: 4, rounds: 1, seconds: 0.2, warmUpSeconds: 0, hasTargets: false },
  replies: { firstTokens: 5, concurrent: [1, 8], deltas: 400, paced: { deltas: 10, everyMs: 10 }, hasTargets: false },
  streams: { streams: 50, waitsForHeartbeats: false, hasTargets: false },
  fanOut: { readers: 20, messages: 3, hasTargets: false },
  team: {
    sizes: [{ messages: 2_500, files: 500 }],
    requests: { clients: 4, rounds: 1, seconds: 0.2, warmUpSeconds: 0, hasTargets: false },
  },
  transfers: { megabytes: 10, clients: [1, 2], rounds: 1, uploads: 3, hasTargets: false },
  conversions: {
    short: 1,
    long: { pages: 2, times: 1 },
    sessions: [1],
    seconds: 0.1,
    pictures: 1,
    lasting: 2,
    uploads: { count: 2, megabytes: 10 },
    hasTargets: false,
  },
  training: { amounts: { said: 300, listed: 500 }, lasting: 0, frozen: 100, seconds: 0.3, hasTargets: false },
  start: { starts: 1, restMs: 0, hasTargets: false },
}

/** Parts that need the folder for servers of their own, or begin with none. */
const startingServers: readonly Part[] = ['requests', 'team', 'start']

/** @returns the report in Markdown */
export const runBench = async (plan: Plan, wanted: readonly Part[], tell: (line: string) => void): Promise<string> => {
  const startedAt = performance.now()
  const dataDir = await mkdtemp(path.join(tmpdir(), 'parlance-bench-'))
  const folderOf = (part: Part): string => path.join(dataDir, part)
  const provider = await startProvider()
  try {
    const env = { LLM_BASE_URL: provider.url, LLM_MODEL: 'echo' }
    let version = ''
    let people: Promise<Seeded> | undefined
    const seedPeople = (lend: Lend): Promise<Seeded> =>
      (people ??= lend(dataDir, env, async (parlance) => {
        tell(`filling the database: ${plan.people.sizes.join(', ')} conversations`)
        version = await versionOf(dataDir)
        return await seed(parlance, plan.people)
      }))
    let group: Promise<{ dataDir: string; cells: readonly Cell[] }> | undefined
    const seedGroup = (lend: Lend) =>
      (group ??= lend(folderOf('team'), env, async (parlance) => ({
        dataDir: parlance.dataDir,
        cells: await prepareTeamReads(parlance, plan.team, tell),
      })))

    const measures: Readonly<Record<Part, (lend: Lend) => Promise<Table | undefined>>> = {
      async requests(lend) {
        const place = { dataDir, env, pgbench: findPgbench(tell) }
        return measureRequests(place, await seedPeople(lend), plan.requests, tell)
      },
      async replies(lend) {
        const { writer } = await seedPeople(lend)
        return lend(dataDir, env, (parlance) => measureReplies(parlance, provider.url, writer, plan.replies, tell))
      },
      async streams(lend) {
        const { writer } = await seedPeople(lend)
        tell(`${plan.streams.streams} idle streams`)
        return lend(dataDir, env, (parlance) => measureIdleStreams(parlance, writer, plan.streams))
      },
      'fan-out': (lend) => measureFanOut(folderOf('fan-out'), env, plan.fanOut, tell, lend),
      async team(lend) {
        const { cells, ...seeded } = await seedGroup(lend)
        return measureTeamReads({ ...seeded, env, pgbench: findPgbench(tell) }, cells, plan.team, tell)
      },
      transfers: (lend) => measureTransfers(folderOf('transfers'), env, plan.transfers, tell, lend),
      conversions: (lend) => measureConversions(folderOf('conversions'), env, plan.conversions, tell, lend),
      training: (lend) => measureTraining(dataDir, env, plan.training, tell, lend),
      start: () => measureFootprint(plan.start, tell),
    }
    const tables = new Map<Part, Table | undefined>()
    const asking = plan.sharesServer ? wanted.filter((part) => !startingServers.includes(part)) : []
    if (asking.length > 0)
      await withParlance(dataDir, env, async (parlance) => {
        const lend: Lend = (_dataDir, _env, work) => work(parlance)
        // The servers of later parts find it there.
        if (wanted.includes('requests')) await seedPeople(lend)
        if (wanted.includes('team')) await seedGroup(lend)
        for (const part of asking) tables.set(part, await measures[part](lend))
      })
    for (const part of wanted) if (!tables.has(part)) tables.set(part, await measures[part](withParlance))
    const inOrder = wanted.flatMap((part) => tables.get(part) ?? [])
    return documentOf(inOrder, wanted, version, (performance.now() - startedAt) / 60_000)
  } finally {
    await provider.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

const versionOf = (dataDir: string): Promise<string> =>
  connected(addressesOf(dataDir).superuser, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    return rows[0]!.server_version
  })

const readingOfRatios = [
  'How to read the ratios: pgbench has both cores for the database and itself, and spends some ten µs on a transaction. ' +
    'One Parlance process answers on one thread: however fast its database is, it answers no more often than once in ' +
    '“server µs”. More processes (`ROLE=http`) answer more. The price is fixed, so that the ratio is best where the ' +
    'database has most to do.',
]

const documentOf = (tables: readonly Table[], wanted: readonly Part[], postgres: string, minutes: number): string => {
  const shortfalls = shortfallsOf(tables)
  const processor = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores`
  const database = postgres === '' ? '' : `, PostgreSQL ${postgres}`
  return [
    '# Benchmarks',
    '',
    `Written by \`npm run bench -- --write\` on ${new Date().toISOString().slice(0, 10)}, in ${Math.ceil(minutes)} minutes, on ` +
      `${processor}, ${Math.round(totalmem() / 2 ** 30)} GB of memory, ${type()} ${release()}, Node ${process.versions.node}${database}. ` +
      'Server, database, provider, readers and load generators all ran on this machine: ratios mean more than figures.',
    '',
    ...tables.map(markdownOf),
    '## What falls short',
    '',
    ...(shortfalls.length === 0 ? ['Nothing that was promised.'] : shortfalls.map((line) => `- ${line}`)),
    ...(wanted.includes('requests') ? ['', ...readingOfRatios] : []),
    '',
  ].join('\n')
}
