/** One training conversation over the dashboard: what it says, how good it is, its files, and the decision about it. */
import { Dialog as Base } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight, ListPlus, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isTyping } from '../../lib/platform.ts'
import { Button, IconButton, iconButtonLook } from '../../ui/button.tsx'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { tip } from '../../ui/tooltip.tsx'
import { AddToDataset } from '../datasets/add-to-dataset.tsx'
import { KeptRedactions } from '../sources/kept-redactions.tsx'
import { DownloadButtons } from './download-buttons.tsx'
import { Facts, History, QualityScores } from './conversation-facts.tsx'
import { JudgeBar } from './judge-bar.tsx'
import { readConversation } from './read-conversation.ts'
import { RejectDialog } from './reject-dialog.tsx'
import { ReviewBar } from './review-bar.tsx'
import { useReviewConversation } from './review-conversation.ts'
import { Revisions } from './revisions.tsx'
import { TurnCard } from './turn-card.tsx'

export const ConversationDetails = ({
  id,
  onClose,
  onMove,
}: {
  readonly id: string
  readonly onClose: () => void
  /** To the conversation before or after it on the page. */
  readonly onMove: (step: -1 | 1) => void
}) => {
  const { t } = useTranslation()
  const review = useReviewConversation()
  const [isRejecting, setRejecting] = useState(false)
  const [isAdding, setAdding] = useState(false)
  const decide = (status: 'approved' | 'archived' | 'pending_review') =>
    review.mutate({ conversationId: id, status }, { onSuccess: () => status !== 'pending_review' && onMove(1) })
  const keys: Readonly<Record<string, () => void>> = {
    a: () => decide('approved'),
    r: () => setRejecting(true),
    e: () => decide('archived'),
    j: () => onMove(1),
    k: () => onMove(-1),
  }
  // On the document: a button that is disabled while it works lets go of the focus.
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target) || isRejecting || isAdding) return
      const run = keys[event.key]
      if (run === undefined) return
      event.preventDefault()
      run()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  })
  return (
    <Base.Root open onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fade fixed inset-0 z-40 bg-scrim" />
        <Base.Popup
          className="fade fixed inset-y-0 end-0 z-40 flex w-full flex-col border-s border-hairline bg-paper shadow-float outline-none desk:w-[min(60rem,88vw)]"
          finalFocus={() => document.querySelector<HTMLElement>(`[data-conversation="${CSS.escape(id)}"]`)}
        >
          <Opened id={id} onMove={onMove} isAdding={isAdding} onAdd={setAdding} />
          <ReviewBar
            conversationId={id}
            review={review}
            onDecide={decide}
            onReject={() => setRejecting(true)}
            onDeleted={onClose}
          />
          {isRejecting && (
            <RejectDialog
              isWorking={review.isPending}
              error={review.error}
              onClose={() => setRejecting(false)}
              onReject={(notes) =>
                review.mutate(
                  { conversationId: id, status: 'rejected', notes },
                  {
                    onSuccess: () => {
                      setRejecting(false)
                      onMove(1)
                    },
                  },
                )
              }
            />
          )}
          <p className="sr-only">{t('training.keys')}</p>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

const Opened = ({
  id,
  onMove,
  isAdding,
  onAdd,
}: {
  readonly id: string
  readonly onMove: (step: -1 | 1) => void
  readonly isAdding: boolean
  readonly onAdd: (isAdding: boolean) => void
}) => {
  const { t } = useTranslation()
  const { data, error, refetch } = useQuery(readConversation(id))
  return (
    <>
      <header className="flex min-h-14 shrink-0 items-center gap-1 border-b border-hairline py-1 ps-4 pe-2 desk:ps-6">
        <Base.Title className="min-w-0 flex-1 truncate font-strong">
          {data?.conversation.title ?? t('training.details')}
        </Base.Title>
        <IconButton label={t('training.previous')} keys="K" icon={ChevronLeft} onClick={() => onMove(-1)} />
        <IconButton label={t('training.next')} keys="J" icon={ChevronRight} onClick={() => onMove(1)} />
        <Base.Close aria-label={t('common.close')} className={iconButtonLook()} {...tip(t('common.close'))}>
          <X size={18} strokeWidth={1.75} aria-hidden />
        </Base.Close>
      </header>
      <div className="flex min-h-0 flex-1 flex-col gap-8 overflow-y-auto px-4 py-6 desk:px-6">
        {!data && !error && <Waiting />}
        {!data && error && (
          <ErrorState compact title={t('training.detailsFailed')} error={error} onRetry={() => void refetch()} />
        )}
        {data && (
          <>
            <div className="flex flex-wrap gap-2">
              <DownloadButtons conversation={data.conversation} />
              <Button icon={ListPlus} onClick={() => onAdd(true)}>
                {t('datasets.addTo')}
              </Button>
            </div>
            {isAdding && (
              <AddToDataset
                conversationIds={[id]}
                unapproved={data.conversation.status === 'approved' ? 0 : 1}
                onClose={() => onAdd(false)}
              />
            )}
            <Facts conversation={data.conversation} />
            <section className="flex flex-col gap-3">
              <h2 className="font-strong">{t('training.qualityScores')}</h2>
              <QualityScores conversation={data.conversation} />
              <JudgeBar conversationId={id} disabled={data.conversation.revision === 0} />
            </section>
            <section className="flex flex-col gap-3">
              <h2 className="font-strong">{t('training.turns')}</h2>
              {data.turns.length === 0 && <p className="text-soft">{t('training.noTurns')}</p>}
              <ol className="flex flex-col gap-4">
                {data.turns.map((turn) => (
                  <TurnCard
                    key={turn.turn_number}
                    conversationId={id}
                    revision={data.conversation.revision}
                    turn={turn}
                  />
                ))}
              </ol>
            </section>
            {data.conversation.origin === 'taken' && <KeptRedactions conversationId={id} />}
            <History entries={data.history} />
            {data.conversation.revision > 0 && <Revisions conversationId={id} present={data.conversation.revision} />}
          </>
        )}
      </div>
    </>
  )
}

const Waiting = () => (
  <Loading>
    <div className="flex flex-col gap-4">
      <Skeleton className="h-10 w-2/3" />
      <Skeleton className="h-24 w-full" />
      <Skeleton className="h-40 w-full" />
    </div>
  </Loading>
)
