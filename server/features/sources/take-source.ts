/** Shows what would be taken of a real conversation, and takes it. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError, type InputIssue } from '#kernel/errors.ts'
import type { Tier, Trainings, TrainingTurn } from '../training/index.ts'
import type { Trace } from './trace.ts'
import { findPersonalData } from './personal-data.ts'
import { guessCountry } from './find-contacts.ts'
import type { RedactionBox } from './kept-redactions.ts'
import { areStretchesOf, redacted, type Redaction, replacementsOf, type Stretch } from './redact.ts'
import {
  fingerprintOf,
  type FoundSource,
  isWorthLearning,
  MAX_SOURCE_CHARACTERS,
  MAX_SOURCE_MESSAGES,
  type Reading,
  readSource,
  type ReadSource,
  type SourceKind,
} from './source.ts'
import type { SourceRange, SourceStore } from './source-store.ts'

/** Most redactions of one training conversation. */
export const MAX_REDACTIONS = 5_000

export interface WantedReading extends Reading, SourceRange {
  /** Where phone numbers without a country code are from; absent: as the conversation seems. */
  readonly country?: string | undefined
}

export interface FoundRedaction extends Stretch {
  readonly replacement: string
  /** 0 to 1. */
  readonly confidence: number
}

export interface SourcePreview extends ReadSource {
  readonly id: string
  readonly kind: SourceKind
  readonly title: string
  readonly fingerprint: string
  readonly redactions: readonly FoundRedaction[]
}

export interface Taking {
  readonly reading: WantedReading
  /** Of the preview. */
  readonly fingerprint: string
  readonly title: string
  readonly tier: Tier
  /** Whether people who have not answered yet keep it from being taken. */
  readonly waitForEverybody: boolean
  readonly redactions: readonly Stretch[]
}

export interface Taken {
  readonly id: string
  readonly turnCount: number
  readonly redactionCount: number
}

interface Needs {
  readonly store: SourceStore
  readonly trainings: Pick<Trainings, 'begin' | 'keepContent' | 'remove'>
  readonly box: RedactionBox
  readonly clock: Clock
}

/** A conversation as it is read, and what of it tells of persons. */
interface Inspected extends ReadSource {
  readonly source: FoundSource
  readonly fingerprint: string
  readonly texts: readonly string[]
  readonly found: readonly (Redaction & { readonly confidence: number })[]
  /** Letters of the people, by their ids. */
  readonly letters: ReadonlyMap<string, string>
}

/** Both fail with `conversation.not_found` for what the actor may not take, and with `source.too_long`. */
export const makeTakeSource = ({ store, trainings, box, clock }: Needs) => {
  const inspect = async (actor: Actor, id: string, reading: WantedReading): Promise<Inspected> => {
    const source = await store.read(actor, id, reading)
    if (source === undefined) throw new AppError('conversation.not_found')
    if (source === 'unknown_message') throw unknownMessage(reading)
    const read = readSource(source, actor.userId, reading)
    const texts = read.turns.map(({ content }) => content)
    const length = source.messages.reduce((sum, { content }) => sum + content.length, 0)
    if (source.messages.length > MAX_SOURCE_MESSAGES || length > MAX_SOURCE_CHARACTERS)
      throw new AppError('source.too_long')
    const hints = {
      names: source.people.map(({ id: personId, name }) => ({ personId, name })),
      country: reading.country ?? guessCountry(texts),
    }
    const found = texts.flatMap((text, index) => findPersonalData(text, hints).map((trace) => atTurn(index + 1, trace)))
    if (found.length > MAX_REDACTIONS) throw new AppError('source.too_long')
    return {
      ...read,
      source,
      texts,
      found,
      fingerprint: fingerprintOf(read),
      letters: new Map(read.people.map((person) => [person.id, person.letter])),
    }
  }

  return {
    async preview(actor: Actor, id: string, reading: WantedReading): Promise<SourcePreview> {
      const { source, texts, found, letters, ...read } = await inspect(actor, id, reading)
      const replacements = replacementsOf(found, texts, letters)
      return {
        ...read,
        id,
        kind: source.kind,
        title: source.title,
        redactions: found.map((trace, index) => ({ ...trace, replacement: replacements[index]! })),
      }
    },

    /**
     * Makes the training conversation, with `source.changed` when it is not what was shown any more, `source.consent_missing`,
     * `source.nothing_to_learn`. Until it is approved what was redacted is kept, sealed.
     */
    async take(actor: Actor, id: string, taking: Taking): Promise<Taken> {
      const { source, turns, texts, found, letters, obstacle, fingerprint } = await inspect(actor, id, taking.reading)
      if (fingerprint !== taking.fingerprint) throw new AppError('source.changed')
      if (obstacle === 'consent_missing' && taking.waitForEverybody) throw new AppError('source.consent_missing')
      if (!isWorthLearning(turns)) throw new AppError('source.nothing_to_learn')
      if (!areStretchesOf(taking.redactions, texts)) throw wrongStretches()

      const { texts: contents, kept } = redacted(texts, withReplacements(taking.redactions, { texts, found, letters }))
      const trainingId = await trainings.begin(actor, {
        title: taking.title,
        tier: taking.tier,
        origin: 'taken',
        sourceId: id,
      })
      const words = turns.flatMap((turn, index) => turn.words.map((word) => ({ ...word, turnNumber: index + 1 })))
      if (source.kind === 'team') {
        const now = clock.now()
        const areHeld = await store.holdWords(actor, { trainingId, sourceId: id, words, now })
        if (!areHeld) {
          await trainings.remove(actor, trainingId)
          throw new AppError('source.changed')
        }
      }
      if (kept.length > 0) await store.saveSealedMap(actor, trainingId, box.seal(trainingId, kept))
      await trainings.keepContent(
        actor,
        trainingId,
        {
          turns: turns.map(({ role, name, train }, index): TrainingTurn => {
            const content = contents[index]!
            return name === null ? { role, content, train } : { role, content, name, train }
          }),
        },
        { reason: 'taken', basedOn: 0, requiresManualReview: true },
      )
      return { id: trainingId, turnCount: turns.length, redactionCount: kept.length }
    },
  }
}

const atTurn = (turnNumber: number, { kind, start, end, value, confidence }: Trace) => ({
  turnNumber,
  kind,
  start,
  end,
  value,
  confidence,
})

/** What the preview found is replaced as the preview said; what was added by hand comes after it. */
const withReplacements = (
  stretches: readonly Stretch[],
  { texts, found, letters }: Pick<Inspected, 'texts' | 'found' | 'letters'>,
): (Stretch & { replacement: string })[] => {
  const placeOf = ({ turnNumber, start, end, kind }: Stretch) => [turnNumber, start, end, kind].join()
  const known = new Set(found.map(placeOf))
  const added = stretches
    .filter((stretch) => !known.has(placeOf(stretch)))
    .map((stretch) => ({
      ...stretch,
      value: texts[stretch.turnNumber - 1]!.slice(stretch.start, stretch.end).toLowerCase(),
    }))
  const all = [...found, ...added]
  const replacements = replacementsOf(all, texts, letters)
  const byPlace = new Map(all.map((redaction, index) => [placeOf(redaction), replacements[index]!]))
  return stretches.map((stretch) => ({ ...stretch, replacement: byPlace.get(placeOf(stretch))! }))
}

const issue = (path: string, message: string): AppError => {
  const wrong: InputIssue = { part: 'body', path: [path], rule: 'other', message }
  return new AppError('request.invalid', { issues: [wrong] })
}

const wrongStretches = () => issue('redactions', 'must lie within their turns and not overlap')

const unknownMessage = ({ from }: SourceRange) =>
  issue(from === undefined ? 'to_message_id' : 'from_message_id', 'must be a message of the conversation')
