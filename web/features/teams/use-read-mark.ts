/** Moves the person's read mark as they read. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { TeamConversation, TeamMessage } from '#contract/messages/team.ts'
import { markRead } from './mark-read.ts'
import type { Seen } from './timeline.tsx'

/** A message counts as read when it has been in view for this long, in milliseconds. */
const READS_FOR = 400

/** @returns to be told what is in view, whenever that may have changed */
export const useReadMark = (team: TeamConversation | undefined, messages: readonly TeamMessage[]) => {
  const queries = useQueryClient()
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const isSending = useRef(false)
  useEffect(() => () => clearTimeout(timer.current), [])
  return ({ messageId, isEnd }: Seen) => {
    if (!team || team.unreadCount === 0 || isSending.current) return
    const last = messages.find(({ id }) => id === messageId)
    if (!isEnd && (!last || last.createdAt <= team.readAt)) return
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      isSending.current = true
      markRead(queries, team.id, isEnd ? null : messageId)
        .catch(() => {
          // Asked again when something is seen next.
        })
        .finally(() => {
          isSending.current = false
        })
    }, READS_FOR)
  }
}
