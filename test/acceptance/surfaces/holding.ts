/** Holds answers to the contract: status, content type and a body that its strict schema accepts. It knows no server. */
import { expect } from 'vitest'
import { failure as seed4Failure } from '#contract/conversations/index.ts'
import { problem as appProblem } from '#contract/app/index.ts'
import type { Endpoint, ReplyOf } from '#contract/endpoint.ts'
import { problem as seed1Problem } from '#contract/messages/index.ts'
import type { Answer } from '#test/support/server.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** Holds the status; where it is another, the body says why. */
export const expectStatus = (answer: Answer, status: number): void => {
  const { body } = answer
  expect({ status: answer.status, ...(answer.status === status ? {} : { body }) }).toEqual({ status })
}

/** The body of an answer that must be the endpoint's success. */
export const success = <E extends Endpoint<any, any, any, any>>(endpoint: E, answer: Answer): ReplyOf<E> => {
  expectStatus(answer, endpoint.reply.status)
  if (endpoint.reply.body === undefined) {
    expect(answer.body).toBeUndefined()
    return undefined as ReplyOf<E>
  }
  expect(answer.headers.get('content-type')).toBe(JSON_TYPE)
  return endpoint.reply.body.parse(answer.body) as ReplyOf<E>
}

const failing = (answer: Answer, status: number, type: string): void => {
  expectStatus(answer, status)
  expect(answer.headers.get('content-type')).toBe(type)
}

/** The body of a failure on seed 4's surface. */
export const failure = (answer: Answer, status: number, message?: string) => {
  failing(answer, status, JSON_TYPE)
  const body = seed4Failure.parse(answer.body)
  expect(body.statusCode).toBe(status)
  if (message !== undefined) expect(body.message).toBe(message)
  return body
}

/** The fields that a refusal of seed 4's surface complains about. */
export const refusedFields = (answer: Answer, message: string): string[] =>
  failure(answer, 400, message).errors?.map(({ field }) => field) ?? []

/** The problem details of a failure on seed 1's surface. */
export const seed1Failure = (answer: Answer, status: number) => {
  failing(answer, status, PROBLEM_TYPE)
  const body = seed1Problem.parse(answer.body)
  expect(body.status).toBe(status)
  return body
}

/** The problem details of a failure on the web app's surface; `code` is the one of the error catalogue. */
export const appFailure = (answer: Answer, status: number, code: string) => {
  failing(answer, status, PROBLEM_TYPE)
  const body = appProblem.parse(answer.body)
  expect([body.status, body.code]).toEqual([status, code])
  expect(body.requestId).toBe(answer.headers.get('x-request-id'))
  return body
}
