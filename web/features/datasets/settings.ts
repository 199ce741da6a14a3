/** The settings of a dataset as they are typed, and what was meant: pure. */
import type { Dataset, SplitName } from '#contract/training/index.ts'
import { typedNumber } from '../generate/figures.ts'

export type Settings = Dataset['settings']

export const splitNames = ['train', 'validation', 'test'] as const satisfies readonly SplitName[]

/** Numbers as text; of the last three, nothing is no limit. Splits in hundredths. */
export interface TypedSettings extends Pick<
  Settings,
  'seed' | 'duplicates' | 'near_duplicate_threshold' | 'only_approved'
> {
  readonly splits: Readonly<Record<SplitName, string>>
  readonly minTurns: string
  readonly maxTurns: string
  readonly maxTokens: string
}

const percent = (share: number): string => String(Math.round(share * 10_000) / 100)

export const typeSettings = (settings: Settings): TypedSettings => ({
  splits: {
    train: percent(settings.splits.train),
    validation: percent(settings.splits.validation),
    test: percent(settings.splits.test),
  },
  seed: settings.seed,
  duplicates: settings.duplicates,
  near_duplicate_threshold: settings.near_duplicate_threshold,
  only_approved: settings.only_approved,
  minTurns: String(settings.min_turns),
  maxTurns: settings.max_turns === null ? '' : String(settings.max_turns),
  maxTokens: settings.max_tokens === null ? '' : String(settings.max_tokens),
})

export type SettingsField = 'splits' | 'minTurns' | 'maxTurns' | 'maxTokens'

const wholeNumber = (text: string, most: number): number | null | undefined => {
  const value = typedNumber(text, 1, most)
  return typeof value === 'number' && !Number.isInteger(value) ? undefined : value
}

/** Null where something can't be meant; `wrong` names it. */
export const readSettings = (
  typed: TypedSettings,
): { readonly settings: Settings | null; readonly wrong: ReadonlySet<SettingsField> } => {
  const wrong = new Set<SettingsField>()
  const shares = splitNames.map((name) => typedNumber(typed.splits[name], 0, 100) ?? Number.NaN)
  const sum = shares.reduce((before, share) => before + share, 0)
  if (!(Math.abs(sum - 100) < 0.001)) wrong.add('splits')
  const number = (field: 'minTurns' | 'maxTurns' | 'maxTokens', most: number): number | null => {
    const value = wholeNumber(typed[field], most)
    if (value === undefined) wrong.add(field)
    return value ?? null
  }
  const least = number('minTurns', 10_000)
  const most = number('maxTurns', 10_000)
  const tokens = number('maxTokens', 10_000_000)
  if (most !== null && least !== null && most < least) wrong.add('maxTurns')
  if (wrong.size > 0) return { settings: null, wrong }
  const [train = 0, validation = 0, test = 0] = shares
  return {
    wrong,
    settings: {
      splits: { train: train / 100, validation: validation / 100, test: test / 100 },
      seed: typed.seed,
      duplicates: typed.duplicates,
      near_duplicate_threshold: typed.near_duplicate_threshold,
      max_tokens: tokens,
      min_turns: least ?? 1,
      max_turns: most,
      only_approved: typed.only_approved,
    },
  }
}
