/** Work types and tasks of team conversations, under seed 1's problem details. */
import type { z } from 'zod'
import * as contract from '#contract/messages/index.ts'
import type { Task, TaskCursor, TeamMessages } from '../../features/messages/index.ts'
import { readCursor, unknownCursor, writeCursor } from '../shared/cursor.ts'
import type { Serve } from '../shared/serve.ts'

export const registerTaskRoutes = (serve: Serve, messages: TeamMessages): void => {
  serve(contract.listWorkTypes, async ({ actor, params }) => ({
    data: await messages.listWorkTypes(actor, params.id),
  }))

  serve(contract.createWorkType, ({ actor, params, body }) => messages.createWorkType(actor, params.id, body))

  serve(contract.updateWorkType, ({ actor, params, body }) => messages.changeWorkType(actor, params.id, body))

  serve(contract.deleteWorkType, ({ actor, params }) => messages.deleteWorkType(actor, params.id))

  serve(contract.listTasks, async ({ actor, params, query }) => {
    const { limit, cursor, status, messageId } = query
    const { tasks, next } = await messages.listTasks(actor, params.id, {
      limit,
      ...(cursor === undefined ? {} : { after: readTaskCursor(cursor) }),
      ...(status === undefined ? {} : { status }),
      ...(messageId === undefined ? {} : { messageId }),
    })
    return { data: tasks.map(presentTask), nextCursor: next === undefined ? null : writeTaskCursor(next) }
  })

  serve(contract.createTask, async ({ actor, params, body }) =>
    presentTask(await messages.createTask(actor, params.id, { ...body, messageId: body.messageId ?? null })),
  )

  serve(contract.updateTask, async ({ actor, params, body }) =>
    presentTask(await messages.changeTask(actor, params.id, body)),
  )

  serve(contract.deleteTask, ({ actor, params }) => messages.deleteTask(actor, params.id))

  serve(contract.linkTask, ({ actor, params }) => messages.linkTask(actor, params.id, params.messageId))

  serve(contract.unlinkTask, ({ actor, params }) => messages.unlinkTask(actor, params.id, params.messageId))
}

const presentTask = (task: Task): z.output<typeof contract.task> => ({
  id: task.id,
  conversationId: task.conversationId,
  title: task.title,
  status: task.status,
  assignee: task.assignee,
  dueOn: task.dueOn,
  messageIds: [...task.messageIds],
  createdBy: task.createdBy,
  createdAt: task.createdAt.toISOString(),
  doneAt: task.doneAt?.toISOString() ?? null,
})

/** Open tasks come before done ones, so that the status is a part of the place. */
const writeTaskCursor = ({ status, at, id }: TaskCursor): string => `${status}.${writeCursor({ at, id })}`

const readTaskCursor = (cursor: string): TaskCursor => {
  const [, status, place] = /^(open|done)\.(.+)$/.exec(cursor) ?? []
  if (place === undefined) throw unknownCursor()
  return { status: status as TaskCursor['status'], ...readCursor(place) }
}
