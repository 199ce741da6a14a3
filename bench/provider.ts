/** The scripted provider as a process of its own, so that neither server nor reader does its work. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { ended, root } from './parlance.ts'

export interface Provider {
  /** With its `/v1`. */
  readonly url: string
  stop(): Promise<void>
}

export const startProvider = async (): Promise<Provider> => {
  const child = spawn(process.execPath, ['test/support/scripted-provider/main.ts', '--port', '0'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('The scripted provider ended at once.')))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /^scripted provider: (\S+)$/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  return { url, stop: () => ended(child) }
}
