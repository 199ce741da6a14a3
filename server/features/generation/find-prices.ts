/** What a model costs, where that is known without asking the person. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { DEMO, type ModelChoice, type ModelInfo, type ModelSources } from '../replies/index.ts'
import type { TokenPrices } from './generation.ts'

interface Needs {
  readonly sources: Pick<ModelSources, 'openRouter'>
  readonly clock: Clock
  readonly onError: (error: unknown, what: string) => void
}

/** How long prices are remembered, in milliseconds: they are the same for everybody and change rarely. */
const FRESH_MS = 3_600_000
/** How long their list may take, in milliseconds. */
const LIST_MS = 10_000

/** @returns null where they are not known; what is `given` holds, but nothing makes that cost something which does not */
export const makeFindPrices = ({ sources, clock, onError }: Needs) => {
  let known: { readonly at: number; readonly models: readonly ModelInfo[] } | undefined

  const ofOpenRouter = async ({ userId, credential }: Actor): Promise<readonly ModelInfo[]> => {
    const now = clock.now().getTime()
    if (known !== undefined && now - known.at < FRESH_MS) return known.models
    const provider = await sources.openRouter(userId, credential)
    if (provider === undefined) return []
    const models = await provider.list(AbortSignal.timeout(LIST_MS))
    known = { at: now, models }
    return models
  }

  return async (
    actor: Actor,
    { choice, model }: ModelChoice,
    given: TokenPrices | undefined,
  ): Promise<TokenPrices | null> => {
    // What runs on the person's own computer, or is no model at all.
    if (choice === DEMO || choice.startsWith('local:')) return { prompt: 0, completion: 0 }
    if (given !== undefined) return given
    if (!choice.startsWith('openrouter:')) return null
    const models = await ofOpenRouter(actor).catch((error: unknown) => {
      onError(error, 'generation.prices')
      return []
    })
    return models.find(({ id }) => id === model)?.prices ?? null
  }
}
