/** The thread that works on texts: one that counts tokens, or one that holds one search for texts that are alike. */
import { parentPort, workerData } from 'node:worker_threads'
import type { TrainingContent } from '#server/features/training/index.ts'
import { openLikenessSearch, type Search } from './likeness-search.ts'

/** What a thread is for; null: it counts tokens. */
export type Purpose = { readonly threshold: number; readonly path: string } | null

/** The jobs of a thread, by name. */
export interface TextJobs {
  readonly countTokens: (texts: readonly string[]) => Promise<number[]>
  /** Each a TrainingContent as JSON text. */
  readonly add: (contents: readonly string[]) => void
  readonly findLikenesses: (nothing: null) => ReturnType<Search['findLikenesses']>
}

export interface Task {
  readonly number: number
  readonly name: keyof TextJobs
  readonly input: unknown
}
export type Answer = { readonly number: number } & ({ readonly result: unknown } | { readonly failure: string })

const purpose = workerData as Purpose
const search = purpose === null ? undefined : openLikenessSearch(purpose.threshold, purpose.path)

/** What a system prompt says many conversations have in common, and it says nothing about them. */
const textOf = ({ turns }: TrainingContent): string =>
  turns
    .filter(({ role }) => role !== 'system')
    .map(({ content, toolCalls = [] }) => [content ?? '', ...toolCalls.map((call) => call.arguments)].join('\n'))
    .join('\n')

const jobs: TextJobs = {
  async countTokens(texts) {
    // Its tables take half a second and 100 MB, and a search has no use for them.
    const { countTokens } = await import('./count-tokens.ts')
    return texts.map(countTokens)
  },
  add(contents) {
    for (const content of contents) search!.add(textOf(JSON.parse(content) as TrainingContent))
  },
  findLikenesses: () => search!.findLikenesses(),
}

parentPort!.on('message', ({ number, name, input }: Task) => {
  const answer = (answer: Answer): void => parentPort!.postMessage(answer)
  Promise.resolve()
    .then((): unknown => jobs[name](input as never))
    .then((result) => answer({ number, result }))
    .catch((error: unknown) =>
      answer({ number, failure: error instanceof Error ? (error.stack ?? error.message) : 'unknown' }),
    )
})
