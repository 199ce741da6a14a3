/** A server that is in a hurry to take others for dead; everything else is as in main.ts. */
import { pino } from 'pino'
import { compose } from '#server/compose.ts'
import { readConfig } from '#server/config.ts'
import { makeListener } from '#server/listener.ts'
import { openDatabase } from '#server/main.ts'

const config = readConfig(process.env)
const logger = pino({ level: config.logLevel, base: null })
const listener = makeListener()
const port = await listener.listen(config.host, config.port)
const database = await openDatabase(config, logger, [], () => {})
await compose({ config, logger, listener, ...database, liveness: { beatMs: 200, deadAfterMs: 1_000 } })
listener.open()
process.stdout.write(`ready at http://${config.host}:${port} \n`)
