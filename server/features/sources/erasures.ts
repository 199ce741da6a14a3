/** Takes people's words out of training data again: of the conversation, all its revisions, and all that is made of them. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import { hashContent, type TrainingContent, type Trainings, type TrainingStore } from '../training/index.ts'
import type { RedactionBox } from './kept-redactions.ts'
import { isWorthLearning } from './source.ts'
import type { Held, SourceStore } from './source-store.ts'

interface Needs {
  readonly store: SourceStore
  readonly records: Pick<TrainingStore, 'findWithContent'>
  readonly trainings: Pick<Trainings, 'keepContent' | 'writeFile' | 'remove'>
  readonly box: RedactionBox
  /** Removes files that nothing names any more. */
  readonly sweepBlobs: () => Promise<void>
  readonly clock: Clock
  readonly onError: (error: unknown, what: string) => void
}

export interface Erasures {
  /** Erases the actor's words from a training conversation of anybody's. Fails with `source.no_words`. */
  eraseMine(actor: Actor, trainingId: string): Promise<void>
  /** Erases what is doomed in these conversations; what fails is done again by the sweep. */
  carryOut(held: readonly Held[]): Promise<void>
  /** Erases whatever is doomed, and removes what was begun to be taken long ago and never was. */
  sweep(): Promise<void>
}

/** At most so many conversations are asked for at once. */
const BATCH = 100
/** While its owner changes it. */
const ATTEMPTS = 5

/**
 * Acts as the owner of each conversation. A turn with words that are to go goes as a whole. Where nothing is left that could be learned
 * from, the conversation goes.
 */
export const makeErasures = ({ store, records, trainings, box, sweepBlobs, clock, onError }: Needs): Erasures => {
  /** One revision without what is doomed; false when somebody else changed the conversation meanwhile. */
  const attempt = async (owner: Actor, trainingId: string): Promise<boolean> => {
    const found = await records.findWithContent(owner, trainingId)
    // Its words came before what it was to say: whoever takes it finds it gone.
    if (found === undefined) return removed(owner, trainingId)
    const { record, content } = found
    const turnNumbers = await store.findDoomed(trainingId, record.revision)
    if (turnNumbers === undefined) return false
    if (turnNumbers.length === 0) return true
    const doomed = new Set(turnNumbers)
    const turns = content.turns.filter((_, index) => !doomed.has(index + 1))
    if (!isWorthLearning(turns)) return removed(owner, trainingId)
    const left: TrainingContent = { ...content, turns }
    await store.planErasure({
      trainingId,
      ownerId: owner.userId,
      basedOn: record.revision,
      contentHash: hashContent(left),
      turnNumbers,
      sealedMap: await mapWithout(owner, trainingId, doomed),
    })
    return trainings
      .keepContent(owner, trainingId, left, {
        reason: 'erased',
        basedOn: record.revision,
        requiresManualReview: true,
        details: { turns: doomed.size },
      })
      .then(() => true, unless('training.moved', false))
  }

  /** Of several who remove it at once, one says so in the log. */
  const removed = async (owner: Actor, trainingId: string): Promise<true> => {
    const isMine = await trainings.remove(owner, trainingId).then(() => true, unless('conversation.not_found', false))
    if (isMine) await store.noteRemoval(owner, trainingId, clock.now())
    return true
  }

  /** The redactions of the turns that stay, under their new numbers. */
  const mapWithout = async (owner: Actor, trainingId: string, doomed: ReadonlySet<number>) => {
    const sealedMap = await store.findSealedMap(owner, trainingId)
    if (sealedMap === undefined) return undefined
    const kept = box.open(trainingId, sealedMap).flatMap((one) => {
      const gone = [...doomed].filter((turnNumber) => turnNumber < one.turnNumber).length
      return doomed.has(one.turnNumber) ? [] : [{ ...one, turnNumber: one.turnNumber - gone }]
    })
    return box.seal(trainingId, kept)
  }

  const erase = async ({ trainingId, ownerId }: Held): Promise<void> => {
    const owner = { userId: ownerId, subject: ownerId }
    // The file follows what is said: whoever is writing it meanwhile, it may be with the words, is waited for.
    for (let i = 0; i < ATTEMPTS; i++)
      if (await attempt(owner, trainingId)) return trainings.writeFile(owner, trainingId)
    throw new Error(`training conversation ${trainingId} keeps changing`)
  }

  /** How many failed. */
  const eraseAll = async (held: readonly Held[]): Promise<number> => {
    let failed = 0
    for (const one of held)
      await erase(one).catch((error: unknown) => {
        failed++
        onError(error, 'erasure')
      })
    // Files of conversations that went, and of exports: not when the next sweep comes, but now.
    if (held.length > 0) await sweepBlobs().catch((error: unknown) => onError(error, 'erased files'))
    return failed
  }

  return {
    async carryOut(held) {
      await eraseAll(held)
    },

    async eraseMine(actor, trainingId) {
      const held = await store.doomHeld(actor, trainingId, clock.now())
      if (held === undefined) throw new AppError('source.no_words')
      await eraseAll([held])
    },

    async sweep() {
      for (let isMore = true; isMore;) {
        const doomed = await store.listDoomed(BATCH)
        const failed = await eraseAll(doomed)
        isMore = doomed.length === BATCH && failed === 0
      }
      for (const { trainingId, ownerId } of await store.listHalfTaken(BATCH))
        await removed({ userId: ownerId, subject: ownerId }, trainingId)
    },
  }
}

/** What an attempt gives when it fails as it may; all else is thrown on. */
const unless =
  <Result>(code: string, result: Result) =>
  (error: unknown): Result => {
    if (error instanceof AppError && error.code === code) return result
    throw error
  }
