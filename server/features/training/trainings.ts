/** Makes and changes training conversations: what they say, their raw answer and their final file. Everybody who makes one comes here. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { BlobStore } from '../files/index.ts'
import { BUCKET, finalPathOf, rawPathOf, type TrainingContent, wrongContent } from './content.ts'
import { finalFileOf, STARTER_PROFILE } from './final-file.ts'
import { LOW_QUALITY, qualityOf } from './quality.ts'
import type { NewRevision, NewTraining, TrainingRecord, TrainingStore } from './training-store.ts'

/** Of everything that a model reads of a conversation, in tokens of o200k_base. */
export type CountTokens = (content: TrainingContent) => Promise<number>

interface Needs {
  readonly store: TrainingStore
  readonly blobs: Pick<BlobStore, 'put' | 'open' | 'deleteAll'>
  readonly countTokens: CountTokens
  readonly clock: Clock
  readonly newId: NewId
  readonly onError: (error: unknown, what: string) => void
}

/** What is known of a conversation before it says anything; without an id it gets a new one. */
export type GivenTraining = Omit<NewTraining, 'id' | 'now'> & { readonly id?: string | undefined }

/** A revision as its maker knows it: what can be measured is measured here. */
export type GivenRevision = Omit<
  NewRevision,
  'content' | 'tokenCount' | 'qualityScore' | 'requiresManualReview' | 'now'
> & {
  /** Whether somebody should look at it in any case; one of low quality is flagged anyway, until somebody has decided. */
  readonly requiresManualReview?: boolean | undefined
}

export interface KeptContent {
  readonly revision: number
  /** 0 to 10. */
  readonly qualityScore: number
  readonly requiresManualReview: boolean
}

export interface Trainings {
  /** Makes a conversation without content, or begins anew with one that has none; returns its id. */
  begin(actor: Actor, given: GivenTraining): Promise<string>
  /** The same with the model's answer, stored byte for byte; may be repeated. False: the conversation is gone. */
  storeRaw(actor: Actor, given: GivenTraining & { readonly id: string }, bytes: Uint8Array): Promise<boolean>
  /** The model's answer, whether it was noted already or not; undefined where there is none. */
  readRaw(actor: Actor, id: string): Promise<Buffer | undefined>
  /**
   * A new revision, with its messages and its final file. Fails with `conversation.not_found`, `training.moved` where
   * `basedOn` is not the present revision, `training.wrong_content`. The file may be written a moment after.
   */
  keepContent(actor: Actor, id: string, content: TrainingContent, given: GivenRevision): Promise<KeptContent>
  /**
   * A conversation with its first revision, in one transaction; returns its id. Fails with `training.wrong_content`.
   * `isFileLater`: its file is left to whoever sees to many.
   */
  add(
    actor: Actor,
    training: GivenTraining,
    content: TrainingContent,
    given: GivenRevision,
    options?: { readonly isFileLater: boolean },
  ): Promise<string>
  /** It did not become content. */
  fail(
    actor: Actor,
    id: string,
    status: 'failed' | 'parse_failed',
    validationReport?: Readonly<Record<string, unknown>>,
  ): Promise<void>
  /** Writes the final file of a conversation where it is due, after whoever is writing it here; what fails is done again by the sweep. */
  writeFile(actor: Actor, id: string): Promise<void>
  /** Writes the final files that are due and that nobody is writing, until there are none or `isEnough` says so. */
  writeDueFiles(isEnough?: () => boolean): Promise<void>
  /** With everything that belongs to it. Fails with `conversation.not_found`. */
  remove(actor: Actor, id: string): Promise<void>
}

/** At most so many files are taken at once. */
const BATCH = 100

export const makeTrainings = ({ store, blobs, countTokens, clock, newId, onError }: Needs): Trainings => {
  const keyOf = (path: string) => `${BUCKET}/${path}`

  const revisionOf = async (
    about: Pick<TrainingRecord, 'tier' | 'scaffolding' | 'status'>,
    content: TrainingContent,
    given: GivenRevision,
  ): Promise<NewRevision> => {
    const wrong = wrongContent(content)
    if (wrong !== undefined) throw new AppError('training.wrong_content', { message: `A conversation ${wrong}.` })
    const qualityScore = qualityOf(content, about.tier, about.scaffolding)
    return {
      ...given,
      content,
      tokenCount: await countTokens(content),
      qualityScore,
      // Whoever has decided has looked at it.
      requiresManualReview:
        about.status === 'pending_review' && (given.requiresManualReview === true || qualityScore < LOW_QUALITY),
      now: clock.now(),
    }
  }

  const begun = (given: GivenTraining): NewTraining => ({ ...given, id: given.id ?? newId(), now: clock.now() })

  /** Goes on while others make it due again. */
  const writeFile = async (actor: Actor, id: string): Promise<void> => {
    for (;;) {
      const wanted = await store.claimFile(actor, id)
      if (wanted === undefined) return
      const key = keyOf(finalPathOf(actor.userId, id))
      const bytes = Buffer.from(
        `${JSON.stringify(finalFileOf(wanted.row, wanted.profile ?? STARTER_PROFILE), null, 2)}\n`,
      )
      await blobs.put(key, { bytes })
      const noted = await store.noteFile(actor, id, { due: wanted.due, size: bytes.length })
      if (noted === undefined) await blobs.deleteAll(key)
      if (noted !== 'stale') return
    }
  }

  /** Files that this process is writing. */
  const writing = new Map<string, Promise<void>>()

  /** For work whose own result stands whether the file is written now or by the sweep. */
  const writeFileSoon = (actor: Actor, id: string): Promise<void> => {
    const written = writeFile(actor, id)
      .catch((error: unknown) => onError(error, 'final file'))
      .finally(() => {
        if (writing.get(id) === written) writing.delete(id)
      })
    writing.set(id, written)
    return written
  }

  return {
    async begin(actor, given) {
      const training = begun(given)
      await store.begin(actor, training)
      return training.id
    },

    async storeRaw(actor, given, bytes) {
      await store.begin(actor, begun(given))
      const key = keyOf(rawPathOf(actor.userId, given.id))
      await blobs.put(key, { bytes })
      const isThere = await store.noteRaw(actor, given.id, { size: bytes.length, now: clock.now() })
      if (!isThere) await blobs.deleteAll(key)
      return isThere
    },

    async readRaw(actor, id) {
      const stream = await blobs.open(keyOf(rawPathOf(actor.userId, id)))
      return stream && Buffer.concat(await stream.toArray())
    },

    async keepContent(actor, id, content, given) {
      const record = await store.find(actor, id)
      if (record === undefined) throw new AppError('conversation.not_found')
      const revision = await revisionOf(record, content, given)
      const kept = await store.keep(actor, id, revision)
      if (kept === undefined) throw new AppError('conversation.not_found')
      if (kept === 'moved') throw new AppError('training.moved')
      await writeFileSoon(actor, id)
      const { qualityScore, requiresManualReview } = revision
      return { revision: kept, qualityScore, requiresManualReview }
    },

    async add(actor, given, content, revision, { isFileLater } = { isFileLater: false }) {
      const training = begun(given)
      const about = { tier: given.tier, scaffolding: given.scaffolding ?? {}, status: 'pending_review' as const }
      await store.add(actor, training, await revisionOf(about, content, revision))
      if (!isFileLater) await writeFileSoon(actor, training.id)
      return training.id
    },

    fail: (actor, id, status, validationReport) =>
      store.fail(actor, id, { status, validationReport, now: clock.now() }),

    async writeFile(actor, id) {
      // Who claims it meanwhile finds nothing to do; what is being written may be what is waited for.
      for (let others = writing.get(id); others !== undefined; others = writing.get(id)) await others
      await writeFileSoon(actor, id)
    },

    async writeDueFiles(isEnough = () => false) {
      for (let more = true; more && !isEnough();) {
        const due = await store.listDueFiles(BATCH)
        for (const { id, ownerId } of due) {
          if (isEnough()) return
          // One that can't be written keeps none of the others from it; it is claimed, and so not listed again at once.
          await writeFileSoon({ userId: ownerId, subject: ownerId }, id)
        }
        more = due.length === BATCH
      }
    },

    async remove(actor, id) {
      if (!(await store.remove(actor, id, clock.now()))) throw new AppError('conversation.not_found')
    },
  }
}
