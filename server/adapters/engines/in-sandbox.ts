/** What all engines whose work is done by a program have in common: the file in, the program, what it made out. It knows no program. */
import { constants } from 'node:fs'
import { access, copyFile, lstat, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { EngineFailure, type EngineTask } from '#server/features/conversion/index.ts'
import type { Sandbox, SandboxedCommand, SandboxLimits, SandboxOutcome } from './sandbox.ts'

/** A task while its programs run. They see the folder as `/job`. */
export interface Workplace {
  /** The file to convert, as programs see it: `/job/document.docx`. */
  readonly input: string
  /**
   * Runs a program in the folder to its end.
   * @throws EngineFailure unless it exits; its exit code is not looked at
   */
  run(command: Command): Promise<Extract<SandboxOutcome, { ended: 'exit' }>>
  /** What lies in the folder, sorted by name. Programs have chosen the names. */
  list(): Promise<string[]>
  /** Where a file of the folder is for us. */
  pathOf(name: string): string
}

export type Command = Omit<SandboxedCommand, 'folder' | 'signal'>

/** Whether programs can be run safely here, and these are there. */
export const areInstalled = async (sandbox: Sandbox, programs: readonly string[]): Promise<boolean> => {
  if (!(await sandbox.isAvailable())) return false
  const found = programs.map((program) => access(path.join('/usr/bin', program), constants.X_OK))
  return (await Promise.allSettled(found)).every(({ status }) => status === 'fulfilled')
}

/**
 * Copies the file into a folder that the sandbox can reach, has it worked on there, and brings back what was made.
 * @param work returns the name of the output in its folder
 * @returns where the output is, in the folder of the task
 * @throws EngineFailure `refused` when nothing was made
 */
export const inSandbox = (
  sandbox: Sandbox,
  task: EngineTask,
  limits: Partial<SandboxLimits>,
  work: (place: Workplace) => Promise<string>,
): Promise<{ readonly outputPath: string }> =>
  sandbox.withJobFolder(async (folder) => {
    const name = `document.${task.from}`
    await copyFile(task.inputPath, path.join(folder, name), constants.COPYFILE_FICLONE)
    const { size } = await lstat(path.join(folder, name))
    if (size === 0) throw new EngineFailure('refused', 'The file is empty.')
    await sandbox.handOver(path.join(folder, name))
    const made = await work({
      input: `/job/${name}`,
      run: async (command) =>
        exited(
          await sandbox.run({ ...command, limits: { ...limits, ...command.limits }, folder, signal: task.signal }),
          command.program,
        ),
      list: async () => (await readdir(folder)).toSorted(),
      pathOf: (each) => path.join(folder, path.basename(each)),
    })
    const outputPath = path.join(task.folder, `out${path.extname(made)}`)
    await takeOut(path.join(folder, path.basename(made)), outputPath)
    return { outputPath }
  })

const exited = (outcome: SandboxOutcome, program: string) => {
  switch (outcome.ended) {
    case 'exit':
      return outcome
    case 'time':
      throw new EngineFailure('timeout', `${program} took too long.`)
    case 'memory':
    case 'output':
    case 'folder':
      throw new EngineFailure('too_large', `${program} wanted more ${wanted[outcome.ended]} than it may have.`)
    case 'aborted':
      throw new EngineFailure('cancelled', `${program} was stopped.`)
    case 'signal':
      throw new EngineFailure('crashed', `${program} was killed.`)
  }
}
const wanted = { memory: 'memory', output: 'output', folder: 'room' }

/** A program that was taken over could leave a link to a file of ours: only a file of its own is brought back. */
const takeOut = async (made: string, outputPath: string): Promise<void> => {
  const found = await lstat(made).catch(() => undefined)
  if (found?.isFile() !== true || found.nlink !== 1 || found.size === 0) {
    throw new EngineFailure('refused', 'Nothing was made of the file.')
  }
  await rename(made, outputPath).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error
    await copyFile(made, outputPath)
    await rm(made)
  })
}
