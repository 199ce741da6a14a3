/** What the operating system says about processes: who lives, since when, and where. It knows neither PostgreSQL nor locks. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename } from 'node:path'

const onLinux = process.platform === 'linux'

/** The identity of a process that exists but shows nothing of itself to us (another user's, `/proc` with `hidepid`). */
export const HIDDEN = 'hidden'

/**
 * Tells a process from a later one with the same number.
 *
 * @returns a text that stays the same for the life of the process and is not given to another one with this number;
 *   `HIDDEN` when it exists but may not be looked at; nothing when no such process runs (a zombie doesn't).
 */
export function processIdentity(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return onLinux ? linuxIdentity(pid) : portableIdentity(pid)
}

function linuxIdentity(pid: number): string | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return exists(pid) ? HIDDEN : undefined
  }
  // proc(5): the name stands in brackets and may itself hold spaces and brackets; the state follows the last one,
  // and the start time (clock ticks since boot) is field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  return `ticks ${fields[19]}`
}

function portableIdentity(pid: number): string | undefined {
  if (!exists(pid)) return undefined
  try {
    const [state = '', ...started] = ps(['-o', 'stat=,lstart=', '-p', String(pid)])
      .trim()
      .split(/\s+/)
    return state.startsWith('Z') ? undefined : `started ${started.join(' ')}`
  } catch {
    return exists(pid) ? HIDDEN : undefined
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function ps(args: string[]): string {
  return execFileSync('ps', args, { encoding: 'utf8', env: { PATH: process.env['PATH'], LC_ALL: 'C' }, stdio: 'pipe' })
}

/** Where a process number means something: one boot of one machine, and one container (PID namespace) on it. */
export interface ProcessSpace {
  readonly machine: string
  readonly boot: string
  readonly container: string
}

/** The space in which this program's own view of process numbers holds. */
export function thisProcessSpace(): ProcessSpace {
  return {
    machine: firstOf(() => readFileSync('/etc/machine-id', 'utf8').trim()) || hostname(),
    boot: firstOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    container: firstOf(() => readlinkSync('/proc/self/ns/pid')),
  }
}

function firstOf(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

/**
 * The processes of one program that work in one folder.
 *
 * @param program file name of the executable, e.g. `postgres`
 * @param folder absolute path; compared by what it is (device and inode), not by how it is written
 * @returns process numbers, in no order. Without `/proc` only those are found whose command line says `-D <folder>`.
 */
export function processesIn(program: string, folder: string): number[] {
  return onLinux ? linuxProcessesIn(program, folder) : portableProcessesIn(program, folder)
}

function linuxProcessesIn(program: string, folder: string): number[] {
  const wanted = statSync(folder)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const cwd = statSync(`/proc/${pid}/cwd`)
        if (cwd.ino !== wanted.ino || cwd.dev !== wanted.dev) return false
        // An upgrade may have replaced the file under the running program.
        return basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')) === program
      } catch {
        return false // it ended meanwhile, or belongs to somebody else
      }
    })
}

function portableProcessesIn(program: string, folder: string): number[] {
  return ps(['-axo', 'pid=,command='])
    .split('\n')
    .flatMap((line) => {
      const [, pid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
      const [executable = ''] = command.split(' -D ')
      const itsFolder = command.slice(executable.length + ' -D '.length)
      const fits = basename(executable) === program && (itsFolder === folder || itsFolder.startsWith(`${folder} `))
      return pid && fits ? [Number(pid)] : []
    })
}
