/** The tasks of a conversation in the information panel: open ones first. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, IconButton } from '../../ui/button.tsx'
import { useCreateTask } from './create-task.ts'
import { listTasks } from './list-tasks.ts'
import { PanelSection, SectionState } from './panel-section.tsx'
import { TaskForm } from './task-form.tsx'
import { TaskItem } from './task-item.tsx'

const noTask = { title: '', assignee: null, dueOn: null }

export const TasksSection = ({ conversationId }: { readonly conversationId: string }) => {
  const { t } = useTranslation()
  const list = useInfiniteQuery(listTasks(conversationId))
  const create = useCreateTask(conversationId)
  const [adding, setAdding] = useState(false)
  const tasks = list.data?.pages.flatMap(({ data }) => data) ?? []
  return (
    <PanelSection
      title={t('teams.tasks')}
      count={tasks.filter(({ status }) => status === 'open').length}
      action={<IconButton small label={t('teams.newTask')} icon={Plus} onClick={() => setAdding(true)} />}
    >
      {adding && (
        <TaskForm
          conversationId={conversationId}
          task={noTask}
          error={create.error}
          isPending={create.isPending}
          save={t('teams.newTask')}
          onSave={(draft) => create.mutate(draft, { onSuccess: () => setAdding(false) })}
          onCancel={() => setAdding(false)}
        />
      )}
      <SectionState query={list} isEmpty={tasks.length === 0 && !adding} empty={t('teams.tasksEmpty')}>
        <ul>
          {tasks.map((task) => (
            <li key={task.id}>
              <TaskItem task={task} />
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
