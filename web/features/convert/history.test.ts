import { describe, expect, it } from 'vitest'
import type { JobDetails } from '#contract/conversion/index.ts'
import { type HistoryRecord, isNews, recordOf, withRecord } from './history.ts'

const completed: JobDetails = {
  job_id: 'a3bb189e-8bf9-4888-9912-ace4e6543002',
  original_filename: 'Báo cáo.docx',
  source_format: 'docx',
  target_formats: ['pdf'],
  target_format: 'pdf',
  status: 'completed',
  progress: 1,
  error_type: null,
  error_message: null,
  can_retry: false,
  size: 10,
  output_size: 20,
  output_filename: 'Báo cáo.pdf',
  created_at: '2026-11-21T10:00:00.000Z',
  completed_at: '2026-11-21T10:00:05.000Z',
}

const record = (job_id: string, timestamp: string): HistoryRecord => ({ ...recordOf(completed), job_id, timestamp })

describe('a record of the history', () => {
  it('has the six fields of the seed, and never a token', () => {
    expect(recordOf(completed)).toEqual({
      job_id: 'a3bb189e-8bf9-4888-9912-ace4e6543002',
      original_filename: 'Báo cáo.docx',
      target_format: 'pdf',
      status: 'completed',
      timestamp: '2026-11-21T10:00:05.000Z',
      download_token: null,
    })
  })

  it('takes the place of the one of the same job, the latest first', () => {
    const before = [record('b', '2026-11-21T10:00:00.000Z'), record('a', '2026-11-21T09:00:00.000Z')]
    const after = withRecord(before, record('a', '2026-11-21T11:00:00.000Z'))
    expect(after.map(({ job_id }) => job_id)).toEqual(['a', 'b'])
  })

  it('is one of the latest two hundred', () => {
    let records: readonly HistoryRecord[] = []
    for (let day = 0; day < 205; day++) {
      records = withRecord(records, record(String(day), new Date(day * 86_400_000).toISOString()))
    }
    expect(records).toHaveLength(200)
    expect(records.at(-1)?.job_id).toBe('5')
  })

  it('is written only when status or format have changed: progress is no news', () => {
    const known = [recordOf(completed)]
    expect(isNews(known, recordOf({ ...completed, progress: 0.5 }))).toBe(false)
    expect(isNews(known, recordOf({ ...completed, status: 'failed' }))).toBe(true)
    expect(isNews(known, recordOf({ ...completed, target_format: 'odt' }))).toBe(true)
    expect(isNews([], recordOf(completed))).toBe(true)
  })
})
