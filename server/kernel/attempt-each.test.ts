/** What can't be ended keeps nothing after it from being ended. */
import { expect, it } from 'vitest'
import { attemptEach } from './attempt-each.ts'

it('takes the steps one after the other', async () => {
  const seen: string[] = []
  const gate = Promise.withResolvers<void>()
  const all = attemptEach([
    () => gate.promise.then(() => seen.push('slow')),
    () => seen.push('quick'),
    async () => seen.push('last'),
  ])
  gate.resolve()
  await all
  expect(seen).toEqual(['slow', 'quick', 'last'])
})

it('takes those after one that fails or throws, and then says what failed, in order', async () => {
  const seen: string[] = []
  const [first, second] = [new Error('rejected'), new Error('thrown')]
  const failure = await attemptEach([
    () => Promise.reject(first),
    () => seen.push('between'),
    () => {
      throw second
    },
    () => seen.push('after'),
  ]).catch((error: unknown) => error)
  expect(seen).toEqual(['between', 'after'])
  expect(failure).toBeInstanceOf(AggregateError)
  expect(failure).toMatchObject({ errors: [first, second], message: '2 of 4 steps failed' })
})
