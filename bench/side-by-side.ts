/** Requests over HTTP against pgbench, which runs the same SQL on the same database: what the server costs on top. */
import type { Endpoint } from '#contract/endpoint.ts'
import { type Errand, type HttpRequest, type LoadResult, runLoad } from './http-load.ts'
import { logStatements, observe, type ObservedStatement } from './observed-sql.ts'
import { type Parlance, withParlance } from './parlance.ts'
import { type PgbenchScripts, pgbenchScripts } from './pgbench.ts'
import { processorTimeOf, type ProcessorTime } from './processes.ts'
import { atLeast, formatted, type Row, type Target } from './report.ts'
import { addressesOf, connected } from './seed.ts'
import { median } from './statistics.ts'
import { startTrivialServer } from './trivial-server.ts'

export interface RequestsPlan {
  readonly clients: number
  readonly rounds: number
  readonly seconds: number
  /** Before the first round, for each cell and each side; 0: none. */
  readonly warmUpSeconds: number
  /** Whether targets are put beside the figures. */
  readonly hasTargets: boolean
}

/** Something that is measured on both sides. */
export interface Cell {
  readonly name: string
  /** Among how many things it finds what it answers. */
  readonly size: number
  readonly errands: readonly Errand[]
  /** The values by which the errands differ, in the same order; observed ones come from the first errand. */
  readonly values: readonly (readonly string[])[]
  readonly endpoint: Endpoint
  /** How many things each answer must hold. */
  readonly items: number
  /** It makes rows: pgbench must make them with new ids, and the replies that were asked for must go again. */
  readonly leavesQueue?: { readonly writerId: string }
  /** A larger size costs it more: no flat curve is promised. */
  readonly grows?: boolean
  readonly target?: (ratio: number, rate: number) => Target | undefined
}

interface HttpResult extends LoadResult {
  /** Processor time of the server and of its database for one errand, in microseconds. */
  readonly server: number
  readonly database: number
}

export interface Measured {
  readonly http: HttpResult[]
  readonly pgbench: number[]
  ceiling: number
}

export interface Place {
  readonly dataDir: string
  readonly env: Readonly<Record<string, string>>
  /** Where it is; without it there are no ratios. */
  readonly pgbench: string | undefined
}

/** What was measured for each cell, in their order. */
export const measureCells = async (
  place: Place,
  cells: readonly Cell[],
  plan: RequestsPlan,
  tell: (line: string) => void,
): Promise<Measured[]> => {
  const { dataDir, env, pgbench } = place
  const scripts = pgbench === undefined ? [] : await observedScripts({ dataDir, env, pgbench }, cells)
  return await withParlance(dataDir, env, async (parlance) => {
    try {
      return await measureRounds(parlance, dataDir, cells, scripts, plan, tell)
    } finally {
      await emptyQueue(dataDir)
      await stopReplies(parlance, cells)
    }
  })
}

const measureRounds = async (
  parlance: Parlance,
  dataDir: string,
  cells: readonly Cell[],
  scripts: readonly PgbenchScripts[],
  plan: RequestsPlan,
  tell: (line: string) => void,
): Promise<Measured[]> => {
  const measured = cells.map((): Measured => ({ http: [], pgbench: [], ceiling: Number.NaN }))
  for (const [index, cell] of cells.entries()) {
    const bytes = await checkedAnswer(parlance, cell)
    if (plan.warmUpSeconds > 0) {
      await runLoad(loadOf(parlance.port, cell, plan, plan.warmUpSeconds))
      await scripts[index]?.run({ clients: plan.clients, seconds: plan.warmUpSeconds })
    }
    measured[index]!.ceiling = await ceilingOf(cell, bytes, plan)
  }
  for (let round = 1; round <= plan.rounds; round++) {
    for (const [index, cell] of cells.entries()) {
      tell(`round ${round} of ${plan.rounds}: ${cell.name}, ${formatted(cell.size)}`)
      // Both sides find the same: no queue, and a checkpoint behind them (the first write to a page after one costs most).
      if (cell.leavesQueue) await emptyQueue(dataDir)
      measured[index]!.http.push(await runHttp(parlance, cell, plan))
      if (cell.leavesQueue) await emptyQueue(dataDir)
      const rate = await scripts[index]?.run({ clients: plan.clients, seconds: plan.seconds })
      if (rate !== undefined) measured[index]!.pgbench.push(rate)
    }
  }
  return measured
}

const runHttp = async (parlance: Parlance, cell: Cell, plan: RequestsPlan): Promise<HttpResult> => {
  const before = processorTimeOf(parlance.pid)
  const result = await runLoad(loadOf(parlance.port, cell, plan, plan.seconds))
  const after = processorTimeOf(parlance.pid)
  const perErrand = (side: keyof ProcessorTime) =>
    before === undefined || after === undefined
      ? Number.NaN
      : ((after[side] - before[side]) * 1000) / (result.rate * plan.seconds)
  return { ...result, server: perErrand('own'), database: perErrand('descendants') }
}

/** Runs a server whose statements are logged, and turns what each cell makes it run into scripts. */
const observedScripts = async (
  options: Place & { readonly pgbench: string },
  cells: readonly Cell[],
): Promise<PgbenchScripts[]> => {
  const { dataDir, env, pgbench } = options
  return await withParlance(dataDir, { ...env, LOG_LEVEL: 'debug' }, async (parlance) => {
    // In time: requests are what connects in the role of requests.
    await logStatements(dataDir, true)
    const scripts: PgbenchScripts[] = []
    for (const cell of cells) {
      const requests = await observeErrand(parlance, dataDir, cell)
      const repeated = {
        requests,
        varying: { observed: cell.values[0]!, values: cell.values },
        replace: cell.leavesQueue ? newIdsExcept([cell.leavesQueue.writerId, ...cell.values.flat()]) : () => undefined,
      }
      scripts.push(await pgbenchScripts(pgbench, dataDir, addressesOf(dataDir).app, repeated))
    }
    await logStatements(dataDir, false)
    await stopReplies(parlance, cells)
    return scripts
  })
}

/**
 * Observes until it has seen the same twice in a row: what the program does in the background for the first message of a
 * conversation, in the same role, is then over.
 */
const observeErrand = async (parlance: Parlance, dataDir: string, cell: Cell): Promise<ObservedStatement[][]> => {
  let before: string | undefined
  for (;;) {
    const requests: ObservedStatement[][] = []
    for (const request of cell.errands[0]!) {
      requests.push(await observe(parlance, dataDir, () => ask(parlance, request, cell.endpoint)))
    }
    if (requests.some((statements) => statements.length < 2)) {
      throw new Error(`No statements were seen for “${cell.name}”: the log of PostgreSQL reads differently.`)
    }
    const seen = JSON.stringify(requests.map((statements) => statements.map(({ sql }) => sql)))
    if (seen === before) return requests
    before = seen
  }
}

/** Replies that wait for a model that never answers would be taken up by every later server. */
const emptyQueue = (dataDir: string): Promise<void> =>
  connected(addressesOf(dataDir).superuser, async (client) => {
    await client.query(`delete from replies where status = 'queued'`)
    await client.query('vacuum replies, conversations')
    await client.query('checkpoint')
  })

/** Nobody waits for what never comes: a server that is stopped would. */
const stopReplies = async ({ url }: Parlance, cells: readonly Cell[]): Promise<void> => {
  for (const [request] of cells.filter((cell) => cell.leavesQueue).flatMap(({ errands }) => errands)) {
    const { path, token } = request!
    await fetch(url + path.replace(/messages$/, 'replies/current'), {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    })
  }
}

/** Ids that a request makes are new in each transaction; the ids of what it is about stay. */
const newIdsExcept = (known: readonly string[]) => (value: string | null) =>
  value !== null && /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value) && !known.includes(value)
    ? 'gen_random_uuid()'
    : undefined

/** Asks once, and holds the answer to the contract. */
const ask = async (parlance: Parlance, request: HttpRequest, endpoint: Endpoint) => {
  const response = await fetch(parlance.url + request.path, {
    method: request.method,
    headers: { authorization: `Bearer ${request.token}`, 'content-type': 'application/json' },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  })
  const text = await response.text()
  if (response.status !== endpoint.reply.status) throw new Error(`${request.path} answered ${response.status}: ${text}`)
  const body = endpoint.reply.body!.parse(JSON.parse(text)) as { data?: unknown }
  return { items: Array.isArray(body.data) ? body.data.length : 1, bytes: Buffer.byteLength(text) }
}

/** Every errand works and brings as much as it should; how long an answer is, in bytes. */
const checkedAnswer = async (parlance: Parlance, cell: Cell): Promise<number> => {
  let longest = 0
  for (const errand of cell.errands) {
    for (const request of errand) {
      const { items, bytes } = await ask(parlance, request, cell.endpoint)
      if (items !== cell.items) throw new Error(`${request.path}: ${items} instead of ${cell.items}`)
      longest = Math.max(longest, bytes)
    }
  }
  return longest
}

const loadOf = (port: number, { errands, endpoint }: Cell, { clients }: RequestsPlan, seconds: number) => ({
  port,
  clients,
  seconds,
  errands,
  status: endpoint.reply.status,
})

/** What the load generator gets from a server that answers as many bytes and does nothing else. */
const ceilingOf = async (cell: Cell, bytes: number, plan: RequestsPlan): Promise<number> => {
  const trivial = await startTrivialServer(bytes)
  try {
    return (await runLoad({ ...loadOf(trivial.port, cell, plan, plan.seconds / 2), status: 200 })).rate
  } finally {
    await trivial.stop()
  }
}

/** How it is measured, in a few sentences. */
export const methodOf = (plan: RequestsPlan, hasPgbench: boolean): string =>
  `${plan.clients} clients, ${plan.seconds} s a cell, ${plan.rounds} rounds in which HTTP and pgbench take turns, medians. ` +
  'pgbench runs the statements that PostgreSQL logged for the very same request, prepared and pipelined in one ' +
  'implicit transaction, the check of the credential and row-level security included, with as many connections. ' +
  'The ceiling is what the load generator gets from a bare node:http server that answers as many bytes. Server, ' +
  'database and generator share the cores; µs are processor time for one request, of the server’s one thread and of all ' +
  'database processes.' +
  (hasPgbench ? '' : ' **pgbench is not installed here (on Debian: apt-get install postgresql): no ratios.**')

/** @param what the sizes of the cells count */
export const columnsOf = (what: string): string[] => [
  'request',
  what,
  'per s',
  'p50 ms',
  'p99 ms',
  'server µs',
  'database µs',
  'pgbench per s',
  'ratio',
  'ceiling',
]

/** One for each cell, and one for each name that several cells have. */
export const rowsOf = (cells: readonly Cell[], measured: readonly Measured[], plan: RequestsPlan): Row[] => [
  ...cells.map((cell, index): Row => {
    const { http, pgbench, ceiling } = measured[index]!
    const rate = median(http.map((each) => each.rate))
    const ratio = rate / median(pgbench)
    const target = cell.target?.(ratio, rate)
    return {
      cells: [
        cell.name,
        formatted(cell.size),
        formatted(rate),
        formatted(median(http.map(({ p50 }) => p50)), 2),
        formatted(median(http.map(({ p99 }) => p99)), 2),
        formatted(median(http.map(({ server }) => server))),
        formatted(median(http.map(({ database }) => database))),
        formatted(median(pgbench)),
        formatted(ratio, 2),
        formatted(ceiling),
      ],
      target: plan.hasTargets ? target : undefined,
    }
  }),
  ...curvesOf(cells, measured, plan),
]

/** The largest size over the smallest: 1 is flat. */
const curvesOf = (cells: readonly Cell[], measured: readonly Measured[], plan: RequestsPlan): Row[] => {
  const rateOf = (index: number) => median(measured[index]!.http.map(({ rate }) => rate))
  const names = [...new Set(cells.map(({ name }) => name))]
  return names.flatMap((name) => {
    const indexes = Array.from(cells.keys()).filter((index) => cells[index]!.name === name)
    const [first, last] = [indexes[0]!, indexes.at(-1)!]
    if (first === last) return []
    const flat = rateOf(last) / rateOf(first)
    const sizes = `${formatted(cells[last]!.size)} ÷ ${formatted(cells[first]!.size)}`
    return [
      {
        cells: [`curve of ${name}`, sizes, '', '', '', '', '', '', formatted(flat, 2), ''],
        target: plan.hasTargets && !cells[last]!.grows ? atLeast(flat, 0.9) : undefined,
      },
    ]
  })
}
