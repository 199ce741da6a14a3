/** The pipeline of one call, step by step: what it says to the queue, in which order, and what it never does. */
import { describe, expect, it } from 'vitest'
import { AppError } from '#kernel/errors.ts'
import { trainingAnswer } from '#test/support/scripted-provider/training-answers.ts'
import type { LanguageModel, ModelTurn, StreamOptions } from '../replies/index.ts'
import type { LeasedCall } from './call-queue.ts'
import { makeWriteConversation, type WriterNeeds } from './write-conversation.ts'

const TEXT = JSON.stringify(trainingAnswer())
const answer = {
  text: TEXT,
  reason: 'stop',
  model: 'm-1',
  promptTokens: 100,
  completionTokens: 800,
  cost: 0.0081,
} as const

const call = (over: Partial<LeasedCall> = {}): LeasedCall => ({
  leaseId: 'lease',
  id: 'call',
  runId: 'run',
  ownerId: 'ada',
  conversationId: 'conversation',
  tier: 'template',
  choice: 'operator:m',
  model: 'm',
  maxTokens: 1000,
  prices: { prompt: 1, completion: 10 },
  mostCost: 0.011,
  tries: 1,
  cell: { scaffolding: {}, prompt: 'Write.', temperature: 0.7, clientPersona: 'Maya', turns: [4, 6] },
  answer: undefined,
  ...over,
})

/** Everything that is done, in its order; `over` replaces what does it. */
const world = (
  over: { model?: LanguageModel['stream']; revision?: number; does?: Record<string, () => unknown> } = {},
) => {
  const done: string[] = []
  const said: Record<string, unknown[]> = {}
  const doing =
    (name: string, result: unknown = true) =>
    async (...values: unknown[]) => {
      done.push(name)
      said[name] = values
      return over.does?.[name] ? over.does[name]() : result
    }
  const named = (...names: string[]) => Object.fromEntries(names.map((name) => [name, doing(name)]))
  const model: LanguageModel['stream'] =
    over.model ??
    async function* () {
      yield { type: 'text-delta', text: TEXT }
      yield { type: 'finish', reason: 'stop', model: 'm-1', promptTokens: 100, completionTokens: 800 }
    }
  const write = makeWriteConversation({
    queue: named('keepAnswer', 'complete', 'fail', 'drop', 'askLater', 'pauseRun'),
    trainings: named('storeRaw', 'keepContent', 'writeFile', 'fail'),
    trainingStore: { find: async () => ({ revision: over.revision ?? 0 }) },
    resolveModel: async () => ({
      id: 'm',
      stream: (turns: readonly ModelTurn[], options: StreamOptions) => {
        done.push('ask')
        return model(turns, options)
      },
    }),
    onLater: () => {},
    onError: (error: unknown) => done.push(`error ${String(error)}`),
    keepAgainMs: 0,
  } as unknown as WriterNeeds)
  return { done, said, write: (given = call(), signal = new AbortController().signal) => write(given, signal) }
}

it('an answer is kept and paid before anything is made of it, then stored raw, then read', async () => {
  const { done, said, write } = world()
  await write()
  expect(done).toEqual(['ask', 'keepAnswer', 'storeRaw', 'keepContent', 'complete'])
  expect(said['keepAnswer']![1]).toEqual(answer)
  expect(said['storeRaw']![2]).toEqual(Buffer.from(TEXT))
  expect(said['keepContent']![3]).toMatchObject({
    reason: 'generated',
    parseMethod: 'direct',
    requiresManualReview: false,
    cost: 0.0081,
  })
})

describe('goes on after a server died', () => {
  it('with an answer, without asking', async () => {
    const { done, write } = world()
    await write(call({ answer }))
    expect(done).toEqual(['storeRaw', 'keepContent', 'complete'])
  })

  it('with a conversation, without making it twice', async () => {
    const { done, write } = world({ revision: 1 })
    await write(call({ answer }))
    expect(done).toEqual(['writeFile', 'complete'])
  })
})

it('a database that is away for a moment does not lose what is paid', async () => {
  let times = 0
  const keepAnswer = () => {
    if (++times < 4) throw new AppError('server.unavailable')
    return true
  }
  const { done, write } = world({ does: { keepAnswer } })
  await write()
  expect(done).toEqual(['ask', ...Array<string>(4).fill('keepAnswer'), 'storeRaw', 'keepContent', 'complete'])
})

it('one that stays away leaves the call to its lease, and says nothing of it', async () => {
  const keepAnswer = () => {
    throw new AppError('server.unavailable')
  }
  const { done, write } = world({ does: { keepAnswer } })
  await expect(write()).rejects.toThrow(AppError)
  expect(done.filter((what) => what !== 'keepAnswer')).toEqual(['ask'])
})

it('whoever has lost the lease makes nothing of the answer', async () => {
  const { done, write } = world({ does: { keepAnswer: () => false } })
  await write()
  expect(done).toEqual(['ask', 'keepAnswer'])
})

it('whoever is stopped while the model answers says nothing', async () => {
  const stop = new AbortController()
  const { done, write } = world({
    // eslint-disable-next-line require-yield -- it is stopped before it writes
    async *model(_turns, { signal }) {
      stop.abort()
      signal.throwIfAborted()
    },
  })
  await write(call(), stop.signal)
  expect(done).toEqual(['ask'])
})

it.each([
  ['before the raw answer is stored', { storeRaw: () => false }, ['storeRaw', 'drop']],
  [
    'before it has content',
    {
      keepContent: () => {
        throw new AppError('conversation.not_found')
      },
    },
    ['storeRaw', 'keepContent', 'drop'],
  ],
])('a conversation that is deleted %s is dropped', async (_when, does, order) => {
  const { done, write } = world({ does })
  await write(call({ answer }))
  expect(done).toEqual(order)
})

describe('a failure', () => {
  const failing = (error: AppError) =>
    world({
      // eslint-disable-next-line require-yield -- it fails before it writes
      async *model() {
        throw error
      },
    })

  it('for the rate is asked again as late as the provider wishes, and has cost nothing', async () => {
    const { said, write } = failing(new AppError('model.rate_limited', { retryAfterSeconds: 7 }))
    await write()
    expect(said['askLater']!.slice(1)).toEqual([7, 'nothing'])
  })

  it('that came in the midst of an answer may have cost something', async () => {
    const { said, write } = failing(new AppError('model.cut_off'))
    await write(call({ tries: 2 }))
    expect(said['askLater']!.slice(1)).toEqual([4, 'unknown'])
  })

  it('of the third time is the last', async () => {
    const { done, said, write } = failing(new AppError('model.failed'))
    await write(call({ tries: 3 }))
    expect(done).toEqual(['ask', 'fail'])
    expect(said['fail']!.slice(1)).toEqual([
      { type: 'api_error', reason: 'The model provider failed to answer.' },
      'unknown',
    ])
  })

  it.each(['model.key_rejected', 'model.no_funds', 'model.not_available', 'model.not_configured'] as const)(
    '%s pauses the run',
    async (code) => {
      const { done, write } = failing(new AppError(code))
      await write()
      expect(done).toEqual(['ask', 'pauseRun'])
    },
  )
})
