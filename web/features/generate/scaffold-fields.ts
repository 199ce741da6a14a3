/** What personas, arcs and topics say, as fields of a form: which there are, how they begin, and what is sent: pure. */
import { typedNumber } from './figures.ts'
import type { Scaffolds } from './list-scaffolds.ts'

export type PartKind = keyof Scaffolds
export type Part = Scaffolds[PartKind][number]

type FieldName =
  | Exclude<
      keyof Scaffolds['personas'][number] | keyof Scaffolds['arcs'][number] | keyof Scaffolds['topics'][number],
      OfAll
    >
  | 'name'
type OfAll = 'id' | 'is_active' | 'is_starter' | 'created_at' | 'updated_at' | 'persona_key' | 'arc_key' | 'topic_key'

export type Field = { readonly name: FieldName } & (
  | { readonly kind: 'line' | 'paragraph'; readonly longest: number; readonly isNeeded?: boolean }
  /** One thing on each line. */
  | { readonly kind: 'lines' }
  | { readonly kind: 'number'; readonly least: number; readonly most: number; readonly isWhole: boolean }
  | {
      readonly kind: 'choice'
      readonly options: readonly ('core' | 'edge' | 'beginner' | 'intermediate' | 'advanced')[]
    }
  /** Keys of others that it goes together with; none means all. */
  | { readonly kind: 'keys'; readonly of: PartKind }
)

/** Limits of the contract. */
const line = (name: FieldName, longest = 255): Field => ({ name, kind: 'line', longest, isNeeded: true })
const paragraph = (name: FieldName): Field => ({ name, kind: 'paragraph', longest: 2000 })
const lines = (name: FieldName): Field => ({ name, kind: 'lines' })
const intensity = (name: FieldName): Field => ({ name, kind: 'number', least: 0, most: 1, isWhole: false })
const turns = (name: FieldName): Field => ({ name, kind: 'number', least: 2, most: 40, isWhole: true })

export const fieldsOf: Readonly<Record<PartKind, readonly Field[]>> = {
  personas: [
    line('name'),
    line('archetype'),
    paragraph('demographics'),
    paragraph('financial_background'),
    paragraph('communication_style'),
    paragraph('emotional_baseline'),
    lines('typical_questions'),
    lines('common_concerns'),
    lines('language_patterns'),
  ],
  arcs: [
    line('name'),
    { name: 'conversation_category', kind: 'choice', options: ['core', 'edge'] },
    line('starting_emotion', 100),
    intensity('starting_intensity_min'),
    intensity('starting_intensity_max'),
    line('ending_emotion', 100),
    intensity('ending_intensity_min'),
    intensity('ending_intensity_max'),
    turns('typical_turn_count_min'),
    turns('typical_turn_count_max'),
    paragraph('arc_strategy'),
    lines('key_principles'),
    lines('response_techniques'),
    lines('avoid_tactics'),
    { name: 'suitable_personas', kind: 'keys', of: 'personas' },
    { name: 'suitable_topics', kind: 'keys', of: 'topics' },
  ],
  topics: [
    line('name'),
    line('category', 100),
    { name: 'complexity_level', kind: 'choice', options: ['beginner', 'intermediate', 'advanced'] },
    paragraph('description'),
    lines('typical_question_examples'),
    lines('key_concepts'),
    { name: 'suitable_personas', kind: 'keys', of: 'personas' },
    { name: 'suitable_emotional_arcs', kind: 'keys', of: 'arcs' },
  ],
}

/** Everything as it is typed. */
export type Draft = Readonly<Record<string, string | readonly string[]>>

const start: Readonly<Record<string, string>> = {
  starting_intensity_min: '0.7',
  starting_intensity_max: '0.85',
  ending_intensity_min: '0.7',
  ending_intensity_max: '0.8',
  typical_turn_count_min: '3',
  typical_turn_count_max: '5',
}

const draftOf = (field: Field, value: unknown): string | readonly string[] => {
  const list = Array.isArray(value) ? (value as readonly string[]) : []
  switch (field.kind) {
    case 'lines':
      return list.join('\n')
    case 'keys':
      return list
    case 'choice':
      return typeof value === 'string' ? value : field.options[0]!
    default:
      return typeof value === 'string' || typeof value === 'number' ? String(value) : (start[field.name] ?? '')
  }
}

/** @param part null: a new one */
export const draftFrom = (kind: PartKind, part: Part | null): Draft =>
  Object.fromEntries(
    fieldsOf[kind].map((field) => [field.name, draftOf(field, part?.[field.name as keyof Part])] as const),
  )

export const keyOf = (part: Part): string =>
  'persona_key' in part ? part.persona_key : 'arc_key' in part ? part.arc_key : part.topic_key

/** A key made of a name: small letters, digits and `_`. */
export const keyFrom = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('đ', 'd')
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64)
    .replace(/_+$/, '')

export type Wrong = 'missing' | 'number' | 'order'

/** Fields with two ends: the first is not above the second. */
const ranges: readonly (readonly [string, string])[] = [
  ['starting_intensity_min', 'starting_intensity_max'],
  ['ending_intensity_min', 'ending_intensity_max'],
  ['typical_turn_count_min', 'typical_turn_count_max'],
]

/** What is sent, or what is wrong in which field. */
export const readDraft = (
  kind: PartKind,
  draft: Draft,
): { readonly body: Record<string, unknown>; readonly wrong: Readonly<Partial<Record<string, Wrong>>> } => {
  const body: Record<string, unknown> = {}
  const wrong: Partial<Record<string, Wrong>> = {}
  for (const field of fieldsOf[kind]) {
    const typed = draft[field.name] ?? ''
    if (typeof typed !== 'string') body[field.name] = typed
    else if (field.kind === 'lines') body[field.name] = linesOf(typed)
    else if (field.kind === 'number') {
      const value = typedNumber(typed, field.least, field.most)
      if (value == null || (field.isWhole && !Number.isInteger(value))) wrong[field.name] = 'number'
      body[field.name] = value
    } else {
      body[field.name] = typed.trim()
      if (field.kind === 'line' && field.isNeeded && typed.trim() === '') wrong[field.name] = 'missing'
    }
  }
  for (const [least, most] of ranges) {
    if (!wrong[least] && !wrong[most] && Number(body[least]) > Number(body[most])) wrong[most] = 'order'
  }
  return { body, wrong }
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
