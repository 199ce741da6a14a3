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

/** Processor time that a process and all its descendants, those that have ended included, have used so far, in milliseconds. */
export const processorTimeOfTree = (pid: number): number | undefined => {
  // USER_HZ is 100 on every Linux that Node runs on.
  const ticks = familyOf(pid)?.map((member) => {
    const fields = statOf(member)
    // utime, stime, and those of children that were waited for.
    return (fields ?? []).slice(11, 15).reduce((sum, ticksOfOne) => sum + Number(ticksOfOne), 0)
  })
  return ticks && ticks.reduce((sum, each) => sum + each, 0) * 10
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
