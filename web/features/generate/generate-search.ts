/** What the addresses of these pages say besides which page: pure. */
import type { FailureType } from '#contract/training/index.ts'

export const generateViews = ['single', 'many', 'coverage'] as const
export type GenerateView = (typeof generateViews)[number]

export const scaffoldKinds = ['personas', 'arcs', 'topics', 'templates'] as const
export type ScaffoldKind = (typeof scaffoldKinds)[number]

export const failureTypes: readonly FailureType[] = ['truncation', 'parse_error', 'validation_error', 'api_error']

const oneOf = <V extends string>(values: readonly V[], value: unknown): V | undefined =>
  values.find((each) => each === value)

export const generateSearch = (search: Record<string, unknown>): { readonly view?: GenerateView } => {
  const view = oneOf(generateViews, search.view)
  return view === undefined || view === 'single' ? {} : { view }
}

/** Which list, and what of it is edited: an id, or `new`. */
export interface ScaffoldingSearch {
  readonly kind?: ScaffoldKind
  readonly edit?: string
}

export const scaffoldingSearch = (search: Record<string, unknown>): ScaffoldingSearch => {
  const kind = oneOf(scaffoldKinds, search.kind)
  return {
    ...(kind === undefined || kind === 'personas' ? {} : { kind }),
    ...(typeof search.edit === 'string' && search.edit !== '' ? { edit: search.edit } : {}),
  }
}

export const failuresSearch = (search: Record<string, unknown>): { readonly type?: FailureType } => {
  const type = oneOf(failureTypes, search.type)
  return type === undefined ? {} : { type }
}
