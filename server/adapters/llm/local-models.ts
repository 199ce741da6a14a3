/** Finds model servers that already run on this computer; it never asks another one. */
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { ModelInfo } from '#server/features/replies/language-model.ts'
import { isLoopback, openExchange, readWhole } from './http-exchange.ts'
import { modelsFrom } from './model-list.ts'

/** A server that answered. `baseUrl` is what `openAiCompatibleProvider` takes. */
export interface LocalModels {
  readonly name: string
  readonly baseUrl: string
  /** May be empty: a server without an installed model. */
  readonly models: ModelInfo[]
}

export interface Candidate {
  /** What usually listens there. */
  readonly name: string
  /** Including `/v1`, on a loopback address. */
  readonly baseUrl: string
}

/** The ports that these programs listen on unless they are told otherwise. */
const usualPlaces: readonly Candidate[] = [
  { name: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1' },
  { name: 'LM Studio', baseUrl: 'http://127.0.0.1:1234/v1' },
  { name: 'vLLM', baseUrl: 'http://127.0.0.1:8000/v1' },
  { name: 'llama.cpp', baseUrl: 'http://127.0.0.1:8080/v1' },
]

const patienceMs = 300
/** Patience is spent in such steps, in milliseconds; however late a step is, it counts as one. */
const stepMs = 20
const freshForMs = 15_000
const longestList = 1024 * 1024

/**
 * `find` gives the servers that answer `GET {baseUrl}/models` with a list of models within 300 ms, in the order of the
 * candidates; it never fails. Time in which this process could not listen does not count. An answer holds for 15 seconds,
 * and callers at the same moment share one search. No key is sent, no redirect followed, no proxy used.
 * @throws TypeError when a candidate is not on loopback.
 */
export const localModels = (options: {
  readonly clock: Clock
  readonly candidates?: readonly Candidate[]
}): { find(): Promise<LocalModels[]> } => {
  const candidates = options.candidates ?? usualPlaces
  for (const { baseUrl } of candidates) {
    const url = URL.parse(baseUrl)
    if (!url || url.protocol !== 'http:' || !isLoopback(url)) throw new TypeError(`${baseUrl} is not on this computer`)
  }
  let found: { readonly at: number; readonly servers: Promise<LocalModels[]> } | undefined

  return {
    find: () => {
      const now = options.clock.now().getTime()
      // A clock that was set back must not keep an old answer for ever.
      if (!found || now - found.at >= freshForMs || now < found.at) found = { at: now, servers: search(candidates) }
      return found.servers
    },
  }
}

const search = async (candidates: readonly Candidate[]): Promise<LocalModels[]> => {
  const patience = spendPatience()
  try {
    const answers = await Promise.all(
      candidates.map((candidate) => ask(candidate, patience.signal).catch(() => undefined)),
    )
    return answers.filter((answer) => answer !== undefined)
  } finally {
    patience.end()
  }
}

/**
 * A timer alone would fire before the answers that came while the process was held up are read, and a server that has
 * answered would be missing for 15 seconds. Between two steps whatever has arrived is read.
 */
const spendPatience = () => {
  const controller = new AbortController()
  let left = patienceMs / stepMs
  const timer = setInterval(() => {
    if (--left === 0) controller.abort(new AppError('model.timeout'))
  }, stepMs)
  return { signal: controller.signal, end: () => clearInterval(timer) }
}

const ask = async ({ name, baseUrl }: Candidate, signal: AbortSignal): Promise<LocalModels | undefined> => {
  const exchange = await openExchange({
    url: new URL(`${baseUrl.replace(/\/+$/, '')}/models`),
    method: 'GET',
    headers: { accept: 'application/json', 'accept-encoding': 'identity' },
    signal,
    // The signal comes first.
    firstByteMs: freshForMs,
    idleMs: freshForMs,
  })
  try {
    if (exchange.status !== 200) return undefined
    const body: unknown = JSON.parse(await readWhole(exchange, longestList))
    // Stricter than a configured provider: any program may listen on these ports.
    const isList = typeof body === 'object' && body !== null && ('data' in body || 'models' in body)
    const models = isList ? modelsFrom(body) : undefined
    if (!models || (models.length === 0 && !isEmptyModelList(body))) return undefined
    return { name: ownName(body) ?? name, baseUrl, models }
  } finally {
    exchange.close()
  }
}

const isEmptyModelList = (body: unknown): boolean => (body as { object?: unknown }).object === 'list'

/** What servers say in `owned_by`: the ports 8000 and 8080 are popular. */
const owners: Record<string, string> = { vllm: 'vLLM', llamacpp: 'llama.cpp', sglang: 'SGLang', library: 'Ollama' }

const ownName = (body: unknown): string | undefined => {
  const data = (body as { data?: unknown }).data
  const owner: unknown = Array.isArray(data) ? data[0]?.owned_by : undefined
  return typeof owner === 'string' && Object.hasOwn(owners, owner) ? owners[owner] : undefined
}
