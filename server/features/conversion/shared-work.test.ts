/** Work that several wait for. */
import { expect, it } from 'vitest'
import { makeShareWork } from './shared-work.ts'

/** Work that ends when it is told to, and tells whether it was stopped. */
const steered = () => {
  const begun: { readonly signal: AbortSignal; readonly end: (result: string) => void }[] = []
  const begin = (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      begun.push({ signal, end: resolve })
      signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true })
    })
  return { begun, begin }
}

it('is begun once by all who want it at once, and again by who comes later', async () => {
  const share = makeShareWork<string>()
  const { begun, begin } = steered()
  const all = [share('a', begin), share('a', begin), share('b', begin)]
  expect(begun).toHaveLength(2)
  begun[0]!.end('one')
  begun[1]!.end('two')
  expect(await Promise.all(all)).toEqual(['one', 'one', 'two'])
  void share('a', begin)
  expect(begun).toHaveLength(3)
})

it('goes on while somebody waits, and is stopped when the last has gone; who comes then begins anew', async () => {
  const share = makeShareWork<string>()
  const { begun, begin } = steered()
  const [first, second] = [new AbortController(), new AbortController()]
  const waiting = [share('a', begin, first.signal), share('a', begin, second.signal)]
  first.abort(new Error('first has gone'))
  await expect(waiting[0]).rejects.toThrow('first has gone')
  expect(begun[0]!.signal.aborted).toBe(false)
  second.abort(new Error('second has gone'))
  const third = share('a', begin)
  await expect(waiting[1]).rejects.toThrow('second has gone')
  expect(begun.map(({ signal }) => signal.aborted)).toEqual([true, false])
  begun[1]!.end('third')
  expect(await third).toBe('third')
})

it('fails for all who wait, and is not begun for who has gone before', async () => {
  const share = makeShareWork<string>()
  let times = 0
  const fails = async () => {
    times++
    throw new Error('no')
  }
  const both = await Promise.allSettled([share('a', fails), share('a', fails)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(share('a', fails, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
  expect(times).toBe(1)
})
