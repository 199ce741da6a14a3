/** What a person does with training conversations that are there: finds, reads, reviews and changes them. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import { titleFromPrompt } from '../conversations/index.ts'
import { collectText, DEMO, type LanguageModel, type ModelChoice, parseChoice } from '../replies/index.ts'
import { REVIEW_STATUSES, type ReviewStatus, type Tier, TIERS, type TrainingContent } from './content.ts'
import { type TurnChange, withTurnChanged } from './edit-turn.ts'
import { type ConsultantProfile, STARTER_PROFILE } from './final-file.ts'
import { judgeQuestion, judgeTokens, readJudgement, withJudgement } from './judge.ts'
import { TRAINING_ACTIONS } from './log-line.ts'
import type {
  BulkAction,
  BulkChoice,
  FoundTrainings,
  HistoryLine,
  RevisionInfo,
  Scores,
  TrainingRecord,
  TrainingStore,
  TrainingWithContent,
  WantedTrainings,
} from './training-store.ts'
import type { Trainings } from './trainings.ts'

interface Needs {
  readonly store: TrainingStore
  readonly trainings: Trainings
  /** The model behind a choice; fails with `model.not_configured`. */
  readonly resolveModel: (userId: string, choice: ModelChoice) => Promise<LanguageModel>
  readonly clock: Clock
}

/** Most conversations that one bulk action changes. */
const MAX_BULK = 500
/** How long a judge may take, in milliseconds. */
const JUDGE_MS = 120_000
const DEMO_IS_NO_JUDGE = 'The demo is no language model and can not judge. Choose another one.'
/** Most lines of what was done with a conversation that its page shows. */
const MAX_HISTORY = 50

export interface BulkOutcome {
  readonly changed: number
  readonly unchanged: number
  readonly notFound: number
  /** By filter: whether there may be more. */
  readonly more: boolean
}

/** Without a title it is called as it begins. */
export interface ImportedConversation {
  readonly title?: string | undefined
  readonly content: TrainingContent
}

export interface ImportOutcome {
  readonly ids: string[]
  /** By place, from 0. */
  readonly refused: { index: number; message: string }[]
}

export interface TrainingStats {
  readonly total: number
  /** Of those that have a score, 0 to 10; null where none has. */
  readonly meanQuality: number | null
  readonly byStatus: Readonly<Record<ReviewStatus, number>>
  readonly byTier: Readonly<Record<Tier, number>>
}

/**
 * Whatever is not the actor's own is not there: `conversation.not_found`. What changes a conversation that says nothing yet
 * fails with `training.no_content`.
 */
export interface TrainingDesk {
  /** A cursor of another sort or direction is `request.invalid`. */
  list(actor: Actor, wanted: WantedTrainings): Promise<FoundTrainings>
  stats(actor: Actor): Promise<TrainingStats>
  get(actor: Actor, id: string): Promise<TrainingRecord>
  /** With what it says, and its latest changes and reviews. */
  read(actor: Actor, id: string): Promise<TrainingWithContent & { readonly history: readonly HistoryLine[] }>
  /** What it says, now or at a revision. Fails with `training.no_revision`. */
  readContent(actor: Actor, id: string, revision?: number): Promise<TrainingWithContent>
  listRevisions(actor: Actor, id: string, page: { before?: number | undefined; limit: number }): Promise<RevisionInfo[]>
  change(
    actor: Actor,
    id: string,
    change: { title?: string | undefined; tier?: Tier | undefined },
  ): Promise<TrainingRecord>
  /** Only what has content is approved. */
  review(actor: Actor, id: string, status: ReviewStatus, notes: string | null): Promise<TrainingRecord>
  score(actor: Actor, id: string, scores: Scores): Promise<TrainingRecord>
  /** Fails with `training.moved` where `revision` is not the present one; returns what it says then. */
  changeTurn(
    actor: Actor,
    id: string,
    turnNumber: number,
    given: { readonly revision: number; readonly change: TurnChange },
  ): Promise<{ readonly revision: number; readonly content: TrainingContent }>
  /** As a new revision; returns its number and what it says. Fails with `training.no_revision`. */
  restore(actor: Actor, id: string, revision: number): Promise<{ revision: number; content: TrainingContent }>
  /** A model scores it, as a new revision. Fails as models fail, and with `training.not_judged`. */
  judge(actor: Actor, id: string, model: string): Promise<TrainingWithContent>
  /** Keeps conversations that are there already, in this order; their files follow. What can't be kept is told, and nothing fails. */
  importMany(actor: Actor, tier: Tier, given: readonly ImportedConversation[]): Promise<ImportOutcome>
  changeMany(actor: Actor, choice: BulkChoice, action: BulkAction): Promise<BulkOutcome>
  getProfile(actor: Actor): Promise<ConsultantProfile>
  saveProfile(actor: Actor, profile: ConsultantProfile): Promise<void>
  /** Resolves when nothing is being written in the background any more; the rest is the next sweep's. */
  close(): Promise<void>
}

export const makeTrainingDesk = ({ store, trainings, resolveModel, clock }: Needs): TrainingDesk => {
  let isClosed = false
  /** Files of many conversations are written one after the other, behind the answer. */
  let filesWritten = Promise.resolve()
  const writeFilesLater = (actor: Actor, ids: readonly string[]): void => {
    filesWritten = filesWritten.then(async () => {
      for (const id of ids) if (!isClosed) await trainings.writeFile(actor, id)
    })
  }

  const found = <Found>(it: Found | undefined): Found => {
    if (it === undefined) throw new AppError('conversation.not_found')
    return it
  }

  const get = async (actor: Actor, id: string) => found(await store.find(actor, id))

  const readContent = async (actor: Actor, id: string, revision?: number): Promise<TrainingWithContent> => {
    const it = await store.findWithContent(actor, id, revision)
    if (it !== undefined) return it
    await get(actor, id)
    throw new AppError('training.no_revision')
  }

  /** What can be changed, at the revision that it then is. */
  const readToChange = async (actor: Actor, id: string): Promise<TrainingWithContent> => {
    const it = await readContent(actor, id)
    if (it.record.revision === 0) throw new AppError('training.no_content')
    return it
  }

  /** After a change of its record, which the file tells of. */
  const withFile = async (actor: Actor, changed: TrainingRecord | undefined, id: string): Promise<TrainingRecord> => {
    if (changed === undefined) {
      await get(actor, id)
      throw new AppError('training.no_content')
    }
    await trainings.writeFile(actor, id)
    return changed
  }

  return {
    get,
    readContent,

    list(actor, wanted) {
      const { after, sort, direction } = wanted
      if (after !== undefined && (after.sort !== sort || after.direction !== direction)) throw ofAnotherSort()
      return store.list(actor, wanted)
    },

    async stats(actor) {
      const totals = await store.totals(actor)
      const sum = (
        of: (total: (typeof totals)[number]) => number,
        which: (total: (typeof totals)[number]) => boolean,
      ) => totals.filter(which).reduce((all, total) => all + of(total), 0)
      const all = () => true
      const scored = sum((total) => total.scored, all)
      return {
        total: sum(({ total }) => total, all),
        meanQuality: scored === 0 ? null : sum(({ scoreSum }) => scoreSum, all) / scored,
        byStatus: record(REVIEW_STATUSES, (status) =>
          sum(
            ({ total }) => total,
            (each) => each.status === status,
          ),
        ),
        byTier: record(TIERS, (tier) =>
          sum(
            ({ total }) => total,
            (each) => each.tier === tier,
          ),
        ),
      }
    },

    async read(actor, id) {
      return found(await store.findWithHistory(actor, id, { actions: REVIEW_ACTIONS, limit: MAX_HISTORY }))
    },

    async listRevisions(actor, id, page) {
      const revisions = await store.listRevisions(actor, id, page)
      if (revisions.length === 0) await get(actor, id)
      return revisions
    },

    change: async (actor, id, change) => {
      if (change.title === undefined && change.tier === undefined) return get(actor, id)
      return withFile(actor, await store.change(actor, id, { ...change, now: clock.now() }), id)
    },

    review: async (actor, id, status, notes) =>
      withFile(actor, await store.review(actor, id, { status, notes, now: clock.now() }), id),

    score: async (actor, id, scores) => withFile(actor, await store.score(actor, id, { scores, now: clock.now() }), id),

    async changeTurn(actor, id, turnNumber, { revision, change }) {
      const { record, content } = await readToChange(actor, id)
      if (record.revision !== revision) throw new AppError('training.moved')
      const changed = withTurnChanged(content, turnNumber, change)
      if (changed === undefined) return { revision, content }
      const details = { turn: turnNumber, changed: Object.keys(change).filter((key) => key in change) }
      const kept = await trainings.keepContent(actor, id, changed, { reason: 'edited', basedOn: revision, details })
      return { revision: kept.revision, content: changed }
    },

    async restore(actor, id, revision) {
      const [{ content }, { record }] = [await readContent(actor, id, revision), await readToChange(actor, id)]
      if (record.revision === revision) return { revision, content }
      const kept = await trainings.keepContent(actor, id, content, {
        reason: 'restored',
        basedOn: record.revision,
        details: { revision },
      })
      return { revision: kept.revision, content }
    },

    async judge(actor, id, model) {
      const { record, content } = await readToChange(actor, id)
      const choice = parseChoice(model)
      if (choice.choice === DEMO) throw new AppError('model.not_available', { message: DEMO_IS_NO_JUDGE })
      const answer = await collectText(await resolveModel(actor.userId, choice), judgeQuestion(content), {
        signal: AbortSignal.timeout(JUDGE_MS),
        maxTokens: judgeTokens(content),
        temperature: 0,
      })
      const judgement = answer.reason === 'stop' ? readJudgement(answer.text, content) : undefined
      if (judgement === undefined) throw new AppError('training.not_judged')
      await trainings.keepContent(actor, id, withJudgement(content, judgement), {
        reason: 'edited',
        loggedAs: 'judge',
        basedOn: record.revision,
        scores: judgement.overall,
        details: { model, ...judgement.overall },
      })
      return readContent(actor, id)
    },

    async importMany(actor, tier, given) {
      const outcome: ImportOutcome = { ids: [], refused: [] }
      for (const [index, { title, content }] of given.entries()) {
        const called = title ?? titleFromPrompt(content.turns.find(({ role }) => role === 'user')?.content ?? '')
        const training = { title: called, tier, origin: 'imported' } as const
        try {
          outcome.ids.push(await trainings.add(actor, training, content, { reason: 'imported' }, { isFileLater: true }))
        } catch (error) {
          if (!(error instanceof AppError) || error.code !== 'training.wrong_content') throw error
          outcome.refused.push({ index, message: error.message })
        }
      }
      writeFilesLater(actor, outcome.ids)
      return outcome
    },

    async changeMany(actor, choice, action) {
      const { ids, found: named } = await store.changeMany(actor, choice, action, { limit: MAX_BULK, now: clock.now() })
      if (action.action !== 'delete') writeFilesLater(actor, ids)
      return {
        changed: ids.length,
        unchanged: named === undefined ? 0 : named - ids.length,
        notFound: named === undefined ? 0 : new Set(choice.ids).size - named,
        more: choice.ids === undefined && ids.length === MAX_BULK,
      }
    },

    getProfile: async (actor) => (await store.findProfile(actor)) ?? STARTER_PROFILE,
    saveProfile: (actor, profile) => store.saveProfile(actor, profile, clock.now()),

    async close() {
      isClosed = true
      await filesWritten
    },
  }
}

/** All that is no download: those have a list of their own. */
const REVIEW_ACTIONS = TRAINING_ACTIONS.filter((action) => !action.startsWith('download') && action !== 'export')

const record = <Key extends string>(keys: readonly Key[], valueOf: (key: Key) => number) =>
  Object.fromEntries(keys.map((key) => [key, valueOf(key)])) as Record<Key, number>

const ofAnotherSort = () =>
  new AppError('request.invalid', {
    issues: [
      { part: 'query', path: ['cursor'], rule: 'other', message: 'must be a cursor of the same sort and direction' },
    ],
  })
