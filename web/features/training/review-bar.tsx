/** The decision about a conversation, at the foot of its details. */
import { useQuery, useQueryClient, useMutation } from '@tanstack/react-query'
import { Archive, Check, RotateCcw, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { deleteTrainingConversation as endpoint } from '#contract/training/index.ts'
import { request } from '../../lib/client.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmButton } from '../../ui/confirm-button.tsx'
import { FormError } from '../../ui/states.tsx'
import { rereadConversations } from './list-conversations.ts'
import { readConversation } from './read-conversation.ts'
import type { useReviewConversation } from './review-conversation.ts'

export const ReviewBar = ({
  conversationId,
  review,
  onDecide,
  onReject,
  onDeleted,
}: {
  readonly conversationId: string
  readonly review: ReturnType<typeof useReviewConversation>
  readonly onDecide: (status: 'approved' | 'archived' | 'pending_review') => void
  readonly onReject: () => void
  readonly onDeleted: () => void
}) => {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const { data } = useQuery(readConversation(conversationId))
  const remove = useMutation({
    mutationFn: () =>
      request<typeof endpoint>({
        method: 'DELETE',
        path: '/api/training/conversations/{conversationId}',
        params: { conversationId },
      }),
    onSuccess: () => {
      onDeleted()
      return rereadConversations(queries)
    },
  })
  if (!data) return null
  const { status, review_notes: notes } = data.conversation
  const failure = review.error ?? remove.error
  return (
    <footer className="flex shrink-0 flex-col gap-2 border-t border-hairline bg-sunk px-4 py-3 desk:px-6">
      <p className="text-small text-soft" role="status">
        {t(`training.status_${status}`)}
        {notes !== null && ` – ${notes}`}
      </p>
      {failure && <FormError>{errorText(t, failure)}</FormError>}
      <div className="flex flex-wrap gap-2">
        <Button
          look="primary"
          icon={Check}
          aria-keyshortcuts="a"
          disabled={review.isPending || status === 'approved'}
          onClick={() => onDecide('approved')}
        >
          {t('training.approve')}
        </Button>
        <Button icon={X} aria-keyshortcuts="r" disabled={review.isPending} onClick={onReject}>
          {t('training.reject')}
        </Button>
        <Button
          icon={Archive}
          aria-keyshortcuts="e"
          disabled={review.isPending || status === 'archived'}
          onClick={() => onDecide('archived')}
        >
          {t('training.archive')}
        </Button>
        {status !== 'pending_review' && (
          <Button icon={RotateCcw} disabled={review.isPending} onClick={() => onDecide('pending_review')}>
            {t('training.reopen')}
          </Button>
        )}
        <span className="flex-1" />
        <ConfirmButton
          label={t('training.delete')}
          question={t('training.deleteOne')}
          onConfirm={() => remove.mutate()}
        />
      </div>
    </footer>
  )
}
