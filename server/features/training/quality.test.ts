import { describe, expect, it } from 'vitest'
import type { TrainingTurn } from './content.ts'
import { LOW_QUALITY, qualityOf } from './quality.ts'

const words = (count: number, seed: string) =>
  Array.from({ length: count }, (_, index) => `${seed}${index % 3 === 0 ? 'mortgage' : `word${index}`}`).join(' ')

/** They take turns, and speak of the same things. */
const dialogue = (length: number, perTurn = 30): TrainingTurn[] =>
  Array.from({ length }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: `${words(perTurn, '')} number${index}`,
    train: index % 2 === 1,
  }))

const arc = (least: number, most: number) => ({
  arc: { id: 'a', key: 'fear_to_confidence', name: 'Fear', turns: [least, most] as const },
})

describe('the quality of a conversation', () => {
  it('is 10 for one that is as the contract wants it', () => {
    expect(qualityOf({ turns: dialogue(12) }, 'template')).toBe(10)
  })

  it.each([
    ['template', 8, 16],
    ['scenario', 10, 20],
    ['edge_case', 6, 12],
  ] as const)('does not fall within the %s tier’s %i to %i turns, and falls outside', (tier, least, most) => {
    expect(qualityOf({ turns: dialogue(least) }, tier)).toBe(10)
    expect(qualityOf({ turns: dialogue(most) }, tier)).toBe(10)
    expect(qualityOf({ turns: dialogue(least - 2) }, tier)).toBeLessThan(10)
    expect(qualityOf({ turns: dialogue(most + 2) }, tier)).toBeLessThan(10)
  })

  it('does not punish a length that the arc asks for', () => {
    const short = { turns: dialogue(4) }
    expect(qualityOf(short, 'scenario')).toBeLessThan(9)
    expect(qualityOf(short, 'scenario', arc(3, 5))).toBe(10)
    expect(qualityOf({ turns: dialogue(12) }, 'scenario', arc(3, 5))).toBe(10)
  })

  it('weighs the number of turns with 30 %: half of what is wanted costs 1.5', () => {
    expect(qualityOf({ turns: dialogue(4) }, 'template')).toBe(8.5)
  })

  it('weighs the length of turns with 25 %', () => {
    const terse = dialogue(12, 5)
    expect(qualityOf({ turns: terse }, 'template')).toBe(8.8)
  })

  it('is low, and flagged, for people who talk past each other', () => {
    const turns: TrainingTurn[] = [
      { role: 'assistant', content: 'Hm.', train: true },
      { role: 'user', content: 'Ok', train: false },
      { role: 'user', content: 'Ok', train: false },
    ]
    expect(qualityOf({ turns }, 'template')).toBeLessThan(LOW_QUALITY)
  })

  it('is 0 where nobody says anything', () => {
    expect(qualityOf({ turns: [] }, 'template')).toBe(0)
  })

  it('counts words of scripts that have no spaces', () => {
    const turns = dialogue(12).map((turn, index) => ({ ...turn, content: `我们一起看看这个预算吧好吗朋友${index}` }))
    expect(qualityOf({ turns }, 'template')).toBe(10)
  })

  it('takes time in proportion to the length, whatever is said', () => {
    const turns = dialogue(2).map((turn) => ({ ...turn, content: 'a'.repeat(500_000) + '!'.repeat(500_000) }))
    const begun = performance.now()
    qualityOf({ turns }, 'template')
    expect(performance.now() - begun).toBeLessThan(2000)
  })
})
