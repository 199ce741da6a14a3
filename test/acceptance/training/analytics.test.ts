/** GET /api/training/analytics: what the log adds up to, day by day of UTC. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertRow } from '#test/support/seeds.ts'
import type { TestPerson } from '#test/support/server.ts'
import { openTrainingWorld, trainingFailure, type TrainingWorld } from './world.ts'

const FILE = 'x'.repeat(1_000)
const PATH = '/api/training/analytics'

let world: TrainingWorld
beforeAll(async () => {
  world = await openTrainingWorld()
})
afterAll(() => world.close())

const line = (person: TestPerson, at: string, row: Record<string, unknown> = {}) =>
  insertRow(world.server.database.owner, 'training_log', {
    log_id: randomUUID(),
    owner_id: person.id,
    at: new Date(at),
    action: 'download',
    ...row,
  })

describe('analytics', () => {
  it('counts by day, from the first moment of it to the last, and also the days without anything', async () => {
    const person = await world.server.newPerson()
    const { id } = await world.seedConversation(person, { columns: { title: 'Debts' } })
    const gone = randomUUID()
    await line(person, '2026-03-01T00:00:00.000Z', { bytes: 100, conversation_id: id })
    await line(person, '2026-03-01T23:59:59.999Z', { bytes: 20, conversation_id: id, action: 'download_raw' })
    await line(person, '2026-03-01T12:00:00.000Z', { error_code: 'training.no_file', conversation_id: id })
    await line(person, '2026-03-03T12:00:00.000Z', { action: 'export' })
    await line(person, '2026-03-03T12:00:01.000Z', { action: 'download_export', bytes: 5_000 })
    await line(person, '2026-03-03T12:00:02.000Z', { action: 'export', error_code: 'server.internal' })
    await line(person, '2026-03-03T12:00:03.000Z', { bytes: 7, conversation_id: gone })
    // Neither of the range, nor a download, nor this person's.
    await line(person, '2026-02-28T23:59:59.999Z', { bytes: 1 })
    await line(person, '2026-03-04T00:00:00.000Z', { bytes: 1 })
    await line(person, '2026-03-02T12:00:00.000Z', { action: 'approve', conversation_id: id })
    await line(world.stranger, '2026-03-02T12:00:00.000Z', { bytes: 1 })
    const { status, body } = await person.request('GET', `${PATH}?from=2026-03-01&to=2026-03-03`)
    const day = (date: string, downloads = 0, failures = 0, exports = 0, bytes_linked = 0) => ({
      date,
      downloads,
      failures,
      exports,
      bytes_linked,
      bytes_served: 0,
    })
    expect([status, body]).toEqual([
      200,
      {
        from: '2026-03-01',
        to: '2026-03-03',
        totals: { downloads: 4, failures: 2, exports: 1, bytes_linked: 5_127, bytes_served: 0 },
        days: [day('2026-03-01', 2, 1, 0, 120), day('2026-03-02'), day('2026-03-03', 2, 1, 1, 5_007)],
        failures: [
          { error: 'server.internal', count: 1 },
          { error: 'training.no_file', count: 1 },
        ],
        top_conversations: [
          { conversation_id: id, title: 'Debts', downloads: 2 },
          { conversation_id: gone, title: null, downloads: 1 },
        ],
      },
    ])
  })

  it('tells what links were given out for from what was really served', async () => {
    const person = await world.server.newPerson()
    const { id } = await world.seedConversation(person, { file: FILE, raw: FILE })
    const links = await Promise.all(
      ['final', 'raw'].map(async (type) => {
        const { body } = await person.request('GET', `/api/conversations/${id}/download?type=${type}`)
        const { pathname, search } = new URL(body.download_url)
        return world.server.url + pathname + search
      }),
    )
    await (await fetch(links[0]!)).text()
    await (await fetch(links[0]!, { headers: { range: 'bytes=0-99' } })).text()
    await (await fetch(links[1]!)).text()
    await fetch(links[1]!, { method: 'HEAD' })
    const { body } = await person.request('GET', PATH)
    expect(body.totals).toEqual({
      downloads: 2,
      failures: 0,
      exports: 0,
      bytes_linked: 2_000,
      bytes_served: 2_100,
    })
    expect(body.days).toHaveLength(30)
    expect(body.days.at(-1)).toMatchObject({
      date: world.server.clock.now().toISOString().slice(0, 10),
      bytes_served: 2_100,
    })
  })

  it('adds to what was served before', async () => {
    const person = await world.server.newPerson()
    const { id } = await world.seedConversation(person, { file: FILE })
    const served = async () => (await person.request('GET', PATH)).body.totals.bytes_served
    for (const expected of [1_000, 2_000]) {
      const { body } = await person.request('GET', `/api/conversations/${id}/download`)
      const { pathname, search } = new URL(body.download_url)
      await (await fetch(world.server.url + pathname + search)).text()
      expect(await served()).toBe(expected)
    }
  })

  it('shows ten conversations, the most downloaded first', async () => {
    const person = await world.server.newPerson()
    for (let rank = 1; rank <= 12; rank++) {
      const conversation_id = randomUUID()
      for (let round = 0; round < rank; round++) await line(person, '2026-03-01T12:00:00.000Z', { conversation_id })
    }
    const { body } = await person.request('GET', `${PATH}?from=2026-03-01&to=2026-03-01`)
    expect(body.top_conversations.map(({ downloads }: { downloads: number }) => downloads)).toEqual([
      12, 11, 10, 9, 8, 7, 6, 5, 4, 3,
    ])
  })

  it('covers 400 days at most, and no days backwards', async () => {
    const person = world.ada
    expect((await person.request('GET', `${PATH}?from=2025-02-06&to=2026-03-12`)).body.days).toHaveLength(400)
    for (const query of [
      'from=2025-02-05&to=2026-03-12',
      'from=2026-03-02&to=2026-03-01',
      'from=0001-01-01',
      'from=2026-02-30',
      'to=soon',
      'from=2026-03-01T00:00:00Z',
      'days=3',
    ])
      trainingFailure(await person.request('GET', `${PATH}?${query}`), 400, 'Invalid request')
  })

  it('is a person’s own', async () => {
    expect((await fetch(world.server.url + PATH)).status).toBe(401)
    const { body } = await (await world.server.newPerson()).request('GET', PATH)
    expect(body.totals).toEqual({ downloads: 0, failures: 0, exports: 0, bytes_linked: 0, bytes_served: 0 })
    expect(body.top_conversations).toEqual([])
  })
})
