/** Starts a group, or a direct conversation with one person. */
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TeamPerson } from '#contract/messages/team.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { useTitle } from '../../lib/use-title.ts'
import { Button } from '../../ui/button.tsx'
import { Choice } from '../../ui/choice.tsx'
import { Content, ContentHeader } from '../../ui/column.tsx'
import { FormError } from '../../ui/states.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { useMe } from '../account/read-me.ts'
import { useCreateTeam } from './create-team.ts'
import { PeoplePicker } from './people-picker.tsx'

/** Names of groups are this long at most (contract, `MAX_TITLE`). */
const LONGEST = 255

export const NewTeamPage = () => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const me = useMe()
  const create = useCreateTeam()
  const [type, setType] = useState<'group' | 'direct'>('group')
  const [title, setTitle] = useState('')
  const [people, setPeople] = useState<readonly TeamPerson[]>([])
  const [missing, setMissing] = useState<'title' | 'person' | null>(null)
  useTitle(t('teams.new'))

  const start = () => {
    const [person] = people
    if (type === 'group' && title.trim() === '') return setMissing('title')
    if (type === 'direct' && !person) return setMissing('person')
    setMissing(null)
    create.mutate(
      type === 'direct' && person
        ? { type, personId: person.id }
        : { type: 'group', title: title.trim(), personIds: people.map(({ id }) => id) },
      {
        onSuccess: ({ id }) => void navigate({ to: '/app/teams/$teamId', params: { teamId: id }, replace: true }),
      },
    )
  }

  return (
    <Content>
      <ContentHeader onBack={() => void navigate({ to: '/app/teams' })}>
        <h1 className="truncate font-strong">{t('teams.new')}</h1>
      </ContentHeader>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <form
          noValidate
          className="flex max-w-[36rem] flex-col gap-6 p-4 desk:p-6"
          onSubmit={(event) => {
            event.preventDefault()
            start()
          }}
        >
          <Choice
            label={t('teams.kind')}
            value={type}
            options={[
              { value: 'group', label: t('teams.group') },
              { value: 'direct', label: t('teams.direct') },
            ]}
            onChange={(next) => {
              setType(next)
              setMissing(null)
              if (next === 'direct') setPeople(people.slice(0, 1))
            }}
          />
          {type === 'group' && (
            <TextField
              label={t('teams.name')}
              value={title}
              maxLength={LONGEST}
              error={missing === 'title' ? t('teams.nameMissing') : null}
              onChange={(event) => setTitle(event.target.value)}
            />
          )}
          <div>
            <PeoplePicker
              key={type}
              label={t(type === 'group' ? 'teams.people' : 'teams.person')}
              chosen={people}
              onChange={setPeople}
              single={type === 'direct'}
              except={[me.id]}
            />
            <p className="mt-2 text-small text-soft">{t('teams.whoSees')}</p>
          </div>
          {missing === 'person' && <FormError>{t('teams.personMissing')}</FormError>}
          {create.error && <FormError>{errorText(t, create.error)}</FormError>}
          <Button type="submit" look="primary" className="self-start" disabled={create.isPending}>
            {t('teams.start')}
          </Button>
        </form>
      </div>
    </Content>
  )
}
