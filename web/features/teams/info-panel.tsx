/** Everything about a conversation besides its messages. */
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { TeamConversation } from '#contract/messages/team.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { undo, UNDO_FOR } from '../../lib/undoable.ts'
import { buttonLook } from '../../ui/button.tsx'
import { ConfirmButton } from '../../ui/confirm-button.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useMe } from '../account/read-me.ts'
import { FileSections } from '../files/file-sections.tsx'
import { deleteTeamLater } from './delete-team.ts'
import { loseTeam } from './lose-team.ts'
import { MembersSection } from './members-section.tsx'
import { PinsSection } from './pins-section.tsx'
import { useRemoveMember } from './remove-member.ts'
import { SidePanel } from './side-panel.tsx'
import { TasksSection } from './tasks-section.tsx'
import { WorkTypesSection } from './work-types-section.tsx'

export const InfoPanel = ({
  team,
  onClose,
  onViewMessage,
}: {
  readonly team: TeamConversation
  readonly onClose: () => void
  readonly onViewMessage: (messageId: string) => void
}) => {
  const { t } = useTranslation()
  return (
    <SidePanel title={t('teams.about')} onClose={onClose}>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <MembersSection team={team} />
        <FileSections conversationId={team.id} title={team.title} onViewMessage={onViewMessage} />
        <PinsSection conversationId={team.id} />
        <TasksSection conversationId={team.id} />
        <WorkTypesSection conversationId={team.id} />
        {(team.role !== 'member' || team.type === 'direct') && <TrainingLink team={team} />}
        {team.type === 'group' && <Ending team={team} />}
      </div>
    </SidePanel>
  )
}

/** Whoever leads a conversation may take it, with everybody's consent. */
const TrainingLink = ({ team }: { readonly team: TeamConversation }) => {
  const { t } = useTranslation()
  return (
    <div className="flex flex-col items-start gap-2 border-b border-hairline p-4">
      <Link to="/conversations/sources/$sourceId" params={{ sourceId: team.id }} className={buttonLook()}>
        {t('sources.use')}
      </Link>
      <p className="text-small text-soft">{t('sources.useHint')}</p>
    </div>
  )
}

/** The ways out of a group. */
const Ending = ({ team }: { readonly team: TeamConversation }) => {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const me = useMe()
  const leave = useRemoveMember(team.id)
  return (
    <div className="flex flex-col items-start gap-3 p-4">
      {team.can.leave ? (
        <ConfirmButton
          label={t('teams.leave')}
          question={t('teams.leaveConfirm')}
          disabled={leave.isPending}
          onConfirm={() => {
            // First away: having left, there would be nothing to see here.
            void navigate({ to: '/app/teams' })
            leave.mutateAsync(me.id).then(
              () => {
                loseTeam(queries, team.id)
                showToast({ text: t('teams.left', { title: team.title }) })
              },
              (error: unknown) => showToast({ text: errorText(t, error), tone: 'danger' }),
            )
          }}
        />
      ) : (
        <p className="text-small text-soft">{t('teams.ownerStays')}</p>
      )}
      {team.can.delete && (
        <ConfirmButton
          label={t('teams.deleteGroup')}
          question={t('teams.deleteGroupConfirm')}
          onConfirm={() => {
            deleteTeamLater(queries, team.id, (error) =>
              showToast({ text: `${t('teams.notDone')} ${errorText(t, error)}`, tone: 'danger' }),
            )
            void navigate({ to: '/app/teams' })
            showToast({
              text: t('conversations.deleted', { title: team.title }),
              stays: UNDO_FOR,
              action: { label: t('common.undo'), run: () => undo(team.id) },
            })
          }}
        />
      )}
    </div>
  )
}
