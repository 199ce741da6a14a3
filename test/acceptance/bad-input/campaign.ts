/** `npm run fuzz -- --runs 20000 --seed 7`: the generated campaigns of this folder, as long as one likes. */
import { randomInt } from 'node:crypto'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startVitest } from 'vitest/node'

const whole = (name: string, text: string): string => {
  if (/^[1-9]\d{0,8}$/.test(text)) return text
  throw new Error(`--${name} is ${text}, but it must be a number from 1 on.`)
}

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string', default: String(randomInt(1, 1e9)) } },
})
const runs = whole('runs', values.runs)
const seed = whole('seed', values.seed)
// The workers inherit it; `length.ts` reads it.
Object.assign(process.env, { FUZZ_RUNS: runs, FUZZ_SEED: seed })
process.stdout.write(
  `${runs} requests and a quarter as many probes of what is somebody else's, from the seed ${seed}\n`,
)

const files = ['fuzz', 'tenants'].map((name) => `test/acceptance/bad-input/${name}.test.ts`)
const root = path.resolve(import.meta.dirname, '../../..')
const vitest = await startVitest(files, { root, watch: false, project: ['acceptance'], reporters: ['default'] })
const isFine = vitest.state.getCountOfFailedTests() === 0 && vitest.state.getUnhandledErrors().length === 0
await vitest.close()
process.exit(isFine ? 0 : 1)
