/** A batch goes on after its server died, and pays for nothing twice that was answered. The long form is `npm run crash`. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type GenerationCampaign, startGenerationCampaign } from './generation-rounds.ts'

let campaign: GenerationCampaign
beforeAll(async () => {
  campaign = await startGenerationCampaign()
})
afterAll(() => campaign.close())

it('no conversation is lost or doubled through three crashes in each of two batches', async () => {
  let again = 0
  for (let round = 1; round <= 2; round++) again += await campaign.round()
  // Else the crashes came too early, or too late, to say anything.
  expect(again).toBeGreaterThan(0)
})
