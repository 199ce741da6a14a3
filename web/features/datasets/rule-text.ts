/** A rule of a trainer as a sentence: in the reader's language where it is known, in the server's words otherwise. */
import type { TFunction } from 'i18next'

export const ruleText = (t: TFunction, rule: string, sentence: string): string =>
  t(`datasets.rule_${rule.replaceAll('.', '_')}` as never, { defaultValue: sentence })
