/** What a task says: its title, who does it, and until when. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Task } from '#contract/messages/team.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { FormError } from '../../ui/states.tsx'
import { fieldLook, TextField } from '../../ui/text-field.tsx'
import { listMembers } from './list-members.ts'

/** Titles are this long at most (contract, `MAX_TITLE`). */
const LONGEST = 255

export interface TaskDraft {
  readonly title: string
  readonly assigneeId: string | null
  readonly dueOn: string | null
}

export const TaskForm = ({
  conversationId,
  task,
  error,
  isPending,
  save,
  onSave,
  onCancel,
}: {
  readonly conversationId: string
  readonly task: Pick<Task, 'title' | 'assignee' | 'dueOn'>
  readonly error: unknown
  readonly isPending: boolean
  readonly save: string
  readonly onSave: (draft: TaskDraft) => void
  readonly onCancel: () => void
}) => {
  const { t } = useTranslation()
  const id = useId()
  const [title, setTitle] = useState(task.title)
  const [assigneeId, setAssigneeId] = useState(task.assignee?.id ?? '')
  const [dueOn, setDueOn] = useState(task.dueOn ?? '')
  const members = useInfiniteQuery(listMembers(conversationId)).data?.pages.flatMap(({ data }) => data) ?? []
  // Somebody who has left still has the task.
  const isAway = task.assignee !== null && !members.some((member) => member.id === task.assignee?.id)
  return (
    <form
      className="flex flex-col gap-3 py-2"
      onSubmit={(event) => {
        event.preventDefault()
        if (title.trim() === '') return
        onSave({
          title: title.trim(),
          assigneeId: assigneeId === '' ? null : assigneeId,
          dueOn: dueOn === '' ? null : dueOn,
        })
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        event.preventDefault()
        onCancel()
      }}
    >
      <TextField
        label={t('teams.taskTitle')}
        value={title}
        maxLength={LONGEST}
        autoFocus
        onChange={(event) => setTitle(event.target.value)}
      />
      <div>
        <label htmlFor={`${id}-who`} className="mb-1 block text-small font-strong">
          {t('teams.assignee')}
        </label>
        <select
          id={`${id}-who`}
          className={fieldLook}
          value={assigneeId}
          onChange={(event) => setAssigneeId(event.target.value)}
        >
          <option value="">{t('teams.nobody')}</option>
          {isAway && task.assignee && <option value={task.assignee.id}>{task.assignee.name}</option>}
          {members.map((member) => (
            <option key={member.id} value={member.id}>
              {member.name}
            </option>
          ))}
        </select>
      </div>
      <TextField
        label={t('teams.dueOn')}
        type="date"
        value={dueOn}
        onChange={(event) => setDueOn(event.target.value)}
      />
      {error !== null && <FormError>{errorText(t, error)}</FormError>}
      <span className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" disabled={isPending || title.trim() === ''}>
          {save}
        </Button>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
      </span>
    </form>
  )
}
