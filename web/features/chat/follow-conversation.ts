/** Follows a conversation's stream while it is open: events into the reducer, at most once a frame; what the reducer asks for is fetched. */
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useReducer, useRef } from 'react'
import type { Reply, StreamEvent } from '#contract/app/index.ts'
import { toAddress } from '../../lib/client.ts'
import { follow } from '../../lib/event-source.ts'
import { reportSilence } from '../../lib/reachability.ts'
import { changeConversation } from '../conversations/list-conversations.ts'
import { readConversation } from '../conversations/read-conversation.ts'
import { addMessage } from './list-messages.ts'
import { isWriting, noStream, replyStream, type ReplyStream, type StreamAction } from './reply-stream.ts'

const RETRY_AFTER = 3000
/** Where no frames are painted (a tab in the background), how often the state moves on, in milliseconds. */
const HIDDEN_TICK = 250

const replayed = (state: ReplyStream, actions: readonly StreamAction[]) => actions.reduce(replyStream, state)

/** A read that is under way may have been answered before what there is to learn now: it does not count. */
const readAgain = async (queries: QueryClient, id: string) => {
  const read = readConversation(queries, id)
  await queries.cancelQueries({ queryKey: read.queryKey, exact: true })
  await queries.fetchQuery({ ...read, staleTime: 0 })
}

/** Collects actions and hands them on together, once a frame. */
const useBatched = (onBatch: (actions: StreamAction[]) => void) => {
  const queue = useRef<StreamAction[]>([])
  const scheduled = useRef<(() => void) | null>(null)
  useEffect(
    () => () => {
      scheduled.current?.()
      scheduled.current = null
      queue.current = []
    },
    [],
  )
  return (action: StreamAction) => {
    queue.current.push(action)
    if (scheduled.current) return
    const flush = () => {
      scheduled.current = null
      const actions = queue.current
      queue.current = []
      onBatch(actions)
    }
    if (document.hidden) {
      const timer = setTimeout(flush, HIDDEN_TICK)
      scheduled.current = () => clearTimeout(timer)
    } else {
      const frame = requestAnimationFrame(flush)
      scheduled.current = () => cancelAnimationFrame(frame)
    }
  }
}

/**
 * @returns the stream's state, and how to tell it of a reply that this page has asked for. Give the component that calls
 * this a `key` of the conversation's id: one stream follows one conversation.
 */
export const useFollowedConversation = (id: string) => {
  const queries = useQueryClient()
  const [stream, apply] = useReducer(replayed, noStream)
  const push = useBatched(apply)
  const pushRef = useRef(push)
  pushRef.current = push
  const connection = useRef<ReturnType<typeof follow> | null>(null)

  useEffect(() => {
    const opened = follow<StreamEvent>({
      address: toAddress('/api/app/conversations/{id}/events', { id }),
      onEvent: (event) => {
        if (event.type === 'reply-ended' && event.message) addMessage(queries, event.message)
        if (event.type === 'reply-started') changeConversation(queries, id, { isReplying: true })
        if (event.type === 'reply-ended') changeConversation(queries, id, { isReplying: false })
        pushRef.current(event)
      },
      onDisconnected: () => {
        pushRef.current({ type: 'disconnected' })
        if (!document.hidden) reportSilence()
      },
      // The stream itself does not say why. Reading the conversation does: signed out, gone, or just away.
      onRefused: (retryIn) => {
        queries
          .fetchQuery({ ...readConversation(queries, id), staleTime: 0, retry: false })
          .then(() => retryIn(RETRY_AFTER))
          .catch((error: { status?: number }) => {
            if (error.status !== 401 && error.status !== 404) retryIn(RETRY_AFTER)
          })
      },
    })
    connection.current = opened
    return () => opened.close()
  }, [id, queries])

  useEffect(() => {
    if (stream.resyncs > 0) connection.current?.restart()
  }, [stream.resyncs])

  useEffect(() => {
    if (stream.rereads === 0) return
    void readAgain(queries, id).catch(() => {
      // Its page shows the error of this query.
    })
  }, [stream.rereads, id, queries])

  return { stream, know: (reply: Reply) => push({ type: 'reply-known', reply }) }
}

export const isReplying = (stream: ReplyStream): boolean => stream.latest !== null && isWriting(stream.latest.reply)
