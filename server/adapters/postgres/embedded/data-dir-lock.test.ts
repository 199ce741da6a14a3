/** One server per DATA_DIR, whatever way the last one ended. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { LOCK_FILE, lockDataDir } from './data-dir-lock.ts'
import { processIdentity, thisProcessSpace } from './process-table.ts'
import { supervise, temporaryFolder } from './supervised-for-tests.ts'

function leaveLock(dataDir: string, changes: { pid?: number; identity?: string; space?: object }): void {
  const owner = {
    pid: process.pid,
    identity: processIdentity(process.pid),
    space: thisProcessSpace(),
    nonce: 'left behind',
    ...changes,
  }
  writeFileSync(join(dataDir, LOCK_FILE), JSON.stringify(owner))
}

describe('the lock on DATA_DIR', () => {
  it('makes the folder, holds it, and leaves no trace when released', () => {
    const dataDir = join(temporaryFolder(), 'not', 'yet')
    const lock = lockDataDir(dataDir)
    expect(existsSync(join(dataDir, LOCK_FILE))).toBe(true)
    lock.release()
    lock.release()
    expect(existsSync(join(dataDir, LOCK_FILE))).toBe(false)
  })

  it('refuses a second server with one line that names the process', async () => {
    const dataDir = temporaryFolder()
    const first = supervise('lock', dataDir)
    first.tell('go')
    await first.hear((said) => said.locked)
    expect(() => lockDataDir(dataDir)).toThrow(
      new Error(
        `DATA_DIR ${dataDir} is in use by another Parlance server (process ${first.child.pid}). Stop it first, or choose another DATA_DIR.`,
      ),
    )
  })

  it('refuses the same process, too', () => {
    const dataDir = temporaryFolder()
    const lock = lockDataDir(dataDir)
    expect(() => lockDataDir(dataDir)).toThrow(`(process ${process.pid})`)
    lock.release()
  })

  it('is free again after kill -9 of its owner', async () => {
    const dataDir = temporaryFolder()
    const first = supervise('lock', dataDir)
    first.tell('go')
    await first.hear((said) => said.locked)
    await first.kill()
    expect(existsSync(join(dataDir, LOCK_FILE))).toBe(true)
    lockDataDir(dataDir).release()
  })

  it('is not kept shut by another program that got the number of the dead owner', () => {
    const dataDir = temporaryFolder()
    leaveLock(dataDir, { identity: 'of an earlier process' })
    lockDataDir(dataDir).release()
  })

  it('is free after a reboot, even when number and start time fit by chance', () => {
    const dataDir = temporaryFolder()
    leaveLock(dataDir, { space: { ...thisProcessSpace(), boot: 'the boot before' } })
    lockDataDir(dataDir).release()
  })

  it.each(['a free folder', 'a stale lock', 'a stale lock and a stale takeover'])(
    'goes to exactly one of six that start at the same moment: %s',
    async (start) => {
      const dataDir = temporaryFolder()
      if (start !== 'a free folder') leaveLock(dataDir, { identity: 'dead' })
      if (start.endsWith('takeover')) {
        writeFileSync(join(dataDir, `${LOCK_FILE}.takeover`), readFileSync(join(dataDir, LOCK_FILE)))
      }
      const programs = Array.from({ length: 6 }, () => supervise('lock', dataDir))
      await Promise.all(programs.map((program) => program.hear((said) => said.waiting)))
      for (const program of programs) program.tell('go')
      const outcomes = await Promise.all(
        programs.map((program) => program.hear((said) => (said.locked ? 'locked' : said.failed))),
      )
      const winner = programs[outcomes.indexOf('locked')]
      expect(outcomes.filter((outcome) => outcome === 'locked')).toHaveLength(1)
      expect(
        outcomes.filter((outcome) =>
          outcome.includes(`in use by another Parlance server (process ${winner?.child.pid})`),
        ),
      ).toHaveLength(5)
    },
  )

  it('respects an owner in another container as long as that one gives signs of life', async () => {
    const dataDir = temporaryFolder()
    leaveLock(dataDir, { pid: 1, space: { ...thisProcessSpace(), container: 'another' } })
    const path = JSON.stringify(join(dataDir, LOCK_FILE))
    const owner = spawn(process.execPath, [
      '-e',
      `setInterval(() => { const now = new Date(); require('fs').utimesSync(${path}, now, now); console.log('alive') }, 10)`,
    ])
    await once(owner.stdout, 'data')
    expect(() => lockDataDir(dataDir, { watchFor: 5_000 })).toThrow(
      '(process 1 in another container or on another machine)',
    )
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    lockDataDir(dataDir, { watchFor: 50 }).release()
  })

  it('is not taken over while somebody else is at it', () => {
    const dataDir = temporaryFolder()
    leaveLock(dataDir, {})
    const path = join(dataDir, LOCK_FILE)
    renameSync(path, `${path}.takeover`)
    leaveLock(dataDir, { identity: 'dead' })
    expect(() => lockDataDir(dataDir, { watchFor: 0, takeoverPatience: 50 })).toThrow(`${path}.takeover is in the way`)
    expect(readFileSync(path, 'utf8')).toContain('"dead"')
    rmSync(`${path}.takeover`)
    lockDataDir(dataDir).release()
  })

  it('says so when the folder can not be made', () => {
    const file = join(temporaryFolder(), 'a-file')
    writeFileSync(file, '')
    expect(() => lockDataDir(join(file, 'data'))).toThrow(
      /^DATA_DIR .*a-file\/data: could not open it \(ENOTDIR.*\)\. Make it writable/,
    )
  })

  it('does not guess about a lock it can not read', () => {
    const dataDir = temporaryFolder()
    writeFileSync(join(dataDir, LOCK_FILE), '')
    expect(() => lockDataDir(dataDir)).toThrow("can't be read as a lock; remove it when no server runs")
  })
})
