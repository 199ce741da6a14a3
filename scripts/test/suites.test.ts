/** A test file that no suite names would never run, and nobody would notice. */
import path from 'node:path'
import { expect, it } from 'vitest'
import { readTree } from '../check/dependency-tree.ts'
import { filesOf, suites } from './suites.ts'

const root = path.resolve(import.meta.dirname, '../..')

it('every test file belongs to a suite', () => {
  const inSuites = new Set(suites.flatMap((suite) => filesOf(suite, root, [])))
  const forgotten = [...readTree(root).tree.keys()].filter(
    (file) => /\.test\.[cm]?[jt]sx?$/.test(file) && !inSuites.has(file),
  )
  expect(forgotten).toEqual([])
})

it('a filter is a part of a path', () => {
  const files = suites.flatMap((suite) => filesOf(suite, root, ['scripts/test/']))
  expect(files).toContain('scripts/test/suites.test.ts')
  expect(files.every((file) => file.startsWith('scripts/test/'))).toBe(true)
})
