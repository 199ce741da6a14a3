/** Goes to the message that the address names: loads what is around it, brings it to the middle, and marks it for a moment. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError } from '../../lib/request-error.ts'
import { showToast } from '../../ui/toast.tsx'
import { loadAround, type Place } from './list-team-messages.ts'
import { readMessage } from './read-message.ts'
import { messageElementId } from './team-row.tsx'

/** How long a message is marked, in milliseconds. */
const MARKED_FOR = 2000

interface Jump {
  readonly place: Place
  /** Id of the message; undefined: nowhere. */
  readonly wanted: string | undefined
  /** Whether it is loaded here. */
  readonly isLoaded: boolean
  /** Nothing is loaded yet at all. */
  readonly isPending: boolean
  /** The message is in a thread. */
  readonly onThread: (threadId: string, messageId: string) => void
  /** There, or there is no such message: the address need not name it any more. */
  readonly onDone: () => void
}

export const useJump = (jump: Jump) => {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const [target, setTarget] = useState<{ readonly key: string; readonly number: number } | null>(null)
  const [marked, setMarked] = useState<string | null>(null)
  const present = useRef(jump)
  present.current = jump
  const { wanted, isLoaded, isPending } = jump
  const { conversationId, threadId } = jump.place

  useEffect(() => {
    if (wanted === undefined || isPending || isLoaded) return
    let isOver = false
    const find = async () => {
      const place = { conversationId, threadId }
      const message = await queries.fetchQuery({ ...readMessage(wanted), staleTime: 0 })
      if (isOver) return
      if (message.conversationId !== conversationId) return present.current.onDone()
      if (threadId === null && message.threadId) return present.current.onThread(message.threadId, wanted)
      await loadAround(queries, place, wanted)
    }
    find().catch((error: unknown) => {
      if (isOver) return
      const isMissing = [400, 404].includes(asRequestError(error).status)
      showToast({
        text: isMissing ? t('teams.messageGone') : errorText(t, error),
        tone: isMissing ? 'plain' : 'danger',
      })
      present.current.onDone()
    })
    return () => {
      isOver = true
    }
  }, [wanted, isLoaded, isPending, conversationId, threadId, queries, t])

  useEffect(() => {
    if (wanted === undefined || !isLoaded) return
    setTarget((last) => ({ key: wanted, number: (last?.number ?? 0) + 1 }))
    setMarked(wanted)
    const focus = requestAnimationFrame(() =>
      document.getElementById(messageElementId(wanted))?.focus({ preventScroll: true }),
    )
    present.current.onDone()
    return () => cancelAnimationFrame(focus)
  }, [wanted, isLoaded])

  useEffect(() => {
    if (marked === null) return
    const timer = setTimeout(() => setMarked(null), MARKED_FOR)
    return () => clearTimeout(timer)
  }, [marked, target])

  return { target, marked }
}
