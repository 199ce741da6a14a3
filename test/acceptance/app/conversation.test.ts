import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEvents, startTestServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

test('a newcomer talks with the demo model and finds the reply again', async () => {
  const person = await server.newPerson()
  const started = await person.request('POST', '/api/app/conversations', { content: 'Hello', model: 'demo' })
  expect(started.status).toBe(201)
  const { id } = started.body.conversation
  const events = await openEvents(`${server.url}/api/app/conversations/${id}/events?lastEventId=0.end`, {
    authorization: `Bearer ${person.token}`,
  })
  const end = await events.next((data) => data.type === 'reply-ended')
  events.stop()
  const streamed = events.seen
    .filter(({ data }) => data.type === 'text-delta')
    .map(({ data }) => data.text)
    .join('')
  expect(end.data.message.content).toBe(streamed)
  const { body } = await person.request('GET', `/api/app/conversations/${id}/messages`)
  expect(body.data.map((message: any) => message.role)).toEqual(['assistant', 'user'])
  expect(body.data[0].content).toBe(streamed)
  expect(server.problems).toEqual([])
})
