import { describe, expect, it } from 'vitest'
import { en } from './en.ts'
import { trainingArea as enTraining } from './training-area.en.ts'
import { trainingArea as viTraining } from './training-area.vi.ts'
import { vi } from './vi.ts'

type Words = Readonly<Record<string, Readonly<Record<string, string | undefined>>>>

const flat = (catalogue: Words) =>
  new Map(
    Object.entries(catalogue).flatMap(([section, words]) =>
      Object.entries(words).map(([key, word]) => [`${section}.${key}`, word ?? ''] as const),
    ),
  )

const english = flat({ ...en, ...enTraining })
const vietnamese = flat({ ...vi, ...viTraining })
/** Vietnamese has one form for every number (CLDR): `other`. */
const wanted = [...english.keys()].filter((key) => !key.endsWith('_one'))

const gapsOf = (text: string | undefined) =>
  [...(text ?? '').matchAll(/\{\{(\w+)\}\}|<\/?(\d)>/g)].map(([gap]) => gap).toSorted()

describe('the Vietnamese catalogue', () => {
  it('has every key of the English one, and no other', () => {
    expect([...vietnamese.keys()].toSorted()).toEqual(wanted.toSorted())
  })

  it.each(wanted)('says %s with the same gaps to fill in, and says something', (key) => {
    expect(vietnamese.get(key)?.trim()).not.toBe('')
    expect(gapsOf(vietnamese.get(key))).toEqual(gapsOf(english.get(key)))
  })
})
