/** `npm start`: builds the page where it is missing or outdated, then runs the server; it must not know what the server does. */
import { enableCompileCache } from 'node:module'
import path from 'node:path'
import { ensurePage } from './build-page.ts'

// What Node has made of the source once need not be made again: a start takes a tenth less time.
enableCompileCache(path.join(import.meta.dirname, '../node_modules/.cache/compiled'))

// `--help` and `--version` are answered at once; the server knows them.
const isQuestion = process.argv.slice(2).some((argument) => ['--help', '-h', '--version'].includes(argument))

try {
  if (!isQuestion) await ensurePage((line) => console.error(line))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

const { main } = await import('../server/main.ts')
await main()
