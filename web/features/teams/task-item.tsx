/** One task of a list: tick it off, change it, go to its message, delete it. */
import { Link } from '@tanstack/react-router'
import { Link2Off, MessageSquare, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Task } from '#contract/messages/team.ts'
import { cx } from '../../lib/class-names.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { IconButton, iconButtonLook } from '../../ui/button.tsx'
import { ConfirmIconButton } from '../../ui/confirm-button.tsx'
import { showToast } from '../../ui/toast.tsx'
import { tip } from '../../ui/tooltip.tsx'
import { useDeleteTask } from './delete-task.ts'
import { TaskForm } from './task-form.tsx'
import { useUpdateTask } from './update-task.ts'

export const TaskItem = ({ task, onUnlink }: { readonly task: Task; readonly onUnlink?: () => void }) => {
  const { t, i18n } = useTranslation()
  const update = useUpdateTask(task.conversationId)
  const remove = useDeleteTask(task.conversationId)
  const [editing, setEditing] = useState(false)
  const failed = (error: unknown) => showToast({ text: errorText(t, error), tone: 'danger' })
  const [messageId] = task.messageIds
  const isDone = task.status === 'done'
  const isLate = !isDone && task.dueOn !== null && task.dueOn < today()

  if (editing) {
    return (
      <TaskForm
        conversationId={task.conversationId}
        task={task}
        error={update.error}
        isPending={update.isPending}
        save={t('common.save')}
        onSave={(draft) => update.mutate({ id: task.id, ...draft }, { onSuccess: () => setEditing(false) })}
        onCancel={() => setEditing(false)}
      />
    )
  }
  return (
    <div className="group flex items-start gap-2 py-1.5">
      <input
        type="checkbox"
        className="mt-1 size-4 shrink-0 accent-accent pointer-coarse:size-6"
        checked={isDone}
        disabled={update.isPending}
        aria-label={task.title}
        onChange={() => update.mutate({ id: task.id, status: isDone ? 'open' : 'done' }, { onError: failed })}
      />
      <span className="min-w-0 flex-1">
        <span className={cx('block wrap-anywhere', isDone && 'text-soft line-through')}>{task.title}</span>
        {(task.assignee ?? task.dueOn) !== null && (
          <span className="block text-small text-soft">
            {[
              task.assignee?.name,
              task.dueOn &&
                t(isLate ? 'teams.late' : 'teams.due', {
                  date: new Intl.DateTimeFormat(i18n.language, { day: 'numeric', month: 'short' }).format(
                    new Date(`${task.dueOn}T12:00`),
                  ),
                }),
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        )}
      </span>
      <span className="flex shrink-0 items-center">
        {messageId && !onUnlink && (
          <Link
            to="/app/teams/$teamId"
            params={{ teamId: task.conversationId }}
            search={{ message: messageId }}
            aria-label={t('teams.toMessage')}
            className={iconButtonLook('soft', true)}
            {...tip(t('teams.toMessage'))}
          >
            <MessageSquare size={16} strokeWidth={1.75} aria-hidden />
          </Link>
        )}
        {onUnlink && <IconButton small label={t('teams.unlink')} icon={Link2Off} onClick={onUnlink} />}
        <IconButton
          small
          label={t('teams.editNamed', { name: task.title })}
          icon={Pencil}
          onClick={() => setEditing(true)}
        />
        {!onUnlink && (
          <ConfirmIconButton
            label={t('teams.deleteNamed', { name: task.title })}
            question={t('teams.deleteTaskConfirm', { name: task.title })}
            icon={Trash2}
            onConfirm={() => remove.mutate(task.id, { onError: failed })}
          />
        )}
      </span>
    </div>
  )
}

/** YYYY-MM-DD in the reader's own time zone. */
const today = (): string => {
  const now = new Date()
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}
