/** An open conversation: everything its page shows, and everything that can be done in it. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../lib/announce.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { showToast } from '../../ui/toast.tsx'
import { showConversation } from '../conversations/list-conversations.ts'
import { readConversation } from '../conversations/read-conversation.ts'
import { modelName } from '../models/choose-model.ts'
import { useModel } from '../models/use-model.ts'
import { conversationRows, messagesLag } from './conversation-rows.ts'
import { isReplying, useFollowedConversation } from './follow-conversation.ts'
import { addMessage, listMessages, loadOlder } from './list-messages.ts'
import { postMessage } from './post-message.ts'
import type { LiveReply } from './reply-stream.ts'
import { retryReply } from './retry-reply.ts'
import { stopReply } from './stop-reply.ts'
import { useSending } from './use-sending.ts'

export const useConversation = (id: string) => {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const { model, groups } = useModel()
  const read = useQuery(readConversation(queries, id))
  const loaded = useQuery(listMessages(queries, id))
  const { stream, know } = useFollowedConversation(id)
  const sending = useSending(id, {
    deliver: (message) => postMessage(id, message),
    arrived: (made, leave) => {
      addMessage(queries, made.message)
      leave()
      showConversation(queries, made.conversation)
      know(made.reply)
    },
  })
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
  useReadLaggingMessages(id, messages ? messagesLag(messages, latest) : null, sending.isSending)
  const { outbox } = sending
  const rows = useMemo(() => conversationRows(messages ?? [], outbox, latest), [messages, outbox, latest])
  const replying = isReplying(stream)

  useEffect(() => {
    if (!replying) setStopping(false)
  }, [replying])
  useAnnouncements(latest, (name) => modelName(groups, name))

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
    isBusy: replying || sending.isSending,

    send: sending.send,
    resend: sending.resend,
    takeBack: sending.takeBack,
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
