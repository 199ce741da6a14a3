/** What tells of a person in a text: a stretch of it, and what it says. */

export type RedactionKind =
  | 'email'
  | 'phone'
  | 'card'
  | 'iban'
  | 'secret'
  | 'ip'
  | 'url'
  | 'national_id'
  | 'name'
  | 'other'

export interface Trace {
  readonly kind: RedactionKind
  /** In UTF-16 code units; `end` is behind the last one. */
  readonly start: number
  readonly end: number
  /** What it says, however it was spelled: equal for what means the same. */
  readonly value: string
  /** 0 to 1; from 0.5 on it should be taken out unless somebody knows better. */
  readonly confidence: number
}
