/** Which model a message goes to when the person says nothing: pure. */
import type { ModelGroup } from '#contract/app/index.ts'

export type Model = ModelGroup['models'][number] & { readonly source: ModelGroup['source']; readonly group: string }

export const allModels = (groups: readonly ModelGroup[]): Model[] =>
  groups.flatMap((group) => group.models.map((model) => ({ ...model, source: group.source, group: group.name })))

/** Small, cheap and on OpenRouter for long: where a new key starts. */
const STARTERS = ['openrouter:openai/gpt-4o-mini', 'openrouter:openrouter/auto']

/**
 * The model used last, else the person's default, else the server's, else something that was connected on purpose.
 * A demo or a server that merely happens to run is never chosen for the person. Null: ask.
 */
export const chooseModel = (
  groups: readonly ModelGroup[],
  last: string | null,
  ...defaults: readonly (string | null)[]
): Model | null => {
  const models = allModels(groups)
  const named = (id: string | null) => (id === null ? undefined : models.find((model) => model.id === id))
  for (const id of [last, ...defaults]) {
    const found = named(id)
    if (found) return found
  }
  return (
    models.find((model) => model.source === 'operator') ??
    STARTERS.map(named).find((model) => model !== undefined) ??
    models.find((model) => model.source === 'openrouter') ??
    null
  )
}

/** What a stored model id is called: its name where it is still on offer, else the id without its source. */
export const modelName = (groups: readonly ModelGroup[] | undefined, id: string): string => {
  const found = groups && allModels(groups).find((model) => model.id === id || model.id.endsWith(`:${id}`))
  return found?.name ?? id.replace(/^(openrouter|operator|local:[^:]+|local):/, '')
}

/** Models whose name or id has every word of `query`, groups in their order. */
export const searchModels = (groups: readonly ModelGroup[], query: string): ModelGroup[] => {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  return groups
    .map((group) => ({
      ...group,
      models: group.models.filter((model) => {
        const text = `${model.name} ${model.id} ${group.name}`.toLowerCase()
        return words.every((word) => text.includes(word))
      }),
    }))
    .filter((group) => group.models.length > 0)
}
