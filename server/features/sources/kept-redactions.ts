/** What was redacted in a taken conversation: sealed, shown to its owner, and put back, until the conversation is approved. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { TrainingRecord, Trainings, TrainingStore, TrainingTurn } from '../training/index.ts'
import { type KeptRedaction, restored } from './redact.ts'
import type { SourceStore } from './source-store.ts'

/** Seals texts for a place; what was sealed elsewhere does not open. */
interface TextBox {
  seal(text: string, context: readonly string[]): string
  open(envelope: string, context: readonly string[]): string | undefined
}

export interface RedactionBox {
  seal(trainingId: string, kept: readonly KeptRedaction[]): string
  /** Nothing where it can't be opened any more, because its key is gone. */
  open(trainingId: string, sealedMap: string): KeptRedaction[]
}

export const redactionBox = (box: TextBox): RedactionBox => ({
  seal: (trainingId, kept) => box.seal(JSON.stringify(kept), [trainingId]),
  open: (trainingId, sealedMap) => JSON.parse(box.open(sealedMap, [trainingId]) ?? '[]') as KeptRedaction[],
})

/** One replacement, wherever it stands. */
export interface ShownRedaction {
  readonly replacement: string
  readonly kind: KeptRedaction['kind']
  /** As it was spelled first. */
  readonly value: string
  readonly turnNumbers: readonly number[]
}

interface Needs {
  readonly store: Pick<SourceStore, 'findSealedMap' | 'saveSealedMap'>
  readonly records: Pick<TrainingStore, 'find' | 'findWithContent'>
  readonly trainings: Pick<Trainings, 'keepContent'>
  readonly box: RedactionBox
}

/** Both fail with `conversation.not_found`. */
export const makeKeptRedactions = ({ store, records, trainings, box }: Needs) => ({
  /** `isFinal`: nothing can be put back any more. */
  async list(actor: Actor, trainingId: string): Promise<{ redactions: ShownRedaction[]; isFinal: boolean }> {
    const [record, sealedMap] = await Promise.all([
      records.find(actor, trainingId),
      store.findSealedMap(actor, trainingId),
    ])
    if (record === undefined) throw new AppError('conversation.not_found')
    const kept = sealedMap === undefined ? [] : box.open(trainingId, sealedMap)
    return {
      isFinal: isFinal(record, sealedMap),
      redactions: [...Map.groupBy(kept, ({ replacement }) => replacement)].map(([replacement, all]) => ({
        replacement,
        kind: all[0]!.kind,
        value: all[0]!.original,
        turnNumbers: [...new Set(all.map(({ turnNumber }) => turnNumber))],
      })),
    }
  },

  /** A new revision in which the replacement is gone; returns its number. */
  async restore(actor: Actor, trainingId: string, replacement: string): Promise<number> {
    const [found, sealedMap] = await Promise.all([
      records.findWithContent(actor, trainingId),
      store.findSealedMap(actor, trainingId),
    ])
    if (found === undefined) throw new AppError('conversation.not_found')
    const { record, content } = found
    if (sealedMap === undefined || isFinal(record, sealedMap)) throw new AppError('source.redactions_final')
    const kept = box.open(trainingId, sealedMap)
    if (!kept.some((one) => one.replacement === replacement)) throw new AppError('source.no_redaction')
    const turns = content.turns.map((turn, index) => restoredTurn(turn, index + 1, replacement, kept))
    const { revision } = await trainings.keepContent(
      actor,
      trainingId,
      { ...content, turns },
      { reason: 'restored', basedOn: record.revision, requiresManualReview: true, details: { replacement } },
    )
    const rest = kept.filter((one) => one.replacement !== replacement)
    await store.saveSealedMap(actor, trainingId, box.seal(trainingId, rest))
    return revision
  },
})

const isFinal = ({ status }: TrainingRecord, sealedMap: string | undefined): boolean =>
  status === 'approved' || sealedMap === undefined

const restoredTurn = (
  turn: TrainingTurn,
  turnNumber: number,
  replacement: string,
  kept: readonly KeptRedaction[],
): TrainingTurn => ({
  ...turn,
  content: turn.content === null ? null : restored(turn.content, turnNumber, replacement, kept),
  ...(turn.rejected !== undefined && { rejected: restored(turn.rejected, turnNumber, replacement, kept) }),
})
