/** `npm run check`: everything that can be said about the sources without running them. Exit code 1 if any check fails. */
import { runChecks } from './check/checks.ts'

const tally = { passed: 0, failed: 0 }
await runChecks((line) => console.log(line), tally)
process.exitCode = tally.failed > 0 ? 1 : 0
