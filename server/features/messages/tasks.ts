/** What the members of a team conversation do with its tasks. */
import type { Actor } from '#kernel/actor.ts'
import type { Clock } from '#kernel/clock.ts'
import { AppError } from '#kernel/errors.ts'
import type { NewId } from '#kernel/ids.ts'
import type { ExplainHidden } from './list-messages.ts'
import { notMembers } from './post-team-message.ts'
import type { Task } from './task.ts'
import type { NewTask, TaskChange, TaskCursor, TaskPage, TaskStore } from './task-store.ts'

interface Needs {
  tasks: TaskStore
  explainHidden: ExplainHidden
  clock: Clock
  newId: NewId
}

/** At most `limit` tasks, open ones first, then the newest. `next`: where the next page begins; undefined at the end. */
export const makeListTasks =
  ({ tasks, explainHidden }: Needs) =>
  async (
    actor: Actor,
    conversationId: string,
    page: TaskPage,
  ): Promise<{ tasks: Task[]; next: TaskCursor | undefined }> => {
    const found = await tasks.list(actor, conversationId, { ...page, limit: page.limit + 1 })
    if (found === undefined) throw await explainHidden(conversationId)
    const listed = found.slice(0, page.limit)
    const last = found.length > page.limit ? listed.at(-1) : undefined
    return { tasks: listed, next: last && { status: last.status, at: last.createdAt, id: last.id } }
  }

/** Fails with `message.not_found`, `task.made` when the message has its task already, `request.invalid` for a stranger. */
export const makeCreateTask =
  ({ tasks, explainHidden, clock, newId }: Needs) =>
  async (actor: Actor, conversationId: string, task: Omit<NewTask, 'id' | 'conversationId' | 'now'>): Promise<Task> => {
    const created = await tasks.create(actor, { ...task, id: newId(), conversationId, now: clock.now() })
    if (created === undefined) throw await explainHidden(conversationId)
    if (created === 'unknown-message') throw new AppError('message.not_found')
    if (created === 'made') throw new AppError('task.made')
    if (created === 'stranger') throw notMembers('assigneeId', [task.assigneeId!])
    return created
  }

/** Fails with `task.not_found`, and with `request.invalid` for an assignee who is no member. */
export const makeChangeTask =
  ({ tasks, clock }: Needs) =>
  async (actor: Actor, id: string, change: Omit<TaskChange, 'now'>): Promise<Task> => {
    const changed = await tasks.change(actor, id, { ...change, now: clock.now() })
    if (changed === undefined) throw new AppError('task.not_found')
    if (changed === 'stranger') throw notMembers('assigneeId', [change.assigneeId!])
    return changed
  }

/** Its messages stay. Fails with `task.not_found`. */
export const makeDeleteTask =
  ({ tasks }: Needs) =>
  async (actor: Actor, id: string): Promise<void> => {
    if (!(await tasks.delete(actor, id))) throw new AppError('task.not_found')
  }

/** Fails with `task.not_found`, `message.not_found` and, where it is linked already, `task.linked`. */
export const makeLinkTask =
  ({ tasks, clock }: Needs) =>
  async (actor: Actor, id: string, messageId: string): Promise<void> => {
    const outcome = await tasks.link(actor, id, messageId, clock.now())
    if (outcome === 'unknown-task') throw new AppError('task.not_found')
    if (outcome === 'unknown-message') throw new AppError('message.not_found')
    if (outcome === 'linked-before') throw new AppError('task.linked')
  }

/** Fails with `task.not_found` and `message.not_found`. */
export const makeUnlinkTask =
  ({ tasks }: Needs) =>
  async (actor: Actor, id: string, messageId: string): Promise<void> => {
    const outcome = await tasks.unlink(actor, id, messageId)
    if (outcome === 'unknown-task') throw new AppError('task.not_found')
    if (outcome === 'unknown-message') throw new AppError('message.not_found')
  }
