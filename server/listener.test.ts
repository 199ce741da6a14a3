import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Listener, makeListener } from './listener.ts'

let listener: Listener
let url: string

beforeEach(async () => {
  listener = makeListener()
  url = `http://127.0.0.1:${await listener.listen('127.0.0.1', 0)}`
})
afterEach(async () => {
  listener.server.closeAllConnections()
  await new Promise((resolve) => listener.server.close(resolve))
})

test.each(['/health', '/', '/api/conversations'])('before the server is ready %s is 503 with JSON', async (path) => {
  listener.use((_request, response) => response.end('too early'))
  const response = await fetch(url + path)
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
  expect(await response.json()).toEqual({ status: 'starting', message: 'The server is starting. Please try again.' })
})

test('once it is ready requests are served', async () => {
  listener.use((_request, response) => response.end('served'))
  listener.open()
  const response = await fetch(url)
  expect([response.status, await response.text(), listener.isServing]).toEqual([200, 'served', true])
})

test('a port that is taken is told in one line that says what to do', async () => {
  const port = Number(new URL(url).port)
  await expect(makeListener().listen('127.0.0.1', port)).rejects.toThrow(
    `PORT ${port} on 127.0.0.1 is taken by another program. Stop it, or choose another PORT.`,
  )
})

test('a head may take twenty seconds to come, and a whole request a minute', () => {
  const { headersTimeout, requestTimeout } = listener.server
  expect({ headersTimeout, requestTimeout }).toEqual({ headersTimeout: 20_000, requestTimeout: 60_000 })
})
