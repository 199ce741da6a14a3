/** The messages that the person has starred, in all of their conversations. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { StarOff } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useTitle } from '../../lib/use-title.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Content, ContentHeader } from '../../ui/column.tsx'
import { messageColumn } from '../chat/message-row.tsx'
import { listStars } from './list-stars.ts'
import { useStar } from './mark-message.ts'
import { MessageCard } from './message-card.tsx'
import { SectionState } from './panel-section.tsx'
import { knownTeam } from './read-team.ts'

export const StarredPage = () => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const list = useInfiniteQuery(listStars())
  const star = useStar()
  const messages = list.data?.pages.flatMap(({ data }) => data) ?? []
  useTitle(t('teams.starred'))
  return (
    <Content>
      <ContentHeader onBack={() => void navigate({ to: '/app/teams' })}>
        <h1 className="truncate font-strong">{t('teams.starred')}</h1>
      </ContentHeader>
      <div className="min-h-0 flex-1 overflow-y-auto py-4">
        <div className={messageColumn}>
          <SectionState query={list} isEmpty={messages.length === 0} empty={t('teams.starsEmpty')}>
            <ul>
              {messages.map((message) => (
                <li key={message.id} className="flex items-start gap-2 border-b border-hairline py-1">
                  <MessageCard message={message} place={knownTeam(queries, message.conversationId)?.title} />
                  <IconButton
                    small
                    label={t('teams.unstar')}
                    icon={StarOff}
                    onClick={() => star.mutate({ message, on: false })}
                  />
                </li>
              ))}
            </ul>
            {list.hasNextPage && (
              <Button look="quiet" disabled={list.isFetching} onClick={() => void list.fetchNextPage()}>
                {t('teams.more')}
              </Button>
            )}
          </SectionState>
        </div>
      </div>
    </Content>
  )
}
