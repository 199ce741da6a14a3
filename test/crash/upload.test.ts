/** A file is there with its row, or nothing of it is, wherever the server dies. The long form is `npm run crash`. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startUploadCampaign, type UploadCampaign } from './upload-rounds.ts'

let campaign: UploadCampaign
beforeAll(async () => {
  campaign = await startUploadCampaign()
})
afterAll(() => campaign.close())

it('keeps every acknowledged file and nothing else through three crashes in the middle of uploads', async () => {
  let acknowledged = 0
  for (let round = 1; round <= 3; round++) acknowledged += await campaign.round()
  // Else the crashes came too early, or too late, to say anything.
  expect(acknowledged).toBeGreaterThan(0)
  expect(campaign.interrupted).toBeGreaterThan(0)
})
