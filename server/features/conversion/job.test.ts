/** The life of a job, transition by transition. */
import { describe, expect, it } from 'vitest'
import {
  canRetry,
  cancelled,
  claimed,
  completed,
  failed,
  interrupted,
  type Job,
  lost,
  outputNameOf,
  queued,
  received,
} from './job.ts'

const at = new Date('2026-01-02T03:04:05.678Z')
const later = new Date('2026-01-02T03:05:05.678Z')
const sessionHash = 'ab'.repeat(32)
const job: Job = {
  ...received({ sessionHash, id: 'j', name: 'a.docx', sourceFormat: 'docx', size: 1, at, expiresAt: later }),
  inputKey: 'in',
}
const waiting = queued(job, { id: 't', targetFormat: 'pdf', engine: 'office', at })
const running = claimed(waiting, { id: 'lease', until: later })
const output = { key: 'out', format: 'pdf', size: 2, at: later }
const finished = completed(running, output)

describe('a job', () => {
  it('is uploaded, waits, is worked on, and is finished without its upload', () => {
    expect([job.status, waiting.status, running.status, finished.status]).toEqual([
      'uploaded',
      'queued',
      'processing',
      'completed',
    ])
    expect(running).toMatchObject({ attempts: 1, leaseId: 'lease', leasedUntil: later })
    expect(finished).toMatchObject({
      inputKey: null,
      outputKey: 'out',
      outputFormat: 'pdf',
      outputSize: 2,
      progress: 1,
      completedAt: later,
      leaseId: null,
      leasedUntil: null,
    })
  })

  it('can wait only when nobody has it and its upload is there', () => {
    const again = { id: 'u', targetFormat: 'odt', engine: 'office', at: later }
    for (const busy of [waiting, running]) expect(() => queued(busy, again)).toThrow(/being converted already/)
    expect(() => queued(finished, again)).toThrow(/has been converted/)
  })

  it('that failed keeps its upload and begins anew', () => {
    const broken = failed(running, 'timeout', later)
    expect(broken).toMatchObject({ status: 'failed', inputKey: 'in', errorType: 'timeout', leaseId: null })
    expect(queued(broken, { id: 'u', targetFormat: 'odt', engine: 'office', at: later })).toMatchObject({
      status: 'queued',
      taskId: 'u',
      targetFormat: 'odt',
      attempts: 0,
      errorType: null,
      errorMessage: null,
      completedAt: null,
    })
  })

  it('whose worker died waits once more in its old place, and then has failed', () => {
    const second = lost(running, later)
    expect(second).toMatchObject({ status: 'queued', queuedAt: at, attempts: 1, leaseId: null })
    expect(lost(claimed(second, { id: 'other', until: later }), later)).toMatchObject({
      status: 'failed',
      errorType: 'crashed',
      completedAt: later,
    })
  })

  it('that a shutdown interrupts has not been tried', () => {
    expect(interrupted(running)).toMatchObject({ status: 'queued', queuedAt: at, attempts: 0, leaseId: null })
  })

  it('is cancelled while it waits or is worked on, and stays as it is before and after', () => {
    for (const busy of [waiting, running]) {
      expect(cancelled(busy, later)).toMatchObject({ status: 'failed', errorType: 'cancelled', inputKey: 'in' })
    }
    for (const still of [job, finished, failed(running, 'refused', later)]) expect(cancelled(still, later)).toBe(still)
  })

  it('may be tried again unless the file itself was at fault', () => {
    expect(canRetry(failed(running, 'timeout', later))).toBe(true)
    expect(canRetry(failed(running, 'refused', later))).toBe(false)
    expect([job, waiting, running, finished].some(canRetry)).toBe(false)
  })
})

it.each([
  ['report.docx', 'report.pdf'],
  ['Báo cáo.tar.gz', 'Báo cáo.tar.pdf'],
  ['no ending', 'no ending.pdf'],
  ['.profile', '.profile.pdf'],
  ['../../etc/passwd.txt', 'passwd.pdf'],
  ['C:\\Users\\x\\a.docx', 'a.pdf'],
  ['a\r\nb.txt', 'ab.pdf'],
  ['folder/', 'file.pdf'],
])('the output of %j is called %j', (name, expected) => {
  expect(outputNameOf({ name, outputFormat: 'pdf' })).toBe(expected)
  expect(outputNameOf({ name, outputFormat: null })).toBeNull()
})
