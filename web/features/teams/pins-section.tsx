/** The pinned messages of a conversation in the information panel. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { PinOff } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button, IconButton } from '../../ui/button.tsx'
import { listPins } from './list-pins.ts'
import { usePin } from './mark-message.ts'
import { MessageCard } from './message-card.tsx'
import { PanelSection, SectionState } from './panel-section.tsx'

export const PinsSection = ({ conversationId }: { readonly conversationId: string }) => {
  const { t } = useTranslation()
  const list = useInfiniteQuery(listPins(conversationId))
  const pin = usePin()
  const pins = list.data?.pages.flatMap(({ data }) => data) ?? []
  return (
    <PanelSection title={t('teams.pins')} count={pins.length}>
      <SectionState query={list} isEmpty={pins.length === 0} empty={t('teams.pinsEmpty')}>
        <ul>
          {pins.map((message) => (
            <li key={message.id} className="flex items-start gap-1">
              <MessageCard message={message} />
              <IconButton
                small
                label={t('teams.unpin')}
                icon={PinOff}
                onClick={() => pin.mutate({ message, on: false })}
              />
            </li>
          ))}
        </ul>
        {list.hasNextPage && (
          <Button look="quiet" className="-ms-3" disabled={list.isFetching} onClick={() => void list.fetchNextPage()}>
            {t('teams.more')}
          </Button>
        )}
      </SectionState>
    </PanelSection>
  )
}
