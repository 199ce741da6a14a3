/** The tasks of a message: make one from it, link it to others, unlink it. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import type { TeamMessage } from '#contract/messages/team.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { FormError } from '../../ui/states.tsx'
import { fieldLook } from '../../ui/text-field.tsx'
import { useCreateTask } from './create-task.ts'
import { useLinkTask } from './link-task.ts'
import { listTasks } from './list-tasks.ts'
import { SectionState } from './panel-section.tsx'
import { TaskForm } from './task-form.tsx'
import { TaskItem } from './task-item.tsx'

/** How much of a message becomes the title of its task, in characters. */
const TITLE = 120

const titleFrom = (message: TeamMessage): string =>
  Array.from((message.content ?? '').trim().split('\n')[0] ?? '')
    .slice(0, TITLE)
    .join('')

export const TaskDialog = ({
  conversationId,
  message,
  onClose,
}: {
  readonly conversationId: string
  readonly message: TeamMessage
  readonly onClose: () => void
}) => {
  const { t } = useTranslation()
  const id = useId()
  const linked = useInfiniteQuery(listTasks(conversationId, message.id))
  const all = useInfiniteQuery(listTasks(conversationId))
  const create = useCreateTask(conversationId)
  const link = useLinkTask(conversationId)
  const tasks = linked.data?.pages.flatMap(({ data }) => data) ?? []
  const others = (all.data?.pages.flatMap(({ data }) => data) ?? []).filter(
    (task) => task.status === 'open' && !tasks.some((other) => other.id === task.id),
  )
  const isMade = Boolean(message.taskId)
  return (
    <Dialog open onClose={onClose} title={t('teams.tasksOf')}>
      <SectionState query={linked} isEmpty={false} empty="">
        {tasks.length > 0 && (
          <ul className="mb-4">
            {tasks.map((task) => (
              <li key={task.id}>
                <TaskItem task={task} onUnlink={() => link.mutate({ id: task.id, messageId: message.id, on: false })} />
              </li>
            ))}
          </ul>
        )}
      </SectionState>
      {!isMade && (
        <TaskForm
          conversationId={conversationId}
          task={{ title: titleFrom(message), assignee: null, dueOn: null }}
          error={create.error}
          isPending={create.isPending}
          save={t('teams.makeTask')}
          onSave={(draft) => create.mutate({ ...draft, messageId: message.id }, { onSuccess: onClose })}
          onCancel={onClose}
        />
      )}
      {others.length > 0 && (
        <div className="mt-4 border-t border-hairline pt-4">
          <label htmlFor={id} className="mb-1 block text-small font-strong">
            {t('teams.linkTask')}
          </label>
          <select
            id={id}
            className={fieldLook}
            value=""
            disabled={link.isPending}
            onChange={(event) => link.mutate({ id: event.target.value, messageId: message.id, on: true })}
          >
            <option value="">{t('teams.chooseTask')}</option>
            {others.map((task) => (
              <option key={task.id} value={task.id}>
                {task.title}
              </option>
            ))}
          </select>
        </div>
      )}
      {link.error && <FormError>{errorText(t, link.error)}</FormError>}
    </Dialog>
  )
}
