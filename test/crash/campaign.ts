/**
 * `npm run crash -- --rounds 500`: kills the server again and again while people write, and counts what was lost. With
 * `--uploads` they upload files, with `--generations` they have training conversations generated.
 */
import { parseArgs } from 'node:util'
import { startGenerationCampaign } from './generation-rounds.ts'
import { startCampaign } from './rounds.ts'
import { startUploadCampaign } from './upload-rounds.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '500' },
    uploads: { type: 'boolean', default: false },
    generations: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds is ${values.rounds}, but it must be a number from 1 on.`)

const begun = performance.now()
const tell = (round: number, what: string): void => {
  const seconds = Math.round((performance.now() - begun) / 1000)
  process.stdout.write(`round ${round} of ${rounds}: ${what} (${seconds} s)\n`)
}

const crashWrites = async (): Promise<void> => {
  const campaign = await startCampaign()
  let acknowledged = 0
  try {
    for (let round = 1; round <= rounds; round++) {
      const result = await campaign.round(round % 3 === 0 ? 'all' : 'server')
      acknowledged += result.acknowledged
      tell(round, `${acknowledged} acknowledged, 0 lost, ${result.interrupted} replies interrupted`)
    }
  } finally {
    await campaign.close()
  }
}

const crashUploads = async (): Promise<void> => {
  const campaign = await startUploadCampaign()
  let acknowledged = 0
  try {
    for (let round = 1; round <= rounds; round++) {
      acknowledged += await campaign.round()
      tell(round, `${acknowledged} files acknowledged, 0 lost, ${campaign.interrupted} rounds left something to sweep`)
    }
  } finally {
    await campaign.close()
  }
}

const crashGenerations = async (): Promise<void> => {
  const campaign = await startGenerationCampaign()
  let again = 0
  try {
    for (let round = 1; round <= rounds; round++) {
      again += await campaign.round()
      tell(round, `0 conversations lost or doubled, ${again} calls in flight asked again`)
    }
  } finally {
    await campaign.close()
  }
}

await (values.generations ? crashGenerations() : values.uploads ? crashUploads() : crashWrites())
