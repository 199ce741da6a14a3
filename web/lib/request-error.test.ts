import { describe, expect, it } from 'vitest'
import { asRequestError, RequestError, toRequestError, unreachable } from './request-error.ts'

describe('a refused request', () => {
  it('of the app surface keeps code, sentence, fields and whether to try again', () => {
    const error = toRequestError(400, {
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'Some values in the request are not valid.',
      code: 'request.invalid',
      retryable: false,
      requestId: 'r1',
      errors: [{ field: 'content', message: 'must not be empty' }],
    })
    expect(error).toMatchObject({
      status: 400,
      code: 'request.invalid',
      message: 'Some values in the request are not valid.',
      retryable: false,
      fields: [{ field: 'content', message: 'must not be empty' }],
    })
  })

  it('of the conversations surface is the same error, with a code made from its status', () => {
    const error = toRequestError(402, { statusCode: 402, message: 'The model provider rejected the API key.' })
    expect(error).toMatchObject({
      status: 402,
      code: 'http.402',
      message: 'The model provider rejected the API key.',
      retryable: false,
      fields: [],
    })
    const fields = [{ field: 'password', message: 'must be at least 8 characters' }]
    expect(toRequestError(400, { statusCode: 400, message: 'Invalid', errors: fields }).fields).toEqual(fields)
  })

  it('of the messages surface keeps its sentence', () => {
    const detail = 'The file is larger than the server accepts.'
    const problem = {
      type: 'https://api.example.com/problems/too-large',
      title: 'Content Too Large',
      status: 413,
      detail,
    }
    expect(toRequestError(413, problem)).toMatchObject({
      status: 413,
      code: 'http.413',
      message: detail,
      retryable: false,
    })
  })

  it('of the conversion surface keeps its name and its sentence', () => {
    const body = { success: false, data: { error: 'FileValidationError', message: 'The file is empty.' } }
    expect(toRequestError(400, body)).toMatchObject({
      status: 400,
      code: 'FileValidationError',
      message: 'The file is empty.',
      retryable: false,
    })
  })

  it('of the training surface keeps its sentence, and what it says further', () => {
    const body = {
      error: 'Invalid request',
      message: 'The request is not valid.',
      details: 'tier must be one of three',
    }
    expect(toRequestError(400, body)).toMatchObject({
      status: 400,
      code: 'http.400',
      message: 'The request is not valid. tier must be one of three',
      retryable: false,
    })
  })

  it.each([
    ['12', 12],
    ['0', 0],
    [null, null],
    ['Sat, 21 Nov 2026 10:00:00 GMT', null],
    ['-1', null],
  ])('with Retry-After %s says when it would be heard again: %s', (header, seconds) => {
    expect(toRequestError(429, undefined, header).retryAfter).toBe(seconds)
  })

  it.each([
    [429, true],
    [500, true],
    [502, true],
    [400, false],
    [404, false],
    [409, false],
  ])('with status %i and no word about it may pass: %s', (status, retryable) => {
    expect(toRequestError(status, { statusCode: status, message: '' }).retryable).toBe(retryable)
  })

  it.each([undefined, null, '<html>', 7, [], {}, { detail: 1 }, { code: 'x' }])(
    'with a body that is neither shape has no sentence: %j',
    (body) => {
      expect(toRequestError(502, body)).toMatchObject({ status: 502, code: 'http.502', message: '', retryable: true })
    },
  )
})

describe('anything else that goes wrong', () => {
  it('is an error of the page, and a server that is away is one that may pass', () => {
    expect(asRequestError(new TypeError('x is not a function'))).toMatchObject({
      code: 'page',
      status: 0,
      retryable: false,
    })
    expect(unreachable()).toMatchObject({ code: 'network', status: 0, retryable: true })
    const error = new RequestError(404, 'a', 'b', false)
    expect(asRequestError(error)).toBe(error)
  })
})
