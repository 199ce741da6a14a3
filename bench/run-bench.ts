/** Runs the parts one after the other on one machine at rest, and makes one document of what they found. */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, release, tmpdir, totalmem, type } from 'node:os'
import path from 'node:path'
import { type ConversionsPlan, measureConversions } from './conversions.ts'
import { type FanOutPlan, measureFanOut } from './fan-out.ts'
import { type FootprintPlan, measureFootprint } from './footprint.ts'
import { type IdleStreamsPlan, measureIdleStreams } from './idle-streams.ts'
import { type Parlance, withParlance } from './parlance.ts'
import { findPgbench } from './pgbench.ts'
import { startProvider } from './provider.ts'
import { measureReplies, type RepliesPlan } from './replies.ts'
import { markdownOf, shortfallsOf, type Table } from './report.ts'
import { measureRequests } from './requests.ts'
import { addressesOf, connected, seed } from './seed.ts'
import type { RequestsPlan } from './side-by-side.ts'
import { measureTeamReads, type TeamPlan } from './team-reads.ts'
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
  /** How many conversations the people have. */
  readonly sizes: readonly number[]
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
  sizes: [1_000, 100_000, 1_000_000],
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
    pages: { one: 200, hundred: 10 },
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
  sizes: [200, 400],
  requests: { clients: 4, rounds: 1, seconds: 0.2, warmUpSeconds: 0.1, hasTargets: false },
  replies: { firstTokens: 5, concurrent: [1, 8], deltas: 400, paced: { deltas: 10, everyMs: 10 }, hasTargets: false },
  streams: { streams: 50, waitsForHeartbeats: false, hasTargets: false },
  fanOut: { readers: 20, messages: 3, hasTargets: false },
  team: {
    sizes: [{ messages: 2_500, files: 500 }],
    requests: { clients: 4, rounds: 1, seconds: 0.2, warmUpSeconds: 0.1, hasTargets: false },
  },
  transfers: { megabytes: 10, clients: [1, 2], rounds: 1, uploads: 3, hasTargets: false },
  conversions: {
    pages: { one: 3, hundred: 1 },
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

/** @returns the report in Markdown */
export const runBench = async (plan: Plan, wanted: readonly Part[], tell: (line: string) => void): Promise<string> => {
  const startedAt = performance.now()
  const dataDir = await mkdtemp(path.join(tmpdir(), 'parlance-bench-'))
  const provider = await startProvider()
  try {
    const env = { LLM_BASE_URL: provider.url, LLM_MODEL: 'echo' }
    const tables: Table[] = []
    let version = ''
    if (wanted.some((part) => ['requests', 'replies', 'streams'].includes(part))) {
      const seeded = await withParlance(dataDir, env, async (parlance) => {
        tell(`filling the database: ${plan.sizes.join(', ')} conversations`)
        version = await versionOf(dataDir)
        return await seed(parlance, dataDir, plan.sizes)
      })
      if (wanted.includes('requests')) {
        const pgbench = findPgbench(tell)
        tables.push(await measureRequests({ dataDir, env, pgbench }, seeded, plan.requests, tell))
      }
      if (wanted.includes('replies')) {
        const measure = (parlance: Parlance) =>
          measureReplies(parlance, provider.url, seeded.writer, plan.replies, tell)
        tables.push(await withParlance(dataDir, env, measure))
      }
      if (wanted.includes('streams')) {
        tell(`${plan.streams.streams} idle streams`)
        const measure = (parlance: Parlance) => measureIdleStreams(parlance, seeded.writer, plan.streams)
        tables.push(await withParlance(dataDir, env, measure))
      }
    }
    if (wanted.includes('fan-out'))
      tables.push(await measureFanOut(path.join(dataDir, 'fan-out'), env, plan.fanOut, tell))
    if (wanted.includes('team')) {
      const place = { dataDir: path.join(dataDir, 'team'), env, pgbench: findPgbench(tell) }
      tables.push(await measureTeamReads(place, plan.team, tell))
    }
    if (wanted.includes('transfers'))
      tables.push(await measureTransfers(path.join(dataDir, 'transfers'), env, plan.transfers, tell))
    if (wanted.includes('conversions')) {
      const table = await measureConversions(path.join(dataDir, 'conversions'), env, plan.conversions, tell)
      if (table !== undefined) tables.push(table)
    }
    if (wanted.includes('training')) tables.push(await measureTraining(dataDir, env, plan.training, tell))
    if (wanted.includes('start')) tables.push(await measureFootprint(plan.start, tell))
    return documentOf(tables, wanted, version, (performance.now() - startedAt) / 60_000)
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
