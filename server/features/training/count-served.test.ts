/** What is served is counted by person and day, and no count is lost while the database is away. */
import { expect, it } from 'vitest'
import { makeServedCounter } from './count-served.ts'
import type { Served } from './log-store.ts'

const openCounter = () => {
  const written: Served[][] = []
  let now = new Date('2026-03-01T23:59:59.000Z')
  let isAway = false
  const counter = makeServedCounter({
    store: {
      async addServed(served) {
        if (isAway) throw new Error('away')
        written.push([...served])
      },
    },
    clock: { now: () => now },
    onError: () => {},
  })
  return {
    counter,
    written,
    goTo: (time: string) => void (now = new Date(time)),
    setAway: (value: boolean) => void (isAway = value),
  }
}

it('writes one sum for each person and day', async () => {
  const { counter, written, goTo } = openCounter()
  counter.note('ada', 100)
  counter.note('ada', 20)
  counter.note('bea', 7)
  goTo('2026-03-02T00:00:00.000Z')
  counter.note('ada', 3)
  await counter.flush()
  expect(written).toEqual([
    [
      { ownerId: 'ada', day: '2026-03-01', bytes: 120 },
      { ownerId: 'bea', day: '2026-03-01', bytes: 7 },
      { ownerId: 'ada', day: '2026-03-02', bytes: 3 },
    ],
  ])
})

it('asks nothing of the database where nothing was served', async () => {
  const { counter, written } = openCounter()
  await counter.flush()
  await counter.close()
  expect(written).toEqual([])
})

it('keeps what could not be written, together with what comes', async () => {
  const { counter, written, setAway } = openCounter()
  setAway(true)
  counter.note('ada', 100)
  await expect(counter.flush()).rejects.toThrow('away')
  counter.note('ada', 1)
  setAway(false)
  await counter.close()
  expect(written).toEqual([[{ ownerId: 'ada', day: '2026-03-01', bytes: 101 }]])
})
