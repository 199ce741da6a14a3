/** What can be done with messages, as a person meets it: what is shown at once, what is asked first, what can be undone. */
import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TeamConversation, TeamMessage } from '#contract/messages/team.ts'
import { announce } from '../../lib/announce.ts'
import { copyText } from '../../lib/copy-text.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { undo, UNDO_FOR } from '../../lib/undoable.ts'
import { showToast } from '../../ui/toast.tsx'
import { deleteMessageLater } from './delete-message.ts'
import { useEditMessage } from './edit-message.ts'
import type { Member } from '#contract/messages/team.ts'
import { usePin, useStar } from './mark-message.ts'
import { mentionedIds } from './mentions.ts'
import type { MessageActions } from './team-row.tsx'
import type { Outgoing } from './outbox.ts'

/** What the page asks about a message in a dialog. */
export interface Question {
  readonly kind: 'tag' | 'task'
  readonly message: TeamMessage
}

export const messageLink = (conversationId: string, messageId: string): string =>
  `${location.origin}/app/teams/${conversationId}?message=${messageId}`

interface Needs {
  readonly team: TeamConversation
  readonly openThread: (message: TeamMessage) => void
  readonly retry: (post: Outgoing) => void
  readonly takeBack: (post: Outgoing) => void
}

/** The actions keep their identity, so that rows don't render again because of them. */
export const useMessageActions = (needs: Needs) => {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const edit = useEditMessage()
  const pin = usePin()
  const star = useStar()
  const [editingId, setEditingId] = useState<string | null>(null)
  const [question, setQuestion] = useState<Question | null>(null)
  const failed = (error: unknown) =>
    showToast({ text: `${t('teams.notDone')} ${errorText(t, error)}`, tone: 'danger', stays: 8000 })
  const present = useRef({ needs, t, edit, pin, star, failed })
  present.current = { needs, t, edit, pin, star, failed }

  const actions = useMemo<MessageActions>(() => {
    const now = () => present.current
    const copy = async (text: string, done: string) => {
      if (await copyText(text)) {
        announce(done)
        showToast({ text: done })
      } else showToast({ text: now().t('common.copyFailed'), tone: 'danger' })
    }
    return {
      openThread: (message) => now().needs.openThread(message),
      retry: (post) => now().needs.retry(post),
      takeBack: (post) => now().needs.takeBack(post),
      startEdit: ({ id }) => setEditingId(id),
      endEdit: () => setEditingId(null),
      saveEdit: (message, content) => {
        setEditingId(null)
        if (content === message.content) return
        const members = queries
          .getQueriesData<{ pages: { data: Member[] }[] }>({ queryKey: ['team', 'members', message.conversationId] })
          .flatMap(([, read]) => read?.pages.flatMap(({ data }) => data) ?? [])
        now().edit.mutate(
          { id: message.id, content, mentions: mentionedIds(content, [...members, ...message.mentions]) },
          { onError: (error) => now().failed(error) },
        )
      },
      remove: ({ id, conversationId }) => {
        deleteMessageLater(queries, conversationId, id, (error) => now().failed(error))
        showToast({
          text: now().t('teams.deleted'),
          stays: UNDO_FOR,
          action: { label: now().t('common.undo'), run: () => undo(id) },
        })
      },
      pin: (message, on) => now().pin.mutate({ message, on }, { onError: (error) => now().failed(error) }),
      star: (message, on) => now().star.mutate({ message, on }, { onError: (error) => now().failed(error) }),
      tag: (message) => setQuestion({ kind: 'tag', message }),
      makeTask: (message) => setQuestion({ kind: 'task', message }),
      copyLink: ({ conversationId, id }) => void copy(messageLink(conversationId, id), now().t('teams.linkCopied')),
      copyText: ({ content }) => void copy(content ?? '', now().t('common.copied')),
    }
  }, [queries])

  return { actions, editingId, question, closeQuestion: () => setQuestion(null) }
}
