/** What an endpoint promises, as data: the server's routes, the OpenAPI document, the web client and the tests read it. */
import type { z } from 'zod'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Who may call: anybody, or somebody signed in. */
export type Access = 'public' | 'person'

export interface Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
> {
  readonly method: Method
  /** With `{braces}` for parameters, as OpenAPI writes them. */
  readonly path: string
  /** One line that a person reads in the reference. */
  readonly summary: string
  readonly access: Access
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  /** Instead of a body: `multipart/form-data` with files in parts of this name, which the handler reads as they come. */
  readonly parts?: string
  /** Fields of a form beside its one file. */
  readonly fields?: z.ZodObject
  /** Instead of a body: bytes of this media type, which the handler reads as they come. */
  readonly bytes?: string
  /** Headers that it reads besides those that all endpoints do, by their names in lower case. */
  readonly headers?: z.ZodObject
  /**
   * Status and body of success. No `body`: the answer is empty. `stream`: server-sent events, one `body` in each.
   * `bytes`: a file, of whatever type it is, or a range of it. `once`: asking spends it, so that its head can't be asked for.
   */
  readonly reply: {
    readonly status: number
    readonly body?: Reply
    readonly stream?: boolean
    readonly bytes?: boolean
    readonly once?: boolean
  }
  /** The failures that this endpoint is known for, as statuses. 401, 500 and 503 go without saying. */
  readonly failures: readonly number[]
}

/** Declares an endpoint; exists so that TypeScript keeps the exact schema types. */
export const endpoint = <
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Reply extends z.ZodType = z.ZodUndefined,
>(
  definition: Endpoint<Params, Query, Body, Reply>,
): Endpoint<Params, Query, Body, Reply> => definition

export type ParamsOf<E> = E extends Endpoint<infer P, any, any, any> ? z.output<P> : never
export type QueryOf<E> = E extends Endpoint<any, infer Q, any, any> ? z.output<Q> : never
export type QueryInputOf<E> = E extends Endpoint<any, infer Q, any, any> ? z.input<Q> : never
export type BodyOf<E> = E extends Endpoint<any, any, infer B, any> ? z.output<B> : never
export type ReplyOf<E> = E extends Endpoint<any, any, any, infer R> ? z.output<R> : never
