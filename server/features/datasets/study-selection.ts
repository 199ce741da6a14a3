/** Reads a selection once, from one end to the other, and finds which of its conversations say the same, or nearly. */
import type { Actor } from '#kernel/actor.ts'
import { AppError } from '#kernel/errors.ts'
import type { CountTokens, TrainingContent } from '../training/index.ts'
import { MAX_ITEMS, type Selection, type Settings } from './dataset.ts'
import type { Candidate, SelectionPlace, DatasetStore } from './dataset-store.ts'
import { reasonOfLength, type Studied } from './decide-items.ts'
import type { Likeness, TextStudy } from './text-study.ts'

/** Conversations that are read at once. */
const BATCH = 500

export interface StudyNeeds {
  readonly store: Pick<DatasetStore, 'readCandidates'>
  readonly study: TextStudy
  readonly countTokens: CountTokens
}

interface Options {
  readonly signal?: AbortSignal | undefined
  readonly onRead?: ((count: number) => void) | undefined
}

/** What `decideItems` decides by, the oldest first. Fails with `dataset.too_large`, and with the reason of `signal`. */
export const studySelection = async (
  needs: StudyNeeds,
  actor: Actor,
  { selection, settings }: { readonly selection: Selection; readonly settings: Settings },
  { signal, onRead }: Options = {},
): Promise<{ studied: Studied[]; likenesses: Likeness[] }> => {
  const threshold = settings.nearDuplicateThreshold
  const search = threshold === null ? undefined : needs.study.openSearch(threshold)
  const stop = (): void => search?.close()
  signal?.addEventListener('abort', stop)
  try {
    const studied: Studied[] = []
    /** Of each text of the search, the place of its conversation: of those that say the very same only one is searched. */
    const places: number[] = []
    const originals = new Map<string, number>()
    let after: SelectionPlace | undefined
    let isEnd = false
    let adding: Promise<void> | undefined
    while (!isEnd) {
      signal?.throwIfAborted()
      // The next ones are read while the last ones are worked on.
      const reading = needs.store.readCandidates(actor, selection, settings, { after, limit: BATCH })
      const [page] = await Promise.all([reading, adding])
      const texts: string[] = []
      for (const candidate of page) {
        const { id, revision, sourceId, turnCount, contentHash, content } = candidate
        const tokenCount = await tokensOf(candidate, needs.countTokens)
        const place = studied.length
        const isLeftOut = reasonOfLength({ turnCount, tokenCount }, settings) !== null
        const original = isLeftOut ? null : (originals.get(contentHash) ?? place)
        studied.push({ id, revision, sourceId, turnCount, tokenCount, original })
        if (original !== place) continue
        originals.set(contentHash, place)
        places.push(place)
        texts.push(content)
      }
      if (studied.length > MAX_ITEMS) throw new AppError('dataset.too_large')
      adding = search?.add(texts)
      // Whoever waits for it hears of its failure; where something else fails first, nobody does.
      adding?.catch(() => {})
      onRead?.(studied.length)
      after = page.at(-1)?.place
      isEnd = page.length < BATCH
    }
    await adding
    const found = (await search?.findLikenesses()) ?? []
    const likenesses = found.map(({ earlier, later, similarity }) => ({
      earlier: places[earlier]!,
      later: places[later]!,
      similarity,
    }))
    return { studied, likenesses }
  } finally {
    signal?.removeEventListener('abort', stop)
    search?.close()
  }
}

/** Tokens are counted when a conversation is kept; those of before that, now. */
const tokensOf = async ({ tokenCount, content }: Candidate, countTokens: CountTokens): Promise<number> =>
  tokenCount > 0 ? tokenCount : countTokens(JSON.parse(content) as TrainingContent)
