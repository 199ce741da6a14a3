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
