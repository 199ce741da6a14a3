/** Work on texts: tokens as the published tokenizer counts them, and texts that say nearly the same, whatever they are. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newUuid } from '#kernel/ids.ts'
import { openTextThreads, type TextThreads } from './index.ts'

let folder: string
let threads: TextThreads
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'parlance-texts-'))
  threads = openTextThreads({ folder, newId: newUuid })
})
afterAll(async () => {
  threads.close()
  await rm(folder, { recursive: true })
})

describe('tokens', () => {
  it('are counted as OpenAI publishes them for o200k_base', async () => {
    // "How to count tokens with tiktoken", OpenAI cookbook.
    const texts = ['antidisestablishmentarianism', '2 + 2 = 4', 'お誕生日おめでとう', '']
    expect(await threads.countTokens(texts)).toEqual([6, 7, 8, 0])
  })

  it('of text that spells a control token are those of a text', async () => {
    const [text, control] = await threads.countTokens(['<|endoftext', '<|endoftext|>'])
    expect(control).toBeGreaterThanOrEqual(text!)
  })

  it('of a megabyte without a space, or of nothing else, are there within two seconds', async () => {
    const bombs = ['a', ' ', '\n', 'ab', '漢', '\u{1F600}', 'a1'].map((piece) => piece.repeat(1_000_000 / piece.length))
    const begin = performance.now()
    const counts = await threads.countTokens(bombs)
    expect(performance.now() - begin).toBeLessThan(2_000 * bombs.length)
    for (const count of counts) expect(count).toBeGreaterThan(0)
  })
})

/** The same numbers each time. */
const randomOf = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}
const contentOf = (...said: string[]): string =>
  JSON.stringify({
    turns: [
      { role: 'system', content: 'You are a patient adviser. '.repeat(200), train: false },
      ...said.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content, train: true })),
    ],
  })

/** Jaccard of groups of five words, worked out as slowly and plainly as it is defined. */
const plainJaccard = (one: string, other: string): number => {
  const groups = (text: string) => {
    const words = text.split(' ')
    return new Set(words.slice(4).map((_, index) => words.slice(index, index + 5).join(' ')))
  }
  const [first, second] = [groups(one), groups(other)]
  const common = first.intersection(second).size
  return common / (first.size + second.size - common)
}

describe('a search for texts that say nearly the same', () => {
  const search = async (threshold: number, contents: readonly string[]) => {
    const looking = threads.openSearch(threshold)
    try {
      await looking.add(contents)
      return await looking.findLikenesses()
    } finally {
      looking.close()
    }
  }

  it('finds 1,000 that were changed a little among 10,000, exactly those, with their similarity', async () => {
    const random = randomOf(7)
    const text = () => Array.from({ length: 400 }, () => `w${Math.floor(random() * random() * 5_000)}`).join(' ')
    const texts = Array.from({ length: 9_000 }, text)
    const copies = texts.slice(0, 1_000).map((original) => {
      const words = original.split(' ')
      for (let changes = 0; changes < 3; changes++) words[Math.floor(random() * words.length)] = 'changed'
      return words.join(' ')
    })
    const found = await search(
      0.9,
      [...texts, ...copies].map((each) => contentOf(each)),
    )
    const wanted = copies.flatMap((copy, index) => (plainJaccard(texts[index]!, copy) >= 0.9 ? [index] : []))
    expect(wanted.length).toBeGreaterThan(900)
    expect(found.length).toBeGreaterThanOrEqual(wanted.length * 0.995)
    for (const { earlier, later, similarity } of found) {
      expect(later).toBe(9_000 + earlier)
      expect(similarity).toBeCloseTo(plainJaccard(texts[earlier]!, copies[earlier]!), 6)
    }
  }, 60_000)

  it('connects fifty thousand copies of one text without comparing all with all', async () => {
    const said = Array.from({ length: 50 }, (_, index) => `word${index}`).join(' ')
    const looking = threads.openSearch(0.85)
    for (let batch = 0; batch < 50; batch++) await looking.add(Array.from({ length: 1_000 }, () => contentOf(said)))
    const begin = performance.now()
    const found = await looking.findLikenesses()
    looking.close()
    expect(found).toHaveLength(49_999)
    expect(performance.now() - begin).toBeLessThan(20_000)
  }, 120_000)

  it('does not mind case, punctuation, white space or how words are divided between turns', async () => {
    const one = contentOf(
      'My rent is due on Friday, and I am afraid.',
      'Let us look at it together: when were you paid?',
    )
    const other = contentOf(
      'MY RENT is due; on friday and I am',
      'afraid!  Let us look at it together when were you paid',
    )
    expect(await search(1, [one, other])).toEqual([{ earlier: 0, later: 1, similarity: 1 }])
  })

  it('does not find texts alike for their system prompt, nor for saying nothing', async () => {
    expect(await search(0.8, [contentOf('yes'), contentOf('no'), contentOf(''), contentOf('…'), contentOf()])).toEqual(
      [],
    )
  })

  it('knows languages that write no spaces', async () => {
    const said = '我下周要交房租了可是工资还没有发下来我很担心不知道该怎么办才好'
    const found = await search(0.8, [
      contentOf(said),
      contentOf(`${said}呢`),
      contentOf('今天天气很好我们去公园散步吧'),
    ])
    expect(found).toEqual([{ earlier: 0, later: 1, similarity: expect.closeTo(27 / 28, 6) }])
  })

  it('leaves no file behind, even while it goes on', async () => {
    const looking = threads.openSearch(0.9)
    await looking.add([contentOf('what does this cost')])
    expect(await readdir(folder)).toEqual([])
    looking.close()
  })

  it('that is closed fails for whoever waits for it', async () => {
    const looking = threads.openSearch(0.9)
    const waiting = looking.findLikenesses()
    looking.close()
    await expect(waiting).rejects.toThrow('ended')
  })
})
