/** Messages on their way to a team conversation, sent one after another under ids of their own, so that trying again never posts twice. The rules are pure. */
import type { BodyOf } from '#contract/endpoint.ts'
import type { postTeamMessage } from '#contract/messages/team.ts'
import type { RequestError } from '../../lib/request-error.ts'

type Body = BodyOf<typeof postTeamMessage>

export interface Outgoing {
  /** Of the message that it will be. */
  readonly id: string
  readonly body: Omit<Body, 'id'>
  /** Names of the files that go with it, to show meanwhile. */
  readonly fileNames: readonly string[]
  /** `refused`: the server has said no, and nothing happens until the person does something. */
  readonly state: 'waiting' | 'refused'
  readonly error: RequestError | null
}

export type Outbox = readonly Outgoing[]

export const withOutgoing = (box: Outbox, post: Pick<Outgoing, 'id' | 'body' | 'fileNames'>): Outbox => [
  ...box,
  { ...post, state: 'waiting', error: null },
]

/** The server could not be asked or did not know: it will be tried again, and this is why it has not arrived. */
export const withDelay = (box: Outbox, id: string, error: RequestError): Outbox =>
  box.map((post) => (post.id === id ? { ...post, error } : post))

export const withRefusal = (box: Outbox, id: string, error: RequestError): Outbox =>
  box.map((post) => (post.id === id ? { ...post, state: 'refused', error } : post))

/** Everything is tried again, in its order. */
export const withRetry = (box: Outbox, id: string): Outbox =>
  box.map((post) => (post.id === id ? { ...post, state: 'waiting', error: null } : post))

/** It is a message now, or was taken back. */
export const without = (box: Outbox, id: string): Outbox => box.filter((post) => post.id !== id)

/** What goes next: the first one that was not refused. */
export const nextOf = (box: Outbox): Outgoing | null => box.find(({ state }) => state === 'waiting') ?? null

export const toSaved = (box: Outbox): string =>
  JSON.stringify(box.map(({ id, body, fileNames }) => ({ id, body, fileNames })))

/** What was saved, as it can be sent again; anything else is nothing. */
export const fromSaved = (saved: string | null): Outbox => {
  try {
    const read: unknown = JSON.parse(saved ?? '[]')
    if (!Array.isArray(read)) return []
    return read
      .filter((post) => typeof post?.id === 'string' && typeof post?.body?.content === 'string')
      .map((post) => ({ ...post, fileNames: post.fileNames ?? [], state: 'waiting', error: null }))
  } catch {
    return []
  }
}
