/** What becomes of a selection: splits that leak nothing and move nothing, and which of those that are alike stay. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Settings } from './dataset.ts'
import type { NewItem } from './dataset-store.ts'
import { decideItems, reasonOfLength, type Studied } from './decide-items.ts'
import { splitOf } from './splits.ts'
import type { Likeness } from './text-study.ts'

const settings: Settings = {
  splits: { train: 0.7, validation: 0.2, test: 0.1 },
  seed: '7',
  duplicates: 'keep',
  nearDuplicateThreshold: 0.85,
  maxTokens: null,
  minTurns: 1,
  maxTurns: null,
  onlyApproved: true,
}

const idOf = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`

interface Said extends Partial<Studied> {
  readonly number: number
  /** What it says; by itself it says something that no other does. */
  readonly says?: string
}

/** As they are read: the oldest first. */
const studiedOf = (...conversations: readonly Said[]): Studied[] => {
  const originals = new Map<string, number>()
  return conversations.map(({ number, says = `only ${number}`, ...over }, place) => {
    if (over.original !== null && !originals.has(says)) originals.set(says, place)
    const usual = { revision: 1, sourceId: null, turnCount: 4, tokenCount: 100, original: originals.get(says)! }
    return { id: idOf(number), ...usual, ...over }
  })
}
const decided = (
  studied: readonly Studied[],
  likenesses: readonly Likeness[] = [],
  formerItems: readonly NewItem[] = [],
  wanted = settings,
): NewItem[] => {
  const formerGroups = new Map(formerItems.map(({ id, groupId }) => [id, groupId]))
  return studied
    .keys()
    .map(decideItems(studied, likenesses, wanted, formerGroups))
    .toArray()
}
const splitsOf = (items: readonly NewItem[]) => new Map(items.map(({ id, split }) => [id, split]))

const sizes = fc.integer({ min: 1, max: 60 })
/** A selection, some of which are alike, and some of which were taken from the same conversation. */
const selections = sizes.chain((size) =>
  fc.record({
    studied: fc
      .tuple(
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: size, maxLength: size }),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: size, maxLength: size }),
      )
      .map(([sources, words]) =>
        studiedOf(
          ...sources.map((source, number) => ({
            number,
            sourceId: source < 3 ? idOf(9_000 + source) : null,
            says: `${words[number]}`,
          })),
        ),
      ),
    likenesses: fc.array(
      fc
        .tuple(fc.nat(size - 1), fc.nat(size - 1), fc.double({ min: 0.85, max: 1, noNaN: true }))
        .map(([one, other, similarity]): Likeness => ({
          earlier: Math.min(one, other),
          later: Math.max(one, other),
          similarity,
        })),
      { maxLength: size },
    ),
  }),
)

describe('splits', () => {
  it('never have what is alike, or from the same conversation, on two sides', () => {
    fc.assert(
      fc.property(selections, ({ studied, likenesses }) => {
        const items = decided(studied, likenesses)
        for (const { earlier, later } of likenesses) expect(items[earlier]!.split).toBe(items[later]!.split)
        for (const [place, { sourceId, original }] of studied.entries()) {
          for (const [other, each] of studied.entries()) {
            const isAlike = each.original === original || (sourceId !== null && each.sourceId === sourceId)
            if (isAlike) expect(items[other]!.split).toBe(items[place]!.split)
          }
        }
      }),
    )
  })

  it('move nothing when conversations are added that connect no groups', () => {
    fc.assert(
      fc.property(selections, sizes, fc.infiniteStream(fc.nat()), ({ studied, likenesses }, more, choices) => {
        const before = decided(studied, likenesses)
        // Each new one is like one that was there, or like none.
        const added = studiedOf(...Array.from({ length: more }, (_, index) => ({ number: 10_000 + index })))
        const newLikenesses = added.flatMap((_, index): Likeness[] => {
          const choice = choices.next().value!
          const later = studied.length + index
          return choice % 2 === 0 ? [] : [{ earlier: choice % studied.length, later, similarity: 0.9 }]
        })
        const all = [...studied, ...added.map((each, index) => ({ ...each, original: studied.length + index }))]
        const after = splitsOf(decided(all, [...likenesses, ...newLikenesses], before))
        for (const { id, split } of before) expect(after.get(id)).toBe(split)
      }),
    )
  })

  it('move nothing when an older conversation joins a group, or its oldest leaves', () => {
    const first = decided(studiedOf({ number: 2 }, { number: 3 }), [{ earlier: 0, later: 1, similarity: 0.9 }])
    expect(first.map(({ groupId }) => groupId)).toEqual([idOf(2), idOf(2)])
    const likenesses = [
      { earlier: 0, later: 1, similarity: 0.9 },
      { earlier: 1, later: 2, similarity: 0.9 },
    ]
    const joined = decided(studiedOf({ number: 1 }, { number: 2 }, { number: 3 }), likenesses, first)
    expect(joined.map(({ groupId }) => groupId)).toEqual([idOf(2), idOf(2), idOf(2)])
    expect(decided(studiedOf({ number: 3 }), [], joined).map(({ groupId }) => groupId)).toEqual([idOf(2)])
  })

  it('give two groups that become one the side of the larger', () => {
    // Numbers whose groups are on different sides.
    const numbers = Array.from({ length: 50 }, (_, index) => index)
    const large = numbers.find((number) => splitOf(idOf(number), settings) === 'train')!
    const small = numbers.find((number) => splitOf(idOf(number), settings) === 'validation')!
    const said = [{ number: large }, { number: large + 100 }, { number: small }]
    const one = { earlier: 0, later: 1, similarity: 0.9 }
    const before = decided(studiedOf(...said), [one])
    expect(before.map(({ split }) => split)).toEqual(['train', 'train', 'validation'])
    const bridges = [
      { earlier: 0, later: 3, similarity: 0.9 },
      { earlier: 2, later: 3, similarity: 0.9 },
    ]
    const after = decided(studiedOf(...said, { number: 1_000 }), [one, ...bridges], before)
    expect(after.map(({ split }) => split)).toEqual(['train', 'train', 'train', 'train'])
  })

  it('are near the shares that were asked for: of 20,000 within one in a hundred', () => {
    const counts = { train: 0, validation: 0, test: 0 }
    for (let number = 0; number < 20_000; number++) counts[splitOf(idOf(number), settings)]++
    expect(Math.abs(counts.train / 20_000 - 0.7)).toBeLessThan(0.01)
    expect(Math.abs(counts.validation / 20_000 - 0.2)).toBeLessThan(0.01)
    expect(Math.abs(counts.test / 20_000 - 0.1)).toBeLessThan(0.01)
  })

  it('are the first 48 bits of SHA-256 of seed and group, as any other tool can work out', () => {
    // printf '7/00000000-0000-4000-8000-000000000001' | sha256sum
    expect(splitOf(idOf(1), { seed: '7', splits: { train: 1, validation: 0, test: 0 } })).toBe('train')
    const digest = '0c880fbbd2ac3b32f9d0e9c02d133b0cb237177047af9eb39c4262d43082a733'
    const place = Number.parseInt(digest.slice(0, 12), 16) / 2 ** 48
    expect(splitOf(idOf(1), { seed: '7', splits: { train: place, validation: 1 - place, test: 0 } })).toBe('validation')
    const justAbove = place + 1e-9
    expect(splitOf(idOf(1), { seed: '7', splits: { train: justAbove, validation: 1 - justAbove, test: 0 } })).toBe(
      'train',
    )
  })

  it('have nobody in a split that gets nothing', () => {
    const splits = { train: 0.9, validation: 0.1, test: 0 }
    for (let number = 0; number < 5_000; number++) expect(splitOf(idOf(number), { seed: '0', splits })).not.toBe('test')
  })
})

describe('of conversations that are alike', () => {
  const dropping = { ...settings, duplicates: 'drop' as const }

  it('the oldest stays, and the others say whether they are the very same or nearly', () => {
    const studied = studiedOf({ number: 3, says: 'a' }, { number: 2, says: 'a' }, { number: 4 }, { number: 5 })
    const items = decided(studied, [{ earlier: 0, later: 2, similarity: 0.875 }], [], dropping)
    expect(items.map(({ dropped }) => dropped)).toEqual([null, 'duplicate', 'near_duplicate', null])
    expect(items.map(({ clusterId }) => clusterId)).toEqual([idOf(3), idOf(3), idOf(3), null])
    expect(items.map(({ similarity }) => similarity)).toEqual([null, 1, 0.875, null])
  })

  it('all stay where duplicates are kept, on one side', () => {
    const items = decided(studiedOf({ number: 1, says: 'a' }, { number: 2, says: 'a' }))
    expect(items.map(({ dropped }) => dropped)).toEqual([null, null])
    expect(items[0]!.split).toBe(items[1]!.split)
    expect(items.map(({ clusterId }) => clusterId)).toEqual([idOf(1), idOf(1)])
  })

  it('one that is dropped for its length counts for nothing', () => {
    const studied = studiedOf({ number: 1, says: 'a', turnCount: 1, original: null }, { number: 2, says: 'a' })
    const items = decided(studied, [], [], { ...dropping, minTurns: 2 })
    expect(items.map(({ dropped }) => dropped)).toEqual(['too_few_turns', null])
  })
})

it('a conversation is dropped for its length at the first limit that it breaks', () => {
  const limits = { ...settings, minTurns: 2, maxTurns: 8, maxTokens: 1_000 }
  const reasons = [
    { turnCount: 1, tokenCount: 2_000 },
    { turnCount: 9, tokenCount: 2_000 },
    { turnCount: 4, tokenCount: 1_001 },
    { turnCount: 8, tokenCount: 1_000 },
    { turnCount: 2, tokenCount: 1 },
  ].map((lengths) => reasonOfLength(lengths, limits))
  expect(reasons).toEqual(['too_few_turns', 'too_many_turns', 'too_long', null, null])
})
