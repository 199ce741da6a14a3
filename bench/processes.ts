/** What Linux tells about processes: memory of a whole tree, processor time of one. Undefined on other systems. */
import { readdirSync, readFileSync } from 'node:fs'

export interface TreeMemory {
  /** Proportional set size in bytes: shared pages are counted once over all processes that share them. */
  readonly bytes: number
  readonly processes: number
}

/** Memory of a process and everything that descends from it. */
export const memoryOfTree = (pid: number): TreeMemory | undefined => {
  const family = familyOf(pid)
  if (family === undefined) return undefined
  const sizes = family.map(proportionalSize).filter((size) => size !== undefined)
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), processes: sizes.length }
}

export interface ProcessorTime {
  /** Of the process itself, in milliseconds. */
  readonly own: number
  /** Of all its descendants, those that have ended included, in milliseconds. */
  readonly descendants: number
}

/** Processor time that was used so far. */
export const processorTimeOf = (pid: number): ProcessorTime | undefined => {
  const family = familyOf(pid)
  if (family === undefined) return undefined
  let own = 0
  let descendants = 0
  for (const member of family) {
    // utime, stime, and those of children that were waited for; USER_HZ is 100 on every Linux that Node runs on.
    const [user = 0, system = 0, usersOfChildren = 0, systemsOfChildren = 0] = (statOf(member) ?? [])
      .slice(11, 15)
      .map((ticks) => Number(ticks) * 10)
    if (member === pid) own += user + system
    else descendants += user + system
    descendants += usersOfChildren + systemsOfChildren
  }
  return { own, descendants }
}

const familyOf = (pid: number): number[] | undefined => {
  const parents = new Map<number, number>()
  try {
    for (const name of readdirSync('/proc')) {
      const fields = /^\d+$/.test(name) ? statOf(Number(name)) : undefined
      if (fields !== undefined) parents.set(Number(name), Number(fields[1]))
    }
  } catch {
    return undefined
  }
  const family = [pid]
  for (const member of family) for (const [child, parent] of parents) if (parent === member) family.push(child)
  return family
}

/** The fields of `/proc/<pid>/stat` (proc(5)) from the third, the state, on; a name may hold spaces and brackets. */
const statOf = (pid: number): string[] | undefined => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return undefined
  }
}

const proportionalSize = (pid: number): number | undefined => {
  try {
    const kilobytes = /^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}

/** Memory of one process that is in RAM, its threads' included, in bytes. */
export const residentMemoryOf = (pid: number): number | undefined => {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}
