import { describe, expect, it } from 'vitest'
import type { JobDetails } from '#contract/conversion/index.ts'
import { RequestError, unreachable } from '../../lib/request-error.ts'
import {
  activeJobs,
  cutOff,
  isOpen,
  nextToAsk,
  nextUploads,
  nextWakeUp,
  progressOf,
  type Queue,
  stageOf,
  withAccepted,
  withAsking,
  withChosen,
  withHeld,
  withJob,
  withJobs,
  without,
  withoutSession,
  withProblem,
  withRefused,
  withSending,
  withSent,
  withStored,
  withUploadAgain,
  withWanted,
} from './queue.ts'

const chosen = (...ids: string[]): Queue =>
  withChosen(
    [],
    ids.map((id) => ({ id, name: `${id}.docx`, size: 1000, wanted: null })),
  )

const job = (job_id: string, fields: Partial<JobDetails> = {}): JobDetails => ({
  job_id,
  original_filename: `${job_id}.docx`,
  source_format: 'docx',
  target_formats: ['pdf', 'odt'],
  target_format: null,
  status: 'uploaded',
  progress: null,
  error_type: null,
  error_message: null,
  can_retry: false,
  size: 1000,
  output_size: null,
  output_filename: null,
  created_at: '2026-11-21T10:00:00.000Z',
  completed_at: null,
  ...fields,
})

const stored = (...ids: string[]): Queue => ids.reduce((queue, id) => withStored(queue, id, job(id)), chosen(...ids))
const stages = (queue: Queue) => queue.map(stageOf)
const first = (queue: Queue) => queue[0]!
const full = new RequestError(429, 'TaskLimitExceeded', 'Too many', true, [], 12)
const broken = new RequestError(400, 'FileValidationError', 'Not a document.', false)

describe('a file that is uploaded', () => {
  it('waits, is sent, and is then there with nothing chosen', () => {
    let queue = chosen('a')
    expect(stages(queue)).toEqual(['waiting'])
    queue = withSending(queue, 'a')
    expect(stages(queue)).toEqual(['sending'])
    queue = withStored(queue, 'a', job('a'))
    expect(stages(queue)).toEqual(['ready'])
  })

  it('tells how far it has come: never back, and never more than all of it', () => {
    let queue = withSent(withSending(chosen('a'), 'a'), 'a', 400)
    expect(progressOf(first(queue))).toBe(0.4)
    queue = withSent(queue, 'a', 300)
    expect(progressOf(first(queue))).toBe(0.4)
    queue = withSent(queue, 'a', 1234)
    expect(progressOf(first(queue))).toBe(1)
    expect(first(withSent(stored('a'), 'a', 1)).sent).toBe(1000)
  })

  it('is one of at most two on their way', () => {
    let queue = chosen('a', 'b', 'c')
    expect(nextUploads(queue, 0).map(({ id }) => id)).toEqual(['a', 'b'])
    queue = withSending(queue, 'a')
    expect(nextUploads(queue, 0).map(({ id }) => id)).toEqual(['b'])
    queue = withSending(queue, 'b')
    expect(nextUploads(queue, 0)).toEqual([])
  })

  it('that was refused says why, and waits again when it is tried again', () => {
    const queue = withRefused(withSending(chosen('a'), 'a'), 'a', broken)
    expect(stages(queue)).toEqual(['refused'])
    expect(first(queue).error).toBe(broken)
    expect(isOpen(first(queue))).toBe(false)
    expect(first(withUploadAgain(queue, 'a'))).toMatchObject({ upload: 'waiting', sent: 0, error: null })
  })

  it('is told from one that only the connection failed', () => {
    const queue = withRefused(withRefused(chosen('a', 'b'), 'a', broken), 'b', unreachable())
    expect(cutOff(queue).map(({ id }) => id)).toEqual(['b'])
  })

  it('keeps what the server said of it when that came before the answer to the upload', () => {
    const early = withJob(withSending(chosen('a'), 'a'), job('a', { source_format: 'odt' }))
    expect(first(withStored(early, 'a', job('a'))).job?.source_format).toBe('odt')
  })
})

describe('a format that is chosen', () => {
  it('before the file is there is asked for when it is', () => {
    let queue = withWanted(withSending(chosen('a'), 'a'), ['a'], 'pdf')
    expect(nextToAsk(queue, 0)).toBeUndefined()
    queue = withStored(queue, 'a', job('a'))
    expect(stages(queue)).toEqual(['asking'])
    expect(nextToAsk(queue, 0)?.id).toBe('a')
  })

  it('for several files is asked for one after the other', () => {
    let queue = withWanted(stored('a', 'b'), ['a', 'b'], 'pdf')
    queue = withAsking(queue, 'a')
    expect(nextToAsk(queue, 0)).toBeUndefined()
    queue = withAccepted(queue, 'a', 'pdf')
    expect(stages(queue)).toEqual(['queued', 'asking'])
    expect(first(queue).job?.target_format).toBe('pdf')
    expect(nextToAsk(queue, 0)?.id).toBe('b')
  })

  it('and accepted leaves alone what the server has told meanwhile', () => {
    let queue = withAsking(withWanted(stored('a'), ['a'], 'pdf'), 'a')
    queue = withJob(queue, job('a', { status: 'completed', target_format: 'pdf', progress: 1 }))
    expect(stages(withAccepted(queue, 'a', 'pdf'))).toEqual(['completed'])
  })

  it('and refused can be chosen again, and says why', () => {
    const queue = withProblem(withAsking(withWanted(stored('a'), ['a'], 'pdf'), 'a'), 'a', broken)
    expect(first(queue)).toMatchObject({ wanted: null, error: broken })
    expect(isOpen(first(queue))).toBe(true)
    expect(nextToAsk(queue, 0)).toBeUndefined()
  })
})

describe('a server with too much to do', () => {
  it('is left in peace until the time that it named, by everything of that kind', () => {
    let queue = withWanted(stored('a', 'b'), ['a', 'b'], 'pdf')
    queue = withHeld(withAsking(queue, 'a'), 'conversions', 12_000)
    expect(nextWakeUp(queue)).toBe(12_000)
    expect(nextToAsk(queue, 11_999)).toBeUndefined()
    expect(nextToAsk(queue, 12_000)?.id).toBe('a')
  })

  it('about uploads is still asked to convert', () => {
    let queue = withChosen(withWanted(stored('a'), ['a'], 'pdf'), [{ id: 'b', name: 'b.docx', size: 1, wanted: null }])
    queue = withHeld(queue, 'uploads', 5000)
    expect(nextUploads(queue, 4999)).toEqual([])
    expect(nextToAsk(queue, 0)?.id).toBe('a')
    expect(nextUploads(queue, 5000).map(({ id }) => id)).toEqual(['b'])
  })

  it('holds nothing that is under way or done', () => {
    const queue = withHeld(withSending(chosen('a'), 'a'), 'uploads', 5000)
    expect(nextWakeUp(queue)).toBeNull()
    expect(full.retryAfter).toBe(12)
  })
})

describe('what the server says', () => {
  it('of a job that this page has not seen makes a row: another tab uploaded it', () => {
    const queue = withJob(chosen('a'), job('b', { status: 'processing', target_format: 'pdf', progress: 0.25 }))
    expect(stages(queue)).toEqual(['waiting', 'processing'])
    expect(progressOf(queue[1]!)).toBe(0.25)
  })

  it('of all jobs removes what is gone and keeps what is on its way', () => {
    const queue = withJobs(withChosen(stored('a', 'b'), [{ id: 'c', name: 'c', size: 1, wanted: null }]), [job('b')])
    expect(queue.map(({ id }) => id)).toEqual(['b', 'c'])
  })

  it('of a failure decides whether it can be tried again', () => {
    const failed = (can_retry: boolean) => first(withJob([], job('a', { status: 'failed', can_retry })))
    expect(stageOf(failed(true))).toBe('failed')
    expect(isOpen(failed(true))).toBe(true)
    expect(isOpen(failed(false))).toBe(false)
  })

  it('is asked for where a job is worked on or waits, what is worked on first', () => {
    const queue = withJobs(
      [],
      [job('a'), job('b', { status: 'queued' }), job('c', { status: 'processing' }), job('d', { status: 'completed' })],
    )
    expect(activeJobs(queue).map(({ id }) => id)).toEqual(['c', 'b'])
  })
})

describe('a session that is over', () => {
  it('takes what was uploaded with it; what was on its way waits for the next one', () => {
    const queue = withSending(withChosen(stored('a'), [{ id: 'b', name: 'b', size: 9, wanted: 'pdf' }]), 'b')
    expect(withoutSession(queue)).toMatchObject([{ id: 'b', upload: 'waiting', sent: 0, wanted: 'pdf' }])
  })
})

it('a file that is removed is gone', () => {
  expect(without(stored('a', 'b'), 'a').map(({ id }) => id)).toEqual(['b'])
})
