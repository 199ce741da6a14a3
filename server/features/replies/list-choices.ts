/** The models that a person can choose, by where they come from; a source that fails says so and hides no other. */
import type { Actor } from '#kernel/actor.ts'
import { AppError, toAppError } from '#kernel/errors.ts'
import { DEMO, type LocalModels, type ModelSource, type ModelSources } from './choose-model.ts'
import type { ModelInfo, ModelPrices, ModelProvider } from './language-model.ts'

export interface ChoiceGroup {
  readonly source: ModelSource
  readonly name: string
  readonly models: readonly {
    readonly choice: string
    readonly name: string
    readonly contextLength: number | null
    /** Null where they are not known. */
    readonly prices: ModelPrices | null
  }[]
  /** Why its models could not be listed, as a sentence. */
  readonly problem: string | null
}

/** How long a provider may take to list its models, in milliseconds. */
const LIST_TIMEOUT_MS = 10_000

export const makeListChoices =
  (sources: ModelSources) =>
  async ({ userId, credential }: Actor): Promise<ChoiceGroup[]> => {
    const own = await sources.openRouter(userId, credential)
    const [openRouter, operator, locals, demo] = await Promise.all([
      own && groupOf('openrouter', 'OpenRouter', 'openrouter:', own),
      sources.operator && operatorGroup(sources.operator),
      sources.locals(),
      groupOf('demo', 'Demo', '', sources.demo),
    ])
    return [openRouter, operator, ...locals.map(localGroup), demo].filter((group) => group !== undefined)
  }

/** The same for seed 4, which knows one provider: the person's key, else the operator's server, else `model.not_configured`. */
export const makeListByName =
  (sources: ModelSources) =>
  async ({ userId, credential }: Actor): Promise<readonly ModelInfo[]> => {
    const provider = (await sources.openRouter(userId, credential)) ?? sources.operator?.provider
    if (provider === undefined) throw new AppError('model.not_configured')
    return provider.list(AbortSignal.timeout(LIST_TIMEOUT_MS))
  }

const groupOf = async (
  source: ModelSource,
  name: string,
  prefix: string,
  provider: ModelProvider,
): Promise<ChoiceGroup> => {
  try {
    const models = await provider.list(AbortSignal.timeout(LIST_TIMEOUT_MS))
    return { source, name, models: models.map((model) => choiceOf(prefix, model)), problem: null }
  } catch (error) {
    return { source, name, models: [], problem: toAppError(error).message }
  }
}

/** It was found by its list. */
const localGroup = ({ key, name, models }: LocalModels): ChoiceGroup => ({
  source: 'local',
  name,
  models: models.map((model) => choiceOf(`local:${key}:`, model)),
  problem: null,
})

/** A server that does not list its models still has the one that the operator named. */
const operatorGroup = async ({
  provider,
  defaultModel,
}: NonNullable<ModelSources['operator']>): Promise<ChoiceGroup> => {
  const group = await groupOf('operator', 'This server', 'operator:', provider)
  if (defaultModel === undefined || group.models.some(({ choice }) => choice === `operator:${defaultModel}`))
    return group
  const named = choiceOf('operator:', { id: defaultModel, name: defaultModel })
  return { ...group, models: [named, ...group.models] }
}

const choiceOf = (prefix: string, { id, name, contextLength, prices }: ModelInfo) => ({
  choice: prefix === '' ? DEMO : prefix + id,
  name,
  contextLength: contextLength ?? null,
  prices: prices ?? null,
})
