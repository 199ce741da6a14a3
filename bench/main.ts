/**
 * `npm run bench [-- --quick] [-- --write] [-- --only=requests,replies,streams,fan-out,team,transfers,conversions,training,start]`: measures what Parlance promises,
 * side by side with its limits, and prints one report. `--write` puts it into docs/benchmarks.md as well. `--quick`
 * shows within two minutes that all of it still works; its figures mean nothing.
 */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { endAll, root } from './parlance.ts'
import { fullPlan, parts, quickPlan, runBench } from './run-bench.ts'

const usage = `Usage: npm run bench -- [--quick] [--write] [--only=${parts.join(',')}]`

const readOptions = () => {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, write: { type: 'boolean' }, only: { type: 'string' } },
  })
  const wanted = values.only?.split(',') ?? [...parts]
  const unknown = wanted.find((name) => !parts.some((part) => part === name))
  if (unknown !== undefined) throw new Error(`There is no part ${unknown}.`)
  if (values.write && (values.quick || values.only !== undefined)) throw new Error('--write wants the whole of it.')
  return { ...values, wanted: parts.filter((part) => wanted.includes(part)) }
}

let options: ReturnType<typeof readOptions>
try {
  options = readOptions()
} catch (error) {
  console.error(`${(error as Error).message}\n${usage}`)
  process.exit(2)
}
let isStopped = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    isStopped = true
    endAll()
  })
}
try {
  const plan = options.quick ? quickPlan : fullPlan
  const report = await runBench(plan, options.wanted, (line) => console.error(line))
  console.log(report)
  if (options.write) await writeFile(path.join(root, 'docs/benchmarks.md'), report)
} catch (error) {
  console.error(isStopped ? 'Stopped.' : error)
  process.exitCode = 1
}
