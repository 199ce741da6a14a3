/** When an installation counts as complete: wrong answers cost either a broken start or half a minute at every start. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { isInstalled, platform } from './ensure.mjs'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

type Entries = Record<string, Record<string, unknown>>

/** A folder with these packages in its lock file, and these in npm's own record of what it installed. */
function folderWith(wanted: Entries, present: Entries | undefined): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'parlance-ensure-'))
  folders.push(folder)
  writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }))
  mkdirSync(path.join(folder, 'node_modules'))
  if (present)
    writeFileSync(path.join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages: present }))
  return folder
}

const a = { version: '1.0.0', integrity: 'sha512-a' }
const { os, cpu } = platform()

it('is complete when every package is there in its version', () => {
  expect(isInstalled(folderWith({ 'node_modules/a': a }, { 'node_modules/a': a }), { dev: true })).toBe(true)
})

it.each<[string, Entries, Entries | undefined]>([
  ['npm was killed before it wrote its record', { 'node_modules/a': a }, undefined],
  ['a package is missing', { 'node_modules/a': a }, {}],
  ['a version differs', { 'node_modules/a': a }, { 'node_modules/a': { ...a, version: '1.0.1' } }],
  ['the content differs', { 'node_modules/a': a }, { 'node_modules/a': { ...a, integrity: 'sha512-b' } }],
  ['a development package is missing', { 'node_modules/a': { ...a, dev: true } }, {}],
  ['the binary of this platform is missing', { 'node_modules/a': { ...a, optional: true, os: [os], cpu: [cpu] } }, {}],
  ['it is missing, in the short form of the lock file', { 'node_modules/a': { ...a, optional: true, os, cpu } }, {}],
])('is not complete when %s', (_, wanted, present) => {
  expect(isInstalled(folderWith(wanted, present), { dev: true })).toBe(false)
})

it.each<[string, Entries]>([
  ['a binary of another system', { 'node_modules/a': { ...a, optional: true, os: ['plan9'], cpu: [cpu] } }],
  ['a binary of another processor', { 'node_modules/a': { ...a, optional: true, os: [os], cpu: ['pdp11'] } }],
  ['a binary that this system is excluded from', { 'node_modules/a': { ...a, optional: true, os: [`!${os}`] } }],
  ['what only such a binary needs', { 'node_modules/a': { ...a, optional: true } }],
])('does not ask for %s', (_, wanted) => {
  expect(isInstalled(folderWith(wanted, {}), { dev: true })).toBe(true)
})

it('does not ask for development packages where only the server runs', () => {
  expect(isInstalled(folderWith({ 'node_modules/a': { ...a, dev: true } }, {}), { dev: false })).toBe(true)
})
