/** Turns an endpoint of the contract into a route: who is asking, is it well formed, then the use case, then the answer. */
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { BodyOf, Endpoint, ParamsOf, QueryOf, ReplyOf } from '#contract/endpoint.ts'
import type { Actor } from '#kernel/actor.ts'
import { AppError, type InputIssue } from '#kernel/errors.ts'
import type { Identify } from './identify.ts'

/** One valid call of an endpoint. */
export interface Call<E extends Endpoint> {
  /** Who is asking. On public endpoints it must not be read. */
  readonly actor: Actor
  readonly params: ParamsOf<E>
  readonly query: QueryOf<E>
  readonly body: BodyOf<E>
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export interface ServeOptions {
  readonly identify: Identify
  /** Wraps what a handler returns in the surface's envelope of success. */
  readonly present?: (data: unknown, request: FastifyRequest, status: number) => unknown
  /** Called with whoever was identified, before any body is read; may set headers, and fails to turn somebody away. */
  readonly admit?: (actor: Actor, reply: FastifyReply) => void
  /** Called on public endpoints, before any body is read: who may call those that know persons by something else. */
  readonly admitAnybody?: (endpoint: Endpoint, request: FastifyRequest, reply: FastifyReply) => Promise<void>
}

/** Registers endpoints of one surface. */
export type Serve = <E extends Endpoint<any, any, any, any>>(
  endpoint: E,
  handle: (call: Call<E>) => Promise<HandlerReply<E>>,
) => void

/** What the handler of an endpoint returns; a surface that wraps answers is given the inner data. */
type HandlerReply<E extends Endpoint> =
  ReplyOf<E> extends { success: true; data: infer Data } ? Data : ReplyOf<E> | void

/** Every endpoint that any surface serves, for `Allow`, the reference and the tests that walk all of them. */
export interface EndpointRegistry {
  add(endpoint: Endpoint): void
  readonly endpoints: readonly Endpoint[]
}

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor | null
  }
  interface FastifyInstance {
    endpointRegistry: EndpointRegistry
    /** Lets the body of a request take as long as files do. */
    giveTime(request: IncomingMessage): void
  }
}

/** Makes the registrar of a surface. Success bodies are not validated again: the acceptance tests hold them to the schema. */
export const serving =
  (server: FastifyInstance, { identify, present, admit, admitAnybody }: ServeOptions): Serve =>
  (endpoint, handle) => {
    server.endpointRegistry.add(endpoint)
    const { bytes = false, stream = false, once = false } = endpoint.reply
    server.route({
      // Bytes know how long they are before they are read: Fastify's own HEAD would read them all.
      method: bytes && !once ? [endpoint.method, 'HEAD'] : endpoint.method,
      url: endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      // The head of a stream would be a stream of nothing that never ends.
      exposeHeadRoute: endpoint.method === 'GET' && !stream && !bytes,
      // Before the body is read: a stranger's 50 MB are not worth parsing.
      onRequest: async (request, reply) => {
        if (endpoint.access === 'person') {
          request.actor = await identify(request)
          admit?.(request.actor, reply)
        } else await admitAnybody?.(endpoint, request, reply)
        if (endpoint.parts !== undefined || endpoint.bytes !== undefined) server.giveTime(request.raw)
      },
      handler: async (request, reply) => {
        const call = {
          actor: request.actor as Actor,
          ...validated(endpoint, request),
          request,
          reply,
        }
        const data = await handle(call as never)
        if (stream || bytes || reply.sent) return reply
        reply.code(endpoint.reply.status)
        if (endpoint.reply.body === undefined) return reply.send()
        return reply.send(present ? present(data, request, endpoint.reply.status) : data)
      },
    })
  }

const validated = (endpoint: Endpoint, request: FastifyRequest) => {
  const issues: InputIssue[] = []
  const read = (part: InputIssue['part'], schema: z.ZodType | undefined, value: unknown): unknown => {
    if (schema === undefined) return undefined
    // No body at all is an empty object; the body `null` is not.
    const result = schema.safeParse(value === undefined ? {} : value, { reportInput: true })
    if (result.success) return result.data
    for (const issue of result.error.issues) issues.push(...inputIssues(part, issue))
    return undefined
  }
  const parts = {
    params: read('params', endpoint.params, request.params),
    query: read('query', endpoint.query, request.query),
    headers: endpoint.headers && read('headers', endpoint.headers, headersOf(request)),
    body: read('body', endpoint.body, request.body),
  }
  if (issues.length > 0) throw new AppError('request.invalid', { issues })
  return parts
}

/** Once each as text; one that was sent twice is a list, which every schema refuses. */
const headersOf = ({ raw }: FastifyRequest) =>
  Object.fromEntries(
    Object.entries(raw.headersDistinct).map(([name, all = []]) => [name, all.length === 1 ? all[0] : all]),
  )

/** zod's issue in the words of the contract: `must be a string`, without the name of the field. */
const inputIssues = (part: InputIssue['part'], issue: z.core.$ZodIssue): InputIssue[] => {
  const path = issue.path.filter((step) => typeof step !== 'symbol')
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ part, path: [...path, key], rule: 'unknown', message: 'should not exist' }))
    case 'invalid_type': {
      const rule = issue.input === undefined ? 'missing' : 'type'
      return [{ part, path, rule, message: `must be ${withArticle(issue.expected)}` }]
    }
    case 'too_small':
      return [{ part, path, rule: 'too_small', message: issue.message }]
    case 'too_big':
      return [{ part, path, rule: 'too_big', message: issue.message }]
    case 'invalid_format':
      return [{ part, path, rule: 'format', message: issue.message }]
    case 'invalid_union':
      return unionIssues(part, issue)
    default:
      return [{ part, path, rule: 'other', message: issue.message }]
  }
}

const withArticle = (type: string): string =>
  ({ record: 'an object', object: 'an object', array: 'an array', int: 'an integer' })[type] ?? `a ${type}`

/** What is wrong with the form that was probably meant: the first that knows every key, else the first. */
const unionIssues = (part: InputIssue['part'], { errors, path }: z.core.$ZodIssueInvalidUnion): InputIssue[] => {
  const meant = errors.find((form) => form.every(({ code }) => code !== 'unrecognized_keys')) ?? errors[0] ?? []
  const issues = meant.flatMap((issue) => inputIssues(part, { ...issue, path: [...path, ...issue.path] }))
  if (issues.length > 0) return issues
  const at = path.filter((step) => typeof step !== 'symbol')
  return [{ part, path: at, rule: 'other', message: 'must have one of the allowed forms' }]
}
