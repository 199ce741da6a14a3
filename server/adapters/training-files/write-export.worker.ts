/** The thread that writes the files of one export, and ends with it. What fails in it, ends it. */
import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { openExportFiles, type WritingPlan } from '#server/features/datasets/index.ts'
import { diskShelf } from './disk-shelf.ts'
import type { FromWriter, ToWriter } from './messages.ts'
import { pack } from './pack.ts'

const plan = workerData as WritingPlan
const port = parentPort!
const tell = (message: FromWriter): void => port.postMessage(message)
const files = openExportFiles(plan, diskShelf(plan.folder))

/** With what the bytes could be made again. */
const madeWith = (): Record<string, string> => {
  const { version, dependencies } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  ) as { version: string; dependencies: Record<string, string> }
  const tools = ['hyparquet-writer', 'yazl'].map((name) => [name, dependencies[name] ?? ''])
  return { parlance: version, node: process.versions.node, ...Object.fromEntries(tools) }
}

port.on('message', (message: ToWriter) => {
  if (message.kind === 'rows') {
    files.add(message.rows)
    tell({ kind: 'took' })
    return
  }
  const made = files.finish(message.copied, message.erased, madeWith())
  pack({ ...plan, files: made.files }).then(
    (downloads) => {
      tell({ kind: 'written', written: { ...made, downloads, erased: message.erased } })
      port.close()
    },
    (error: unknown) => {
      // Said by the event of the thread, as whatever else fails here.
      setImmediate(() => {
        throw error
      })
    },
  )
})
