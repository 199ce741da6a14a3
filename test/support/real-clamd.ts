/** A real clamd with `deploy/clamd.conf`, of which only paths and the user are replaced, and one signature of our own: EICAR. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from '../../scripts/apt.ts'

/** The test file of the antivirus industry (EICAR), put together here so that no scanner takes this source for it. */
export const EICAR = Buffer.from(
  [String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR`, 'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('-'),
)

export interface RealClamd {
  readonly socket: string
  /** Whether it is taking a file, or looking at one. */
  isBusy(): Promise<boolean>
  /** Ends it at once, whatever it is doing. */
  kill(): Promise<void>
  /** Holds it, as a machine without time for it does, and lets it go on. */
  pause(): void
  resume(): void
  close(): Promise<void>
}

/** @param at where its socket is to be, such as that of one that was killed */
export const startRealClamd = async (at?: string): Promise<RealClamd> => {
  const folder = await mkdtemp('/tmp/parlance-clamd-')
  const socket = at ?? path.join(folder, 'clamd.ctl')
  const signatures = path.join(folder, 'signatures')
  const temporary = path.join(folder, 'temp')
  for (const each of [signatures, temporary]) await mkdir(each)
  const md5 = createHash('md5').update(EICAR).digest('hex')
  await writeFile(path.join(signatures, 'local.hdb'), `${md5}:${EICAR.length}:Local.Eicar.Test\n`)
  await writeFile(path.join(signatures, 'local.ndb'), `Local.Eicar.Body:0:*:${EICAR.toString('hex')}\n`)
  const deployed = await readFile(path.resolve(import.meta.dirname, '../../deploy/clamd.conf'), 'utf8')
  const settings = path.join(folder, 'clamd.conf')
  await writeFile(settings, settingsOf(deployed, { socket, signatures, temporary }))
  const child = spawn(findProgram('clamd') ?? 'clamd', ['--config-file', settings], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const gone = once(child, 'exit')
  while (!(await answers(socket))) {
    if (child.exitCode !== null) throw new Error(`clamd ended at once: ${said}`)
    await sleep(20)
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await gone
  }
  return {
    socket,
    isBusy: async () => (await readdir(temporary)).length > 0,
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async close() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const settingsOf = (
  deployed: string,
  { socket, signatures, temporary }: Record<'socket' | 'signatures' | 'temporary', string>,
): string =>
  [
    ['/run/clamav/clamd.ctl', socket],
    [/^DatabaseDirectory .*$/m, `DatabaseDirectory ${signatures}`],
    [/^TemporaryDirectory .*$/m, `TemporaryDirectory ${temporary}`],
    [/^User .*$/m, ''],
    [/^LocalSocketGroup .*$/m, ''],
  ].reduce((text: string, [what, by]) => {
    const next = typeof what === 'string' ? text.replaceAll(what, by as string) : text.replace(what!, by as string)
    if (next === text) throw new Error(`deploy/clamd.conf has no ${String(what)} any more`)
    return next
  }, deployed)

const answers = async (at: string): Promise<boolean> => {
  const socket = connect(at)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
