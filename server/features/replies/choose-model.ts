/** Which model answers: the choice that a request names, or the one that a person has by default (contracts, decision 7). */
import type { Actor, Credential } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { LanguageModel, ModelInfo, ModelProvider } from './language-model.ts'

/** Where models come from. A choice is written `<source>:<id>`; `demo` and `placeholder` have no id. */
export type ModelSource = 'openrouter' | 'operator' | 'local' | 'demo'

export interface ModelSources {
  /**
   * OpenRouter with the person's own key; undefined without a key. With the `credential` of a request, `identity.invalid`
   * when that was revoked: nobody spends a key with it any more.
   */
  openRouter(userId: string, credential?: Credential): Promise<ModelProvider | undefined>
  /** OpenRouter with a key of the person that was read already, sealed as it is kept; `provider_key.unreadable`. */
  openRouterWith(userId: string, sealedKey: string): ModelProvider
  /** The operator's server; undefined when none is configured. */
  readonly operator: { readonly provider: ModelProvider; readonly defaultModel: string | undefined } | undefined
  /** Servers that run on this computer, by a name such as `ollama`; empty where they are not looked for. */
  locals(): Promise<readonly LocalModels[]>
  readonly demo: ModelProvider
}

export interface LocalModels {
  /** Short and without colons: part of the choice. */
  readonly key: string
  /** For people: `Ollama`. */
  readonly name: string
  readonly provider: ModelProvider
  readonly models: readonly ModelInfo[]
}

export interface ModelChoice {
  /** With its source: what is stored with a reply, so that any process can go on with it. */
  readonly choice: string
  /** The provider's own name. */
  readonly model: string
}

/** Says `hi`, as seed 2's backend did before it had a model. */
export const PLACEHOLDER = 'placeholder'
export const PLACEHOLDER_TEXT = 'hi'
export const DEMO = 'demo'

/** OpenRouter's own choice of a model: what chat-v1 uses for people who have a key and no default. */
const OPENROUTER_DEFAULT = 'openrouter/auto'

const placeholderModel: LanguageModel = {
  id: PLACEHOLDER,
  async *stream() {
    yield { type: 'text-delta', text: PLACEHOLDER_TEXT }
    yield { type: 'finish', reason: 'stop' }
  },
}

/** A choice from a request → its parts. Fails with `model.not_available` when it names no source. */
export const parseChoice = (choice: string): ModelChoice => {
  const parts = readChoice(choice)
  if (parts === undefined) throw new AppError('model.not_available')
  return parts
}

const readChoice = (choice: string): ModelChoice | undefined => {
  if (choice === DEMO || choice === PLACEHOLDER) return { choice, model: choice }
  const model = /^(openrouter|operator|local:[^:]+):(.+)$/.exec(choice)?.[2]
  return model === undefined ? undefined : { choice, model }
}

/** Whether a choice is asked with the person's own key. */
export const usesOwnKey = (choice: string): boolean => choice.startsWith('openrouter:')

/** The model behind a choice. Fails with `model.not_configured` when the person has no access to its source. */
export const makeResolveModel =
  (sources: ModelSources) =>
  (userId: string, choice: ModelChoice): Promise<LanguageModel> =>
    modelBehind(sources, choice, () => sources.openRouter(userId))

/** The same where the person's key was read already: `sealedKey` is undefined when there is none, or none is needed. */
export const makeResolveWithKey =
  (sources: ModelSources) =>
  (userId: string, choice: ModelChoice, sealedKey: string | undefined): Promise<LanguageModel> =>
    modelBehind(sources, choice, () =>
      sealedKey === undefined ? undefined : sources.openRouterWith(userId, sealedKey),
    )

/** Fails as `makeResolveModel` does, without a look into the database: whether there is a key is not its business. */
export const makeCheckChoice =
  (sources: ModelSources) =>
  async (choice: ModelChoice): Promise<void> => {
    if (!usesOwnKey(choice.choice)) await modelBehind(sources, choice, () => undefined)
  }

const modelBehind = async (
  sources: ModelSources,
  { choice, model }: ModelChoice,
  withOwnKey: () => ModelProvider | undefined | Promise<ModelProvider | undefined>,
): Promise<LanguageModel> => {
  if (choice === PLACEHOLDER) return placeholderModel
  if (choice === DEMO) return sources.demo.model(DEMO)
  const [source, key] = choice.split(':') as [ModelSource, string]
  const provider =
    source === 'openrouter'
      ? await withOwnKey()
      : source === 'operator'
        ? sources.operator?.provider
        : (await sources.locals()).find((local) => local.key === key)?.provider
  if (provider === undefined) throw new AppError(source === 'local' ? 'model.unreachable' : 'model.not_configured')
  return provider.model(model)
}

/** The choice for a model that is named without its source (seed 4): the person's key, else the operator's server. */
export const makeChooseByName =
  (sources: ModelSources, resolve: ReturnType<typeof makeResolveModel>) =>
  async (actor: Actor, name: string): Promise<{ choice: ModelChoice; model: LanguageModel }> => {
    if (name === DEMO) return chosen(await resolve(actor.userId, parseChoice(DEMO)), DEMO)
    const own = await sources.openRouter(actor.userId, actor.credential)
    if (own !== undefined) return chosen(own.model(name), `openrouter:${name}`)
    if (sources.operator !== undefined) return chosen(sources.operator.provider.model(name), `operator:${name}`)
    throw new AppError('model.not_configured')
  }

const chosen = (model: LanguageModel, choice: string) => ({ choice: { choice, model: model.id }, model })

/**
 * The choice where none is named (chat-v1): the person's default, else their key's, else the operator's, else the
 * placeholder. A model that merely happens to run on this computer is never chosen unasked.
 */
export const makeDefaultChoice =
  (sources: ModelSources) =>
  async (userId: string, preferred: string | null): Promise<ModelChoice> => {
    const hasKey = (await sources.openRouter(userId)) !== undefined
    const operatorModel = sources.operator?.defaultModel
    // One that can't be read any more is no choice; it must not keep its owner from choosing another.
    const own = preferred === null ? undefined : readChoice(preferred)
    if (own !== undefined && (hasKey || !own.choice.startsWith('openrouter:'))) return own
    if (hasKey) return parseChoice(`openrouter:${OPENROUTER_DEFAULT}`)
    if (operatorModel !== undefined) return parseChoice(`operator:${operatorModel}`)
    return parseChoice(PLACEHOLDER)
  }
