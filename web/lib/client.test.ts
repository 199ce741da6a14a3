import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { deleteConversation, login } from '#contract/conversations/index.ts'
import type { createConversation, listConversations, readMe } from '#contract/app/index.ts'
import { onSignedOut, request, toAddress } from './client.ts'

const answer = (status: number, body?: unknown) =>
  new Response(body === undefined ? null : JSON.stringify(body), { status })

const signedOut = vi.fn()
const fetched = vi.fn<typeof fetch>()

beforeEach(() => {
  signedOut.mockReset()
  fetched.mockReset()
  onSignedOut(signedOut)
  vi.stubGlobal('fetch', fetched)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('an address', () => {
  it('is the contract’s path with its braces filled and the query that was given', () => {
    expect(toAddress('/api/app/conversations/{id}/messages', { id: 'a b/c' }, { limit: 50, before: undefined })).toBe(
      '/api/app/conversations/a%20b%2Fc/messages?limit=50',
    )
    expect(toAddress('/api/app/me')).toBe('/api/app/me')
  })

  it('repeats the name of a value that is a list', () => {
    expect(toAddress('/files', {}, { type: ['pdf', 'word'], sender: [] })).toBe('/files?type=pdf&type=word')
  })
})

describe('a request', () => {
  it('sends its body as JSON and hands back the answer', async () => {
    fetched.mockResolvedValueOnce(answer(201, { conversation: { id: 'c' } }))
    const body = { content: 'Hi', model: 'demo' }
    const made = await request<typeof createConversation>({ method: 'POST', path: '/api/app/conversations', body })
    expect(made).toEqual({ conversation: { id: 'c' } })
    expect(fetched.mock.lastCall).toMatchObject([
      '/api/app/conversations',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"content":"Hi","model":"demo"}' },
    ])
  })

  it('takes an empty answer for what it is', async () => {
    fetched.mockResolvedValueOnce(answer(204))
    const sent = request<typeof deleteConversation>({
      method: 'DELETE',
      path: '/api/conversations/{id}',
      params: { id: 'c' },
      keepalive: true,
    })
    await expect(sent).resolves.toBeUndefined()
    expect(fetched.mock.lastCall).toMatchObject(['/api/conversations/c', { method: 'DELETE', keepalive: true }])
  })

  it('that is refused throws what the server said', async () => {
    fetched.mockResolvedValueOnce(answer(404, { statusCode: 404, message: 'Conversation not found' }))
    const sent = request<typeof listConversations>({ method: 'GET', path: '/api/app/conversations' })
    await expect(sent).rejects.toMatchObject({ status: 404, message: 'Conversation not found' })
    expect(signedOut).not.toHaveBeenCalled()
  })

  it('that finds nobody signed in says so, once for the whole page', async () => {
    fetched.mockResolvedValueOnce(answer(401, { statusCode: 401, message: 'Please sign in.' }))
    await expect(request<typeof readMe>({ method: 'GET', path: '/api/app/me' })).rejects.toMatchObject({ status: 401 })
    expect(signedOut).toHaveBeenCalledTimes(1)
  })

  it('with a wrong password does not end a session', async () => {
    fetched.mockResolvedValueOnce(answer(401, { statusCode: 401, message: 'Invalid email or password' }))
    const body = { email: 'a@b.example', password: 'x' }
    const sent = request<typeof login>({ method: 'POST', path: '/api/auth/login', body, keepsSession: true })
    await expect(sent).rejects.toMatchObject({ status: 401 })
    expect(signedOut).not.toHaveBeenCalled()
  })

  it('that nobody answers is unreachable, and may be tried again', async () => {
    // The first call is the request; the second asks whether the server is there, and it is again.
    fetched.mockRejectedValueOnce(new TypeError('Failed to fetch')).mockResolvedValueOnce(answer(200, {}))
    const sent = request<typeof readMe>({ method: 'GET', path: '/api/app/me' })
    await expect(sent).rejects.toMatchObject({ status: 0, code: 'network', retryable: true })
  })

  it('that was called off is no failure of the server', async () => {
    const stop = new AbortController()
    stop.abort()
    fetched.mockRejectedValueOnce(new DOMException('Aborted', 'AbortError'))
    const sent = request<typeof readMe>({ method: 'GET', path: '/api/app/me', signal: stop.signal })
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' })
    expect(fetched).toHaveBeenCalledTimes(1)
  })
})
