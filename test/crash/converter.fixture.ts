/** A server whose only engine copies texts, slowly and in the real sandbox; everything else is as in main.ts. */
import { pino } from 'pino'
import { compose } from '#server/compose.ts'
import { readConfig } from '#server/config.ts'
import { makeListener } from '#server/listener.ts'
import { lockDataDir } from '#server/adapters/postgres/embedded/index.ts'
import { openDatabase } from '#server/main.ts'
import { scriptedEngine } from '#test/support/stub-engines.ts'

const config = readConfig(process.env)
if (config.databaseUrl === undefined) lockDataDir(config.dataDir)
const logger = pino({ level: config.logLevel, base: null })
const listener = makeListener()
const port = config.role === 'worker' ? 0 : await listener.listen(config.host, config.port)
const program = await compose({
  config,
  logger,
  listener,
  engines: [scriptedEngine('copiesSlowly', { timeoutMs: 20_000, limits: { timeMs: 20_000 } })],
  ...(await openDatabase(config, logger, [], () => {})),
})
listener.open()
process.on('SIGTERM', () => void program.shutDown(0).then(() => process.exit(0)))
process.stdout.write(`ready at http://${config.host}:${port} \n`)
