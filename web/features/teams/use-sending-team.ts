/** Sends what people write in team conversations: one message after another, under ids that stay, until the server has them; over lost connections and reloads. */
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { newId } from '../../lib/new-id.ts'
import { onReachable } from '../../lib/reachability.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { readSaved, save } from '../../lib/saved.ts'
import { createStore, useStore } from '../../lib/store.ts'
import { useMe } from '../account/read-me.ts'
import { keepMessage } from './keep-message.ts'
import {
  fromSaved,
  nextOf,
  toSaved,
  withDelay,
  without,
  withOutgoing,
  withRefusal,
  withRetry,
  type Outbox,
  type Outgoing,
} from './outbox.ts'
import { postTeamMessage } from './post-team-message.ts'
import { changeTeam } from './read-team.ts'
import { withNews } from './team-pages.ts'

/** How long a server that could not answer is left alone, in milliseconds. */
const RETRY_AFTER = 4000

const empty: Outbox = []
const boxes = createStore<Readonly<Record<string, Outbox>>>({})

const boxKey = (personId: string, conversationId: string) => `person.${personId}.outbox.${conversationId}`

const boxOf = (key: string): Outbox => boxes.get()[key] ?? empty

const change = (key: string, how: (box: Outbox) => Outbox) => {
  boxes.set((present) => ({ ...present, [key]: how(present[key] ?? empty) }))
  const box = boxOf(key)
  save(key, box.length === 0 ? null : toSaved(box))
}

/** Boxes whose messages are on their way. */
const running = new Set<string>()

const timers = new Map<string, ReturnType<typeof setTimeout>>()

const later = (key: string, task: () => void) => {
  clearTimeout(timers.get(key))
  timers.set(key, setTimeout(task, RETRY_AFTER))
}

/** Whether the server has looked at the message and said no; anything else may pass. */
const isRefusal = (error: { readonly status: number; readonly retryable: boolean }) =>
  error.status >= 400 && error.status < 500 && !error.retryable && error.status !== 401

const deliver = async (queries: QueryClient, personId: string, conversationId: string): Promise<void> => {
  const key = boxKey(personId, conversationId)
  if (running.has(key)) return
  running.add(key)
  try {
    for (let post = nextOf(boxOf(key)); post; post = nextOf(boxOf(key))) {
      const { id, body } = post
      try {
        const message = await postTeamMessage(conversationId, { ...body, id })
        keepMessage(queries, message)
        changeTeam(queries, conversationId, (team) => withNews(team, message, { own: true, mentioned: false }))
        change(key, (box) => without(box, id))
      } catch (thrown) {
        const error = asRequestError(thrown)
        if (isRefusal(error)) change(key, (box) => withRefusal(box, id, error))
        else {
          change(key, (box) => withDelay(box, id, error))
          // A hiccup of the network ends without anybody being told that it was one.
          if (error.status !== 401) later(key, () => void deliver(queries, personId, conversationId))
          return
        }
      }
    }
  } finally {
    running.delete(key)
  }
}

/** `threadId`: the thread whose messages are wanted; null: those of the timeline. */
export const useTeamSending = (conversationId: string, threadId: string | null) => {
  const queries = useQueryClient()
  const me = useMe()
  const key = boxKey(me.id, conversationId)
  const box = useStore(boxes)[key] ?? empty

  useEffect(() => {
    // What a page before this one could not send.
    if (boxes.get()[key] === undefined) boxes.set((present) => ({ ...present, [key]: fromSaved(readSaved(key)) }))
    const goOn = () => void deliver(queries, me.id, conversationId)
    goOn()
    return onReachable(goOn)
  }, [key, queries, me.id, conversationId])

  return {
    outbox: box.filter(({ body }) => (body.threadId ?? null) === threadId),
    send: (body: Outgoing['body'], fileNames: readonly string[]) => {
      change(key, (present) => withOutgoing(present, { id: newId(), body, fileNames }))
      void deliver(queries, me.id, conversationId)
    },
    retry: (post: Outgoing) => {
      change(key, (present) => withRetry(present, post.id))
      void deliver(queries, me.id, conversationId)
    },
    takeBack: (post: Outgoing) => change(key, (present) => without(present, post.id)),
  }
}
