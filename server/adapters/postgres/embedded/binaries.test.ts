/** The programs that npm brings run where they are or from a copy, and a system without them is told the way out. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { findNativeFolder, prepareBinaries } from './binaries.ts'
import { nobody } from './run-as.ts'
import { ask, supervise, temporaryFolder } from './supervised-for-tests.ts'

const asRoot = process.getuid?.() === 0

/** The package as `npm ci --ignore-scripts` leaves it: without its links. */
function freshPackage(folder: string): string {
  cpSync(dirname(findNativeFolder()), folder, { recursive: true, verbatimSymlinks: true })
  for (const name of readdirSync(join(folder, 'native/lib'))) {
    const path = join(folder, 'native/lib', name)
    if (lstatSync(path).isSymbolicLink()) rmSync(path)
  }
  return join(folder, 'native')
}

function version(postgres: string, who: object = {}): string {
  return spawnSync(postgres, ['--version'], { cwd: '/', encoding: 'utf8', ...who }).stdout
}

describe('the embedded programs', () => {
  it('run where npm put them, once their links are made, also by two processes at once', async () => {
    const folder = temporaryFolder()
    const nativeDir = freshPackage(join(folder, 'package'))
    expect(version(join(nativeDir, 'bin/postgres'))).toBe('')
    const code = `
      const { prepareBinaries } = await import(${JSON.stringify(new URL('binaries.ts', import.meta.url).href)})
      console.log(prepareBinaries({ nativeDir: ${JSON.stringify(nativeDir)}, runAs: undefined, privateDir: '/nowhere' }).postgres)`
    const outputs = await Promise.all(
      [1, 2].map(async () => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        let output = ''
        child.stdout.on('data', (data) => (output += data))
        await once(child, 'close')
        return output.trim()
      }),
    )
    expect(outputs).toEqual([join(nativeDir, 'bin/postgres'), join(nativeDir, 'bin/postgres')])
    expect(version(outputs[0]!)).toMatch(/^postgres \(PostgreSQL\) 18\./)
  })

  it.runIf(asRoot)('are copied once to an open folder where they lie below a closed one, which stays closed', () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'home'), { mode: 0o700 })
    const nativeDir = freshPackage(join(folder, 'home/package'))
    const options = { nativeDir, runAs: nobody(), privateDir: '/nowhere', openFolders: [join(folder, 'open')] }
    const { postgres } = prepareBinaries(options)
    expect(postgres.startsWith(join(folder, 'open'))).toBe(true)
    expect(version(postgres, nobody())).toMatch(/^postgres \(PostgreSQL\) 18\./)
    expect(statSync(join(folder, 'home')).mode & 0o777).toBe(0o700)
    const copied = statSync(postgres).ino
    prepareBinaries(options)
    expect(statSync(postgres).ino).toBe(copied)

    // A power cut may leave an empty file under a finished name.
    truncateSync(postgres)
    expect(version(prepareBinaries(options).postgres, nobody())).toMatch(/^postgres/)
    expect(readdirSync(join(folder, 'open'))).toHaveLength(1)
  })

  it.runIf(asRoot)('are not run from a folder that somebody else can write', () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'home'), { mode: 0o700 })
    mkdirSync(join(folder, 'foreign'))
    chownSync(join(folder, 'foreign'), 1234, 1234)
    mkdirSync(join(folder, 'writable'))
    chmodSync(join(folder, 'writable'), 0o777)
    const nativeDir = freshPackage(join(folder, 'home/package'))
    const openFolders = ['foreign', 'writable', 'fine'].map((name) => join(folder, name))
    const { postgres } = prepareBinaries({ nativeDir, runAs: nobody(), privateDir: '/nowhere', openFolders })
    expect(postgres.startsWith(join(folder, 'fine'))).toBe(true)
  })

  it('are copied into DATA_DIR for an ordinary user who may not write the package', async () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o755)
    const nativeDir = freshPackage(join(folder, 'package'))
    chmodSync(join(nativeDir, 'lib'), 0o555)
    const dataDir = join(folder, 'data')
    mkdirSync(dataDir, { mode: 0o700 })
    if (asRoot) chownSync(dataDir, nobody().uid, nobody().gid)
    const program = supervise('serve', dataDir, { ...(asRoot ? nobody() : {}), nativeDir })
    const ready = await program.hear((said) => said.ready)
    expect(await ask(ready, 'select 1 as one')).toEqual([{ one: 1 }])
    if (existsSync(`/proc/${ready.pid}/exe`)) {
      expect(realpathSync(`/proc/${ready.pid}/exe`).startsWith(join(dataDir, 'postgres-binaries'))).toBe(true)
    }
    await program.finish()
    chmodSync(join(nativeDir, 'lib'), 0o755)
  })

  it('point to DATABASE_URL where npm has none', () => {
    expect(() => findNativeFolder('plan9', 'mips')).toThrow(
      'There is no embedded PostgreSQL for this system (plan9-mips). Set DATABASE_URL to a PostgreSQL server (15 or newer).',
    )
  })

  it('point to DATABASE_URL where they can not run', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'native/bin'), { recursive: true })
    const fake = join(folder, 'native/bin/postgres')
    const prepare = () =>
      prepareBinaries({ nativeDir: join(folder, 'native'), runAs: undefined, privateDir: '/nowhere' })
    // What a system with another C library answers: the loader named in the file is not there.
    writeFileSync(fake, '#!/nowhere/ld-linux.so\n', { mode: 0o755 })
    expect(prepare).toThrow(
      /^The embedded PostgreSQL can't run on this system \(.*: it needs glibc\)\. Set DATABASE_URL to a PostgreSQL server/,
    )
    writeFileSync(fake, '#!/bin/sh\necho "error while loading shared libraries" >&2; exit 127\n', { mode: 0o755 })
    expect(prepare).toThrow(/error while loading shared libraries\)\. Set DATABASE_URL/)
  })
})
