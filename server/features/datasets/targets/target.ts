/**
 * What a target is: a way to write training conversations down that certain trainers read. Targets are pure: they know
 * conversations and text, and neither files, databases nor clocks; whoever exports writes what they give.
 */
import type { ConsultantProfile, TrainingRow } from '../../training/index.ts'
import type { Finding, FixId } from './finding.ts'

export const TARGET_IDS = [
  'training-file-v4',
  'openai-chat',
  'messages',
  'prompt-completion',
  'preference',
  'sharegpt',
  'alpaca',
  'axolotl',
  'llama-factory',
  'mistral',
  'csv',
  'parquet',
  'markdown',
] as const
export type TargetId = (typeof TARGET_IDS)[number]

export const SPLITS = ['train', 'validation', 'test'] as const
export type Split = (typeof SPLITS)[number]

/** What somebody may choose of a target; each target says which of them it knows, and its surface refuses the others. */
export interface TargetOptions {
  /** What to do with rows so that the trainer takes them, in the order of `FIXES`, whatever order they are named in. */
  readonly fixes?: readonly FixId[]
  /** Tokens (of the estimate) that one conversation may have; longer ones are left out, never cut. */
  readonly limit?: number
  /** The row's id, scaffolding and scores beside the conversation, in columns that no trainer mistakes for its own. */
  readonly metadata?: boolean
  /** Whose rules an OpenAI file is for. */
  readonly service?: 'openai' | 'azure' | 'fireworks' | 'together'
  /** How a tool call's arguments are written: JSON text, or the object. */
  readonly arguments?: 'text' | 'object'
  /** Whose names a preference pair has. */
  readonly names?: 'openai' | 'trl' | 'axolotl'
  /** How ShareGPT spells who speaks. */
  readonly roles?: 'human_gpt' | 'user_assistant'
  /** What Alpaca, which knows one question and one answer, makes of more turns. */
  readonly turns?: 'history' | 'expand' | 'first' | 'last'
  /** Which of its formats LLaMA-Factory reads. */
  readonly form?: 'sharegpt' | 'messages' | 'alpaca' | 'dpo'
  /** What a row of a table stands for. */
  readonly rows?: 'conversation' | 'turn'
  /** Whether cells that a spreadsheet would compute are made harmless: it changes the data. */
  readonly spreadsheet?: boolean
}

export interface TargetChoice {
  readonly id: TargetId
  readonly options: TargetOptions
}

/** What an export is of: everything in a file that is no conversation, so that the same facts give the same bytes. */
export interface ExportFacts {
  /** The dataset's name; of chosen conversations, what the person called the export. */
  readonly name: string
  /** Null where conversations were chosen instead of a version. */
  readonly version: number | null
  /** When the version was frozen (or the choice was made): the only time that files state. */
  readonly createdAt: Date
  readonly profile: ConsultantProfile
}

/** What was written into one file. */
export interface FileTotals {
  /** Conversations in the file. */
  readonly conversations: number
  /** Records in the file: a conversation may be none, one or several. */
  readonly records: number
}

/** What a target makes of one conversation. */
export interface Outcome {
  /** What goes into the file; empty where the row is left out. */
  readonly records: readonly TargetRecord[]
  /** Everything that the target's trainers would not read as it was meant; the row is left out when one of them says so. */
  readonly findings: readonly Finding[]
}

/** One record of a file, before it is text; of Parquet, the values of its columns. */
export type TargetRecord = Readonly<Record<string, unknown>>

/** An element of a Parquet schema, depth first, in the words of the format's definition. */
export interface ParquetElement {
  readonly name: string
  readonly type?: 'BYTE_ARRAY' | 'INT32' | 'DOUBLE'
  readonly repetition_type?: 'REQUIRED' | 'OPTIONAL' | 'REPEATED'
  readonly converted_type?: 'UTF8' | 'LIST'
  readonly logical_type?: { readonly type: 'STRING' | 'LIST' }
  readonly num_children?: number
}

/** Beside the conversations themselves: configuration of the trainer. */
export interface CompanionFile {
  readonly name: string
  readonly text: string
}

/**
 * A target with its options, ready for the rows of one export. A text file is
 * `head(totals) + records.map(encode).join(between) + tail(totals)`, in UTF-8 without a byte order mark of its own;
 * head and tail are asked for when every row was seen.
 */
export interface OpenTarget {
  readonly id: TargetId
  /** Not null: the file is Parquet with these columns, records are its rows, and encode, head and tail are of no use. */
  readonly columns: readonly ParquetElement[] | null
  readonly mediaType: string
  /** Without a folder: `train.jsonl`; of an export without splits, `train` is everything. */
  readonly nameOf: (split: Split) => string
  /** Pure, except that a target whose head or tail sums up keeps the sums of `split`. */
  readonly take: (row: TrainingRow, split: Split, tokens?: number) => Outcome
  readonly encode: (record: TargetRecord) => string
  readonly between: string
  readonly head: (split: Split, totals: FileTotals) => string
  readonly tail: (split: Split, totals: FileTotals) => string
  /** How many records the trainer wants in the file that it learns from. */
  readonly recordLimits: RecordLimits
  /** Files that tell the trainer what the others are; asked for when the files are known. */
  readonly companions: (files: readonly WrittenFile[]) => readonly CompanionFile[]
}

export interface RecordLimits {
  readonly least?: number
  readonly most?: number
}

export interface WrittenFile extends FileTotals {
  readonly split: Split
  readonly name: string
  /** Of the file as it is written, before any compression. */
  readonly bytes: number
}

/** What can be known of a target without opening it. */
export interface Target {
  readonly id: TargetId
  readonly name: string
  readonly description: string
  /** Trainers and services that read it. */
  readonly trainers: readonly string[]
  /** What a conversation has that the target cannot say. */
  readonly loses: readonly string[]
  /** Options that it knows, with the value of each when it is not chosen. */
  readonly defaults: TargetOptions
  /** What can be done about its findings. */
  readonly fixes: readonly FixId[]
  readonly open: (options: TargetOptions, facts: ExportFacts) => OpenTarget
}
