/** An open conversation: everything its page shows, and everything that can be done in it. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../lib/announce.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { localId } from '../../lib/local-id.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { showToast } from '../../ui/toast.tsx'
import { useMe } from '../account/read-me.ts'
import { showConversation } from '../conversations/list-conversations.ts'
import { readConversation } from '../conversations/read-conversation.ts'
import { modelName } from '../models/choose-model.ts'
import { useModel } from '../models/use-model.ts'
import { conversationRows, messagesLag } from './conversation-rows.ts'
import { dropUnsent, keepUnsent } from './drafts.ts'
import { isReplying, useFollowedConversation } from './follow-conversation.ts'
import { addMessage, listMessages, loadOlder } from './list-messages.ts'
import {
  changeOutbox,
  isSending,
  useOutbox,
  withFailure,
  withOutgoing,
  without,
  withRetry,
  type Outgoing,
} from './outbox.ts'
import { postMessage } from './post-message.ts'
import type { LiveReply } from './reply-stream.ts'
import { retryReply } from './retry-reply.ts'
import { stopReply } from './stop-reply.ts'

export const useConversation = (id: string) => {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const me = useMe()
  const { model, groups } = useModel()
  const read = useQuery(readConversation(queries, id))
  const loaded = useQuery(listMessages(queries, id))
  const outbox = useOutbox(id)
  const { stream, know } = useFollowedConversation(id)
  const [asking, setAsking] = useState(false)
  const [stopping, setStopping] = useState(false)

  const knownReply = read.data?.latestReply
  const knowRef = useRef(know)
  knowRef.current = know
  useEffect(() => {
    if (knownReply) knowRef.current(knownReply)
  }, [knownReply])

  const messages = loaded.data?.messages
  const { latest } = stream
  useReadLaggingMessages(id, messages ? messagesLag(messages, latest) : null, isSending(outbox))
  const rows = useMemo(() => conversationRows(messages ?? [], outbox, latest), [messages, outbox, latest])
  const replying = isReplying(stream)

  useEffect(() => {
    if (!replying) setStopping(false)
  }, [replying])
  useAnnouncements(latest, (name) => modelName(groups, name))

  const deliver = async (post: Pick<Outgoing, 'localId' | 'content' | 'model'>) => {
    try {
      const made = await postMessage(id, { content: post.content, model: post.model })
      addMessage(queries, made.message)
      changeOutbox(id, (box) => without(box, post.localId))
      dropUnsent(me.id, id, post.content)
      showConversation(queries, made.conversation)
      know(made.reply)
    } catch (thrown) {
      changeOutbox(id, (box) => withFailure(box, post.localId, asRequestError(thrown)))
    }
  }

  return {
    conversation: read.data?.conversation,
    isLoading: loaded.isPending,
    error: loaded.error ?? read.error,
    isGone: [loaded.error, read.error].some(
      (error) => error !== null && [400, 404].includes(asRequestError(error).status),
    ),
    reload: () => {
      void loaded.refetch()
      void read.refetch()
    },
    rows,
    hasOlder: loaded.data?.hasOlder ?? false,
    loadOlder: () => loadOlder(queries, id),
    replying,
    stopping,
    asking,
    groups,
    isBusy: replying || isSending(outbox),

    send: (content: string, to: string) => {
      const post = { localId: localId(), content, model: to }
      keepUnsent(me.id, id, content)
      changeOutbox(id, (box) => withOutgoing(box, post.localId, content, to))
      void deliver(post)
    },
    resend: (post: Outgoing) => {
      const to = model?.id ?? post.model
      changeOutbox(id, (box) => withRetry(box, post.localId, to))
      void deliver({ ...post, model: to })
    },
    takeBack: (post: Outgoing) => {
      dropUnsent(me.id, id, post.content)
      changeOutbox(id, (box) => without(box, post.localId))
    },
    askAgain: async (fallbackModel: string) => {
      setAsking(true)
      try {
        know((await retryReply(id, model?.id ?? fallbackModel)).reply)
        // What the new reply takes the place of may be gone from the server.
        await queries.invalidateQueries({ queryKey: listMessages(queries, id).queryKey })
      } catch (thrown) {
        showToast({ text: `${t('chat.askAgainFailed')} ${errorText(t, thrown)}`, tone: 'danger' })
      } finally {
        setAsking(false)
      }
    },
    stop: async () => {
      setStopping(true)
      try {
        await stopReply(id)
      } catch (thrown) {
        setStopping(false)
        // Ended in the meantime: that is what was wanted.
        if (asRequestError(thrown).status !== 404) showToast({ text: errorText(t, thrown), tone: 'danger' })
        void read.refetch()
      }
    },
  }
}

/** Reads the newest messages again when they lag behind, once for each lag; not while a message of this page is on its way, which explains the lag. */
const useReadLaggingMessages = (id: string, lag: string | null, sending: boolean) => {
  const queries = useQueryClient()
  const asked = useRef(new Set<string>())
  useEffect(() => {
    if (lag === null || sending || asked.current.has(lag)) return
    asked.current.add(lag)
    void queries.invalidateQueries({ queryKey: listMessages(queries, id).queryKey })
  }, [lag, sending, id, queries])
}

/** Tells a screen reader that a reply has started and how it ended; never its words. */
const useAnnouncements = (latest: LiveReply | null, nameOf: (model: string) => string) => {
  const { t } = useTranslation()
  const status = latest?.reply.status
  const heard = useRef<string | null>(null)
  useEffect(() => {
    if (!latest || !status) return
    const writing = status === 'queued' || status === 'running'
    const known = heard.current
    heard.current = `${latest.reply.id} ${writing ? 'writing' : 'ended'}`
    if (heard.current === known) return
    if (writing) announce(t('chat.announceStarted', { model: nameOf(latest.reply.model) }))
    // The end of a reply that was over when the page opened is no news.
    else if (known === `${latest.reply.id} writing`) {
      announce(
        t(
          status === 'complete'
            ? 'chat.announceEnded'
            : status === 'failed'
              ? 'chat.announceFailed'
              : 'chat.announceStopped',
        ),
      )
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [latest?.reply.id, status])
}
