/** Nothing that was acknowledged is lost, and nothing is left half done, wherever the server dies. The long form is `npm run crash`. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Campaign, startCampaign } from './rounds.ts'

let campaign: Campaign
beforeAll(async () => {
  campaign = await startCampaign()
})
afterAll(() => campaign.close())

it('keeps every acknowledged write through six crashes at random moments', async () => {
  let acknowledged = 0
  let interrupted = 0
  for (let round = 1; round <= 6; round++) {
    const result = await campaign.round(round % 3 === 0 ? 'all' : 'server')
    acknowledged += result.acknowledged
    interrupted = result.interrupted
  }
  // Else the crashes came too early to say anything.
  expect(acknowledged).toBeGreaterThan(30)
  expect(interrupted).toBeGreaterThan(0)
})
