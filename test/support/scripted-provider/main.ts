/** Runs the scripted provider by hand: `node test/support/scripted-provider/main.ts --port 4010`. */
import { parseArgs } from 'node:util'
import { scriptedModels } from './script.ts'
import { startScriptedProvider } from './scripted-provider.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '4010' } } })
const port = Number(values.port)
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`--port: got "${values.port}", wants a whole number from 0 to 65535`)
  process.exit(2)
}
const provider = await startScriptedProvider({ port }).catch((error: NodeJS.ErrnoException) => {
  console.error(`cannot listen on port ${port}: ${error.message}`)
  process.exit(1)
})
console.log(`scripted provider: ${provider.url}`)
console.log(`models: ${scriptedModels.join(', ')}, long-N, load-N-M and load-N-M-stamped (N deltas, M ms apart)`)

let closing = false
const stop = (): void => {
  if (closing) return
  closing = true
  void provider.close()
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
