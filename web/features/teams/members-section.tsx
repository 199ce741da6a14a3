/** Who is in a conversation, what they may do, and what the reader may do about that. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Crown, Ellipsis, Shield, ShieldOff, UserMinus, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Member, TeamConversation, TeamPerson } from '#contract/messages/team.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { useSettled } from '../../lib/use-settled.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { MenuButton } from '../../ui/menu-button.tsx'
import { FormError } from '../../ui/states.tsx'
import { fieldLook } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useMe } from '../account/read-me.ts'
import { useAddMembers } from './add-members.ts'
import { useChangeRole } from './change-role.ts'
import { Initials } from './initials-mark.tsx'
import { listMembers } from './list-members.ts'
import { PanelSection, SectionState } from './panel-section.tsx'
import { PeoplePicker } from './people-picker.tsx'
import { useRemoveMember } from './remove-member.ts'

/** From this many on, names can be searched. */
const MANY = 12
const WAITS = 200

export const MembersSection = ({ team }: { readonly team: TeamConversation }) => {
  const { t } = useTranslation()
  const [query, setQuery] = useState('')
  const list = useInfiniteQuery(listMembers(team.id, useSettled(query.trim(), WAITS)))
  const [adding, setAdding] = useState(false)
  const members = list.data?.pages.flatMap(({ data }) => data) ?? []
  return (
    <PanelSection
      title={t('teams.members')}
      count={team.memberCount}
      action={
        team.can.addMembers && (
          <IconButton small label={t('teams.addPeople')} icon={UserPlus} onClick={() => setAdding(true)} />
        )
      }
    >
      {team.memberCount >= MANY && (
        <input
          type="search"
          aria-label={t('teams.findMembers')}
          placeholder={t('teams.findMembers')}
          value={query}
          className={`${fieldLook} mb-2`}
          onChange={(event) => setQuery(event.target.value)}
        />
      )}
      <SectionState query={list} isEmpty={members.length === 0} empty={t('teams.peopleNone', { query })}>
        <ul className="max-h-96 overflow-y-auto">
          {members.map((member) => (
            <li key={member.id}>
              <MemberRow team={team} member={member} />
            </li>
          ))}
        </ul>
        {list.hasNextPage && (
          <Button look="quiet" className="-ms-3" disabled={list.isFetching} onClick={() => void list.fetchNextPage()}>
            {t('teams.more')}
          </Button>
        )}
      </SectionState>
      {adding && <AddPeople team={team} onClose={() => setAdding(false)} />}
    </PanelSection>
  )
}

const MemberRow = ({ team, member }: { readonly team: TeamConversation; readonly member: Member }) => {
  const { t } = useTranslation()
  const me = useMe()
  const changeRole = useChangeRole(team.id)
  const remove = useRemoveMember(team.id)
  const [asking, setAsking] = useState<'owner' | 'remove' | null>(null)
  const failed = (error: unknown) => showToast({ text: errorText(t, error), tone: 'danger', stays: 8000 })
  const isMe = member.id === me.id
  const setRole = (role: Member['role']) => changeRole.mutate({ personId: member.id, role }, { onError: failed })
  const mayRemove = team.can.removeMembers && (team.role === 'owner' || member.role === 'member')
  const entries = isMe
    ? []
    : [
        ...(team.can.changeRoles && member.role === 'member'
          ? [{ label: t('teams.makeAdmin'), icon: Shield, onSelect: () => setRole('admin') }]
          : []),
        ...(team.can.changeRoles && member.role === 'admin'
          ? [{ label: t('teams.unmakeAdmin'), icon: ShieldOff, onSelect: () => setRole('member') }]
          : []),
        ...(team.can.transfer && member.role !== 'owner'
          ? [
              {
                label: t('teams.transfer'),
                hint: t('teams.transferHint'),
                icon: Crown,
                onSelect: () => setAsking('owner'),
              },
            ]
          : []),
        ...(mayRemove
          ? [{ label: t('teams.remove'), icon: UserMinus, isDanger: true, onSelect: () => setAsking('remove') }]
          : []),
      ]
  return (
    <>
      <div className="flex min-h-11 items-center gap-3">
        <Initials name={member.name} />
        <span className="min-w-0 flex-1 truncate">
          {member.name}
          {isMe && <span className="text-soft"> {t('teams.you')}</span>}
        </span>
        {team.type === 'group' && member.role !== 'member' && (
          <span className="text-small text-soft">{t(`teams.role_${member.role}`)}</span>
        )}
        {entries.length > 0 && (
          <MenuButton label={t('teams.actionsFor', { name: member.name })} icon={Ellipsis} entries={entries} />
        )}
      </div>
      {asking !== null && (
        <div role="alertdialog" aria-label={member.name} className="mb-2 rounded border border-danger p-3">
          <p className="mb-2">
            {t(asking === 'owner' ? 'teams.transferConfirm' : 'teams.removeConfirm', { name: member.name })}
          </p>
          <span className="flex flex-wrap gap-2">
            <Button
              look="danger"
              autoFocus
              onClick={() => {
                setAsking(null)
                if (asking === 'owner') setRole('owner')
                else remove.mutate(member.id, { onError: failed })
              }}
            >
              {t(asking === 'owner' ? 'teams.transfer' : 'teams.remove')}
            </Button>
            <Button onClick={() => setAsking(null)}>{t('common.cancel')}</Button>
          </span>
        </div>
      )}
    </>
  )
}

const AddPeople = ({ team, onClose }: { readonly team: TeamConversation; readonly onClose: () => void }) => {
  const { t } = useTranslation()
  const me = useMe()
  const add = useAddMembers(team.id)
  const [people, setPeople] = useState<readonly TeamPerson[]>([])
  return (
    <Dialog open onClose={onClose} title={t('teams.addPeople')}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (people.length > 0)
            add.mutate(
              people.map(({ id }) => id),
              { onSuccess: onClose },
            )
        }}
      >
        <PeoplePicker label={t('teams.people')} chosen={people} onChange={setPeople} except={[me.id]} />
        <p className="text-small text-soft">{t('teams.addHint')}</p>
        {add.error && <FormError>{errorText(t, add.error)}</FormError>}
        <Button type="submit" look="primary" className="self-start" disabled={people.length === 0 || add.isPending}>
          {t('teams.add')}
        </Button>
      </form>
    </Dialog>
  )
}
