/** How a conversation is read as training data: what is taken must be read as it was shown. */
import type { RedactionKind, Source } from '#contract/training/index.ts'

export interface Reading {
  /** The first message that is taken. */
  readonly from_message_id?: string
  readonly merge_turns: boolean
  readonly without_consent: 'leave_out' | 'placeholder'
  readonly assistant_person_id?: string
  readonly country?: string
}

export const usualReading: Reading = { merge_turns: true, without_consent: 'leave_out' }

export const redactionKinds = [
  'name',
  'email',
  'phone',
  'card',
  'iban',
  'secret',
  'ip',
  'url',
  'national_id',
  'other',
] as const satisfies readonly RedactionKind[]

/** Which conversations the list offers: `assistant` goes without saying. Pure. */
export const sourcesSearch = (
  search: Record<string, unknown>,
): { readonly kind?: Exclude<Source['kind'], 'assistant'> } => (search.kind === 'team' ? { kind: 'team' } : {})
