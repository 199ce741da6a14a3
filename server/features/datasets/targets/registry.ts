/** All targets. */
import { alpaca } from './alpaca.ts'
import { axolotl } from './axolotl.ts'
import { llamaFactory } from './llama-factory.ts'
import { markdown } from './markdown.ts'
import { messages, promptCompletion } from './messages.ts'
import { mistral } from './mistral.ts'
import { openaiChat } from './openai-chat.ts'
import { preference } from './preference.ts'
import { sharegpt } from './sharegpt.ts'
import { csv, parquet } from './table.ts'
import type { ExportFacts, OpenTarget, Target, TargetChoice, TargetId } from './target.ts'
import { trainingFileV4 } from './training-file-v4.ts'

const TARGETS: Readonly<Record<TargetId, Target>> = {
  'training-file-v4': trainingFileV4,
  'openai-chat': openaiChat,
  messages,
  'prompt-completion': promptCompletion,
  preference,
  sharegpt,
  alpaca,
  axolotl,
  'llama-factory': llamaFactory,
  mistral,
  csv,
  parquet,
  markdown,
}

/** In the order in which they are offered. */
export const listTargets = (): readonly Target[] => Object.values(TARGETS)

export const findTarget = (id: TargetId): Target => TARGETS[id]

/** A target for the rows of one export, or one report: a fresh one for each, as it may keep sums. */
export const openTarget = ({ id, options }: TargetChoice, facts: ExportFacts): OpenTarget =>
  TARGETS[id].open(options, facts)
