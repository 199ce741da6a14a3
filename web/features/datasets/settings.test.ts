import { describe, expect, it } from 'vitest'
import { readSettings, type Settings, typeSettings } from './settings.ts'

const usual: Settings = {
  splits: { train: 0.9, validation: 0.1, test: 0 },
  seed: '0',
  duplicates: 'drop',
  near_duplicate_threshold: 0.85,
  max_tokens: null,
  min_turns: 2,
  max_turns: null,
  only_approved: true,
}
const typed = typeSettings(usual)

describe('the settings of a dataset', () => {
  it('are typed in percent and read back as they were', () => {
    expect(typed.splits).toEqual({ train: '90', validation: '10', test: '0' })
    expect(readSettings(typed)).toEqual({ settings: usual, wrong: new Set() })
  })

  it('take splits with a comma or a point, as long as they add up to 100', () => {
    const splits = { train: '87,5', validation: '12.5', test: '0' }
    expect(readSettings({ ...typed, splits }).settings?.splits).toEqual({ train: 0.875, validation: 0.125, test: 0 })
    for (const train of ['80', '', 'many', '-10', '101']) {
      const { settings, wrong } = readSettings({ ...typed, splits: { ...typed.splits, train } })
      expect({ settings, wrong }).toEqual({ settings: null, wrong: new Set(['splits']) })
    }
  })

  it('have no limit where nothing was typed, and refuse what is no whole number of at least 1', () => {
    expect(readSettings({ ...typed, minTurns: '', maxTokens: ' 4096 ' }).settings).toMatchObject({
      min_turns: 1,
      max_turns: null,
      max_tokens: 4096,
    })
    expect(readSettings({ ...typed, minTurns: '0', maxTurns: '2.5', maxTokens: 'x' }).wrong).toEqual(
      new Set(['minTurns', 'maxTurns', 'maxTokens']),
    )
    expect(readSettings({ ...typed, minTurns: '5', maxTurns: '4' }).wrong).toEqual(new Set(['maxTurns']))
  })
})
