/** Where the tasks of team conversations are kept: the port, in the slice's own words. */
import type { Actor } from '#kernel/actor.ts'
import type { Task, TaskStatus } from './task.ts'

export interface TaskStore {
  /** Open ones first, then the newest, strictly after `after` in that order; undefined when the actor is no member. */
  list(actor: Actor, conversationId: string, page: TaskPage): Promise<Task[] | undefined>
  /**
   * Makes the task and links it to the message that it is made from, or does nothing: `stranger` is an assignee who is no
   * member, `made` a message from which a task was made already. Undefined when the actor is no member.
   */
  create(actor: Actor, task: NewTask): Promise<Task | 'unknown-message' | 'made' | 'stranger' | undefined>
  /** What is left out stays as it is. Undefined when the actor can't see the task. */
  change(actor: Actor, id: string, change: TaskChange): Promise<Task | 'stranger' | undefined>
  /** Removes it and its links; false when the actor can't see it. */
  delete(actor: Actor, id: string): Promise<boolean>
  link(
    actor: Actor,
    id: string,
    messageId: string,
    now: Date,
  ): Promise<'linked' | 'linked-before' | 'unknown-task' | 'unknown-message'>
  /** What was not linked stays so. After it, a task may be made anew from the message that this one was made from. */
  unlink(actor: Actor, id: string, messageId: string): Promise<'unlinked' | 'unknown-task' | 'unknown-message'>
}

export interface TaskPage {
  readonly limit: number
  readonly after?: TaskCursor
  readonly status?: TaskStatus
  /** Only those that are linked to this message. */
  readonly messageId?: string
}

/** The place of a task in the list. */
export interface TaskCursor {
  readonly status: TaskStatus
  readonly at: Date
  readonly id: string
}

export interface NewTask {
  readonly id: string
  readonly conversationId: string
  readonly title: string
  readonly assigneeId: string | null
  readonly dueOn: string | null
  /** The message that it is made from. */
  readonly messageId: string | null
  readonly now: Date
}

export interface TaskChange {
  readonly title?: string | undefined
  readonly assigneeId?: string | null | undefined
  readonly dueOn?: string | null | undefined
  readonly status?: TaskStatus | undefined
  readonly now: Date
}
