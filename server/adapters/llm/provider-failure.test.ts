/** Refusals as providers really word them, and what they mean. */
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOfStatus } from './provider-failure.ts'

const context = { provider: 'test', model: 'foo/bar', secrets: ['s3cr3t-key'] }
const failed = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  failureOfStatus(status, headers, typeof body === 'string' ? body : JSON.stringify(body), context)

describe('a refusal', () => {
  it.each([
    ['OpenRouter', 400, { error: { message: 'foo/bar is not a valid model ID', code: 400 } }],
    ['OpenRouter', 404, { error: { message: 'No endpoints found for foo/bar.', code: 404 } }],
    [
      'OpenAI',
      404,
      {
        error: {
          message: 'The model `x` does not exist or you do not have access to it.',
          type: 'invalid_request_error',
          code: 'model_not_found',
        },
      },
    ],
    ['Ollama', 404, { error: { message: 'model "x" not found, try pulling it first', type: 'api_error' } }],
    ['vLLM', 404, { object: 'error', message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 }],
    ['Mistral', 400, { object: 'error', message: 'Invalid model: x', type: 'invalid_model', code: '1500' }],
    ['Groq', 400, { error: { message: 'The model `x` has been decommissioned', code: 'model_decommissioned' } }],
    ['DeepSeek', 400, { error: { message: 'Model Not Exist', type: 'invalid_request_error' } }],
    ['Google', 404, [{ error: { code: 404, message: 'models/x is not found for API version v1main' } }]],
    ['FastAPI', 404, { detail: 'Model x not found' }],
    ['anybody who repeats the name', 404, { error: 'foo/bar?' }],
  ])('by %s of an unknown model (%i) is model.not_available', (_, status, body) => {
    expect(failed(status, body).code).toBe('model.not_available')
  })

  it.each([
    [
      'a prompt that is too long',
      400,
      { error: { message: "This model's maximum context length is 8192 tokens.", code: 'context_length_exceeded' } },
    ],
    [
      'a parameter',
      400,
      { error: { message: "Unsupported parameter: 'temperature' is not supported with this model." } },
    ],
    ['a wrong address', 404, '<html><h1>404 Not Found</h1></html>'],
    ['nothing', 400, ''],
    ['a failure of its own', 500, { error: { message: 'model not found' } }],
  ])('because of %s is model.failed', (_, status, body) => {
    expect(failed(status, body).code).toBe('model.failed')
  })

  it('of a key with status 400, as xAI and Google send it, is model.key_rejected', () => {
    expect(failed(400, { error: 'Incorrect API key provided: xa***yz.' }).code).toBe('model.key_rejected')
    expect(failed(400, [{ error: { message: 'API key not valid. Please pass a valid API key.' } }]).code).toBe(
      'model.key_rejected',
    )
  })

  it('of an empty account with status 429, as OpenAI sends it, is model.no_funds', () => {
    expect(failed(429, { error: { message: 'You exceeded your quota', code: 'insufficient_quota' } }).code).toBe(
      'model.no_funds',
    )
  })

  it.each([
    ['0', 0],
    ['12', 12],
    ['1.2', 2],
    ['999999999', 86_400],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
  ])('with Retry-After %j waits %s seconds', (header, seconds) => {
    expect(failed(429, {}, { 'retry-after': header }).retryAfterSeconds).toBe(seconds)
  })

  it('with a date in Retry-After waits until then', () => {
    const date = new Date(Date.now() + 60_000).toUTCString()
    const seconds = failed(429, {}, { 'retry-after': date }).retryAfterSeconds
    expect(seconds).toBeGreaterThan(55)
    expect(seconds).toBeLessThanOrEqual(60)
  })

  it('shows the key nowhere, whatever surrounds it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.constantFrom(400, 402, 403, 429, 500), (before, after, status) => {
        const error = failed(status, { error: { message: `${before}s3cr3t-key${after}` } })
        expect(inspect(error, { depth: 10 })).not.toContain('s3cr3t-key')
      }),
    )
  })

  it('of a key keeps nothing of the words, which may hold a part of it', () => {
    const error = failed(401, { error: { message: 'Incorrect API key provided: s3c****-key.' } })
    expect(inspect(error, { depth: 10 })).not.toMatch(/s3c|-key/)
  })

  it('is understood or called failed, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 300, max: 599 }), (body, status) => {
        expect(failed(status, body).code).toMatch(/^model\./)
      }),
    )
  })
})
