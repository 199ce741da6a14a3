/** Makes the pages of `docs/reference/` from the contract, the error catalogue and the configuration. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { readContract } from './contract.ts'
import { readEnvelopes } from './envelopes.ts'
import { makeOpenApi } from './open-api.ts'
import { configurationPage, endpointsPage, errorsPage } from './pages.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** Where the pages lie. */
export const referenceFolder = path.join(root, 'docs/reference')

/** Where the snapshots of seed 1 lie. */
export const snapshotFolder = path.join(referenceFolder, 'snapshots/v1')

/** File name → content, of every page. */
export const makeReference = async (): Promise<Map<string, string>> => {
  const surfaces = await readContract()
  const envelopes = await readEnvelopes()
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
  return new Map([
    ['openapi.json', `${JSON.stringify(makeOpenApi(surfaces, envelopes, version), null, 2)}\n`],
    ['errors.md', errorsPage(envelopes)],
    ['configuration.md', configurationPage()],
    ['endpoints.md', endpointsPage(surfaces)],
  ])
}
