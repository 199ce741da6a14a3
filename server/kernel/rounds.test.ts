import { expect, it } from 'vitest'
import { inRounds } from './rounds.ts'

/** Work that ends when it is told to. */
const openWork = () => {
  const rounds: PromiseWithResolvers<void>[] = []
  const work = (): Promise<void> => {
    rounds.push(Promise.withResolvers())
    return rounds.at(-1)!.promise
  }
  return { rounds, ask: inRounds(work) }
}
const stateOf = (promise: Promise<void>) =>
  Promise.race([promise.then(() => 'ended'), new Promise((resolve) => setImmediate(resolve, 'waits'))])

it('who asks while a round is under way waits for the next one, with all others, and no two rounds are at once', async () => {
  const { rounds, ask } = openWork()
  const first = ask()
  const [second, third] = [ask(), ask()]
  expect(rounds).toHaveLength(1)
  rounds[0]!.resolve()
  await first
  expect(await stateOf(second)).toBe('waits')
  expect(rounds).toHaveLength(2)
  const fourth = ask()
  rounds[1]!.resolve()
  await Promise.all([second, third])
  expect(await stateOf(fourth)).toBe('waits')
  rounds[2]!.resolve()
  await fourth
  expect(rounds).toHaveLength(3)
})

it('a round that fails fails for whoever waited for it, and the next begins all the same', async () => {
  const { rounds, ask } = openWork()
  const first = ask()
  const second = ask()
  rounds[0]!.reject(new Error('broken'))
  await expect(first).rejects.toThrow('broken')
  expect(await stateOf(second)).toBe('waits')
  rounds[1]!.resolve()
  await second
  void ask()
  expect(rounds).toHaveLength(3)
})
