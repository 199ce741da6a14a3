/** What is offered follows from the engines that are installed. */
import { describe, expect, it } from 'vitest'
import { copyingEngine } from '#test/support/stub-engines.ts'
import { makeFindOffer } from './offer.ts'

const pictures = ['png', 'jpg', 'webp']
const images = copyingEngine({
  id: 'images',
  conversions: [
    ...pictures.map((from) => ({ from: [from], to: pictures.filter((to) => to !== from) })),
    { from: ['svg'], to: pictures },
    { from: ['png', 'jpg'], to: ['pdf'] },
  ],
})
const office = copyingEngine({ id: 'office', conversions: [{ from: ['docx', 'odt'], to: ['pdf', 'docx', 'html'] }] })
const markup = copyingEngine({ id: 'markup', conversions: [{ from: ['docx', 'md'], to: ['html', 'md'] }] })

describe('an offer', async () => {
  const offer = await makeFindOffer([images, office, markup], () => 0)()

  it('has every target of all engines, but never the format itself', () => {
    expect(offer.targetsOf('docx').toSorted()).toEqual(['html', 'md', 'pdf'])
    expect(offer.targetsOf('png').toSorted()).toEqual(['jpg', 'pdf', 'webp'])
    expect(offer.targetsOf('mp3')).toEqual([])
  })

  it('prefers the engine that comes first', () => {
    expect(offer.engineFor('docx', 'html')?.id).toBe('office')
    expect(offer.engineFor('md', 'html')?.id).toBe('markup')
    expect(offer.engineFor('png', 'jpeg')?.id).toBe('images')
    expect(offer.engineFor('docx', 'docx')).toBeUndefined()
    expect(offer.engineFor('docx', '__proto__')).toBeUndefined()
  })

  it('shows formats that become each other as one group, and each pair of a group is true', () => {
    expect(offer.groups.map(({ id, from, to }) => [id, from.toSorted(), to.toSorted()])).toEqual([
      ['images-1', ['jpg', 'png', 'svg', 'webp'], ['jpg', 'png', 'webp']],
      ['images-2', ['jpg', 'png'], ['pdf']],
      ['office', ['docx', 'odt'], ['docx', 'html', 'pdf']],
      ['markup', ['docx', 'md'], ['html', 'md']],
    ])
    for (const { engine, from, to } of offer.groups) {
      const isTrue = (source: string, target: string) =>
        engine.conversions.some((row) => row.from.includes(source) && row.to.includes(target))
      for (const source of from)
        for (const target of to) if (source !== target) expect(isTrue(source, target)).toBe(true)
    }
  })
})

it('notices within a minute what was installed or removed, and takes what fails for missing', async () => {
  let isInstalled = false
  let asked = 0
  let now = 0
  const late = copyingEngine({
    isInstalled: async () => {
      asked++
      if (!isInstalled) throw new Error('not found')
      return true
    },
  })
  const findOffer = makeFindOffer([late], () => now)
  expect((await findOffer()).targetsOf('txt')).toEqual([])
  isInstalled = true
  now = 59_999
  expect((await findOffer()).targetsOf('txt')).toEqual([])
  expect(asked).toBe(1)
  now = 60_000
  expect((await findOffer()).targetsOf('txt')).toEqual(['md', 'html'])
})
