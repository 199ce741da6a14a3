/** Deleting as a person meets it: the conversation goes, a toast offers to bring it back. */
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { isPhone } from '../../lib/use-is-phone.ts'
import { showToast } from '../../ui/toast.tsx'
import { undo, UNDO_FOR } from '../../lib/undoable.ts'
import { deleteLater } from './delete-conversation.ts'

export const useDelete = () => {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const open = useParams({ strict: false }).conversationId
  return (id: string, title: string) => {
    const wasOpen = open === id
    deleteLater(queries, id, () => showToast({ text: t('conversations.deleteFailed', { title }), tone: 'danger' }))
    if (wasOpen) {
      void navigate({ to: isPhone() ? '/app/conversations' : '/app/conversations/new' })
    }
    showToast({
      text: t('conversations.deleted', { title }),
      stays: UNDO_FOR,
      action: {
        label: t('common.undo'),
        run: () => {
          undo(id)
          if (wasOpen) void navigate({ to: '/app/conversations/$conversationId', params: { conversationId: id } })
        },
      },
    })
  }
}
